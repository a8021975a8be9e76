"""Members entered by the thousand, as an import does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from loyalty.errors import Invalid
from loyalty.events.models import Event, EventStream
from loyalty.identity.models import BrandMember, Member
from loyalty.identity.operations import create_member, ensure_members, make_known


def test_known_members_are_found_and_missing_ones_entered(cafe, ana):
    found = ensure_members(cafe, ["ana", "17", "18", "17"], actor="import")

    assert found.keys() == {"ana", "17", "18"}
    assert found["ana"] == ana.id
    fresh = Member.objects.get(id=found["17"])
    assert (fresh.created_by, fresh.is_active, fresh.version, fresh.name) == (cafe, True, 1, "")
    assert BrandMember.objects.get(brand=cafe, external_id="17").member == fresh


def test_each_entered_member_has_its_event(cafe):
    found = ensure_members(cafe, ["17"], actor="import")

    event = Event.objects.get(member_id=found["17"])
    assert (event.type, event.brand_id, event.aggregate_id, event.sequence) == (
        "member.created",
        cafe.id,
        found["17"],
        1,
    )
    assert event.data == {"fields": ["external_id"], "actor": "import"}
    assert EventStream.objects.get(aggregate_id=found["17"]).last_sequence == 1


def test_repeating_it_changes_nothing(cafe):
    first = ensure_members(cafe, ["17", "18"])

    assert ensure_members(cafe, ["18", "17"]) == first
    assert (Member.objects.count(), Event.objects.count()) == (2, 2)


@pytest.mark.parametrize("count", [1, 2000])
def test_any_number_takes_two_round_trips(cafe, count):
    with CaptureQueriesContext(connection) as queries:
        found = ensure_members(cafe, [str(number) for number in range(count)])

    assert len(found) == count
    assert len(queries) <= 3


def test_brands_number_their_members_each_for_itself(cafe, bistro):
    assert ensure_members(cafe, ["17"])["17"] != ensure_members(bistro, ["17"])["17"]


@pytest.mark.parametrize("unfit", ["", " 17", "a/b", "me", "register", "x" * 121, "a\0b", "a\nb"])
def test_what_cannot_be_an_external_id_is_refused_before_anything_is_entered(cafe, unfit):
    with pytest.raises(Invalid):
        ensure_members(cafe, ["17", unfit])

    assert not Member.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_agree_on_each_member(cafe):
    numbers = [str(number) for number in range(300)]
    start = Barrier(4)

    def run(order):
        try:
            connection.ensure_connection()
            start.wait()
            return ensure_members(cafe, order)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(run, [numbers, numbers[::-1], numbers, numbers[::-1]]))

    assert all(answer == answers[0] for answer in answers)
    assert (Member.objects.count(), Event.objects.count()) == (300, 300)


def test_a_brand_that_gets_to_know_members_keeps_the_numbers_it_had(cafe, bistro, ana):
    other = create_member(bistro, external_id="b-1")

    make_known(cafe.id, [ana.id, other.id])
    make_known(cafe.id, [ana.id, other.id])

    links = BrandMember.objects.filter(brand=cafe).order_by("external_id")
    assert [(link.member, link.external_id) for link in links] == [(ana, "ana"), (other, None)]
