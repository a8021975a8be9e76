"""Which programs and memberships somebody may see."""

import pytest

from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.membership.operations import archive_program, close, create_program, join, update_program
from programs.membership.selectors import (
    find_program,
    list_programs,
    memberships_in,
    memberships_of,
    visible_tiers,
)
from programs.membership.validity import TierTerms


def key_of(brand):
    return Principal(kind="key", id=uuid7(), actor="key:x", brands={brand.id: "key"}, scopes=frozenset({"read"}))


def staff_of(brand, role="staff", member=None):
    member_id = member.id if member else None
    return Principal(kind="person", id=uuid7(), actor="person:x", brands={brand.id: role}, member_id=member_id)


def as_member(member):
    return Principal(kind="person", id=uuid7(), actor="person:m", member_id=member.id)


OPERATOR = Principal(kind="person", id=uuid7(), actor="person:o", is_operator=True)


@pytest.fixture
def soup(bistro):
    """The bistro's program, for its own members."""
    return create_program(bistro, code="SOUP", name="Soup")


@pytest.fixture
def town(bistro):
    """The bistro's program for the whole town."""
    return create_program(bistro, code="TOWN", name="Town", is_community=True)


def codes(programs):
    return [program.code for program in programs.order_by("code")]


def test_a_brand_sees_its_own_programs_whatever_their_status(beans, soup, town, cafe, bistro):
    update_program(soup, {"status": "draft"})

    assert codes(list_programs(key_of(cafe))) == ["BEANS"]
    assert codes(list_programs(staff_of(bistro))) == ["SOUP", "TOWN"]
    assert codes(list_programs(OPERATOR)) == ["BEANS", "SOUP", "TOWN"]


def test_a_member_sees_what_is_open_to_all_and_what_they_joined(ana, ana_beans, soup, town):
    assert codes(list_programs(as_member(ana))) == ["BEANS", "TOWN"]


def test_a_member_sees_neither_drafts_nor_what_they_left(ana, ana_beans, town):
    update_program(town, {"status": "draft"})
    close(ana_beans)

    assert codes(list_programs(as_member(ana))) == []


def test_who_works_here_and_is_a_member_there_sees_both(ana, beans, ana_beans, bistro, soup):
    assert codes(list_programs(staff_of(bistro, member=ana))) == ["BEANS", "SOUP"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"joined": True}, ["BEANS"]),
        ({"joined": False}, ["SOUP", "TOWN"]),
        ({"managed": True}, ["SOUP", "TOWN"]),
        ({"managed": False}, ["BEANS"]),
        ({"community": True}, ["TOWN"]),
        ({"community": False, "joined": False}, ["SOUP"]),
    ],
)
def test_programs_are_filtered_by_what_they_are_to_who_asks(ana, ana_beans, soup, town, bistro, filters, expected):
    assert codes(list_programs(staff_of(bistro, "admin", member=ana), **filters)) == expected


def test_a_program_is_found_by_id_and_by_code(beans, cafe):
    assert find_program(key_of(cafe), str(beans.id)) == find_program(key_of(cafe), "BEANS") == beans


@pytest.mark.parametrize("ref", ["beans", "SOUP", "\0", "", "0193b2a0-0000-7000-8000-000000000000"])
def test_what_is_not_there_or_not_yours_is_not_found(beans, soup, cafe, ref):
    with pytest.raises(NotFound):
        find_program(key_of(cafe), ref)


def test_an_archived_program_is_still_seen_by_its_members(beans, ana, ana_beans):
    archive_program(beans)

    assert find_program(as_member(ana), "BEANS") == beans


def test_tiers_are_seen_with_their_program(beans, soup, cafe):
    update_program(beans, {}, tiers=[TierTerms("gold", "Gold", 5)])
    update_program(soup, {}, tiers=[TierTerms("ladle", "Ladle", 5)])

    assert [tier.code for tier in visible_tiers(key_of(cafe))] == ["gold"]


@pytest.mark.parametrize("search", ["an", "ANA", "ANA@example.com", "ana", "1000 0000 0000 0009", "1000000000000009"])
def test_a_membership_is_found_by_name_address_number_and_card(beans, ana_beans, ben_beans, search):
    found = memberships_in(beans, search=search).get()

    assert (found.id, found.external_id, found.member.name) == (ana_beans.id, "ana", "Ana")


@pytest.mark.parametrize("search", ["example.com", "10000000", "%", "na"])
def test_a_search_is_for_beginnings_and_whole_numbers(beans, ana_beans, search):
    assert not memberships_in(beans, search=search).exists()


def test_a_brand_sees_of_a_member_only_what_belongs_to_its_programs(ana, ana_beans, town, cafe, bistro):
    join(town, ana, actor="person:ana")

    def seen_by(principal):
        return [membership.program.code for membership in memberships_of(principal, ana.id)]

    assert seen_by(as_member(ana)) == seen_by(OPERATOR) == ["BEANS", "TOWN"]
    assert seen_by(key_of(cafe)) == ["BEANS"]
    assert seen_by(key_of(bistro)) == ["TOWN"]
