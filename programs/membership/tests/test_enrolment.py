"""Who takes part: enrolled, joined, suspended, left."""

from datetime import UTC, datetime
from threading import Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import Account, Balance
from loyalty.errors import NotFound
from loyalty.events.models import Event, EventStream
from loyalty.identity.models import BrandMember, Member
from programs.membership.cards import is_card_number
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive
from programs.membership.models import Membership
from programs.membership.operations import (
    archive_program,
    close,
    enrol,
    enrol_many,
    join,
    reinstate,
    suspend,
    update_program,
)


@pytest.fixture
def crowd(cafe):
    """Two hundred members whom the cafe knows."""
    members = Member.objects.bulk_create(Member(name=f"Guest {n}", created_by=cafe) for n in range(200))
    BrandMember.objects.bulk_create(
        BrandMember(brand=cafe, member=member, external_id=member.name) for member in members
    )
    return [member.id for member in members]


def test_enrolling_gives_a_card_an_account_and_an_event(beans, ana):
    membership = enrol(beans, ana, actor="key:till")

    assert is_card_number(membership.card_number)
    assert (membership.status, membership.member_id) == ("active", ana.id)
    assert membership.account.owner_id == ana.id
    assert Balance.objects.get(account_id=membership.account_id).debt_max == beans.debt_max
    event = Event.objects.get(aggregate_id=membership.id)
    assert (event.type, event.sequence, event.brand_id, event.data) == (
        "membership.created", 1, beans.brand_id, {"actor": "key:till"},
    )  # fmt: skip
    assert Membership.objects.get() == membership


def test_enrolling_again_returns_the_same_membership(beans, ana):
    first = enrol(beans, ana)

    again = enrol(beans, ana)

    assert (again.id, again.card_number) == (first.id, first.card_number)
    assert Event.objects.filter(type="membership.created").count() == 1


def test_a_member_whom_the_brand_does_not_know_cannot_be_enrolled(beans, bistro):
    stranger = Member.objects.create(name="Cy", created_by=bistro)

    with pytest.raises(NotFound):
        enrol(beans, stranger)
    assert not Membership.objects.exists() and not Account.objects.filter(owner_id=stranger.id).exists()


@pytest.mark.parametrize("status", ["draft", "paused", "archived"])
def test_nobody_enrols_in_a_program_that_is_not_active(beans, ana, status):
    update_program(beans, {"status": status})

    with pytest.raises(ProgramNotActive):
        enrol(beans, ana)


def test_members_of_a_program_without_debt_may_owe_nothing(beans, ana):
    update_program(beans, {"return_policy": "within_balance"})
    beans.refresh_from_db()

    assert Balance.objects.get(account_id=enrol(beans, ana).account_id).debt_max == 0


def test_many_are_enrolled_in_as_many_round_trips_as_one(beans, crowd, ana_beans):
    with CaptureQueriesContext(connection) as queries:
        made = enrol_many(beans, [*crowd, ana_beans.member_id])

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= 6
    assert made.keys() == {*crowd, ana_beans.member_id}
    assert made[ana_beans.member_id].card_number == ana_beans.card_number
    assert len({membership.card_number for membership in made.values()}) == 201
    assert Event.objects.filter(type="membership.created", sequence=1).count() == 200


def test_enrolling_many_again_changes_nothing_in_one_query(beans, crowd):
    first = enrol_many(beans, crowd)

    with CaptureQueriesContext(connection) as queries:
        again = enrol_many(beans, crowd)

    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 1
    assert {key: value.card_number for key, value in again.items()} == {
        key: value.card_number for key, value in first.items()
    }
    assert Event.objects.filter(type="membership.created").count() == 200


def test_one_stranger_among_many_stops_them_all(beans, crowd, bistro):
    stranger = Member.objects.create(name="Cy", created_by=bistro)

    with pytest.raises(NotFound):
        enrol_many(beans, [*crowd, stranger.id])
    assert not Membership.objects.exists()


def test_each_can_have_joined_at_a_time_of_their_own(beans, ana, ben):
    since = datetime(2010, 5, 1, 9, tzinfo=UTC)

    made = enrol_many(beans, [ana.id, ben.id], joined_at={ana.id: since})

    assert made[ana.id].joined_at == since
    assert made[ben.id].joined_at > since
    assert Event.objects.get(member_id=ana.id, type="membership.created").occurred_at == since


def test_a_card_number_that_is_taken_is_drawn_again(beans, ana, ben_beans, monkeypatch):
    numbers = iter([ben_beans.card_number, "9000000000000000"])
    monkeypatch.setattr("programs.membership.enrolment.new_card_number", lambda: next(numbers))

    assert enrol(beans, ana).card_number == "9000000000000000"


def test_later_events_of_the_membership_follow_without_a_gap(beans, ana):
    membership = enrol(beans, ana)

    suspend(membership)
    reinstate(membership)
    close(membership)
    enrol(beans, ana)

    events = Event.objects.filter(aggregate_id=membership.id).order_by("sequence").values_list("sequence", "type")
    assert list(events) == [
        (1, "membership.created"),
        (2, "membership.suspended"),
        (3, "membership.reinstated"),
        (4, "membership.closed"),
        (5, "membership.reopened"),
    ]
    assert EventStream.objects.get(aggregate_id=membership.id).last_sequence == 5


def test_who_comes_back_finds_the_card_they_had(beans, ana, ana_beans):
    close(ana_beans)

    back = enrol(beans, ana)

    assert (back.id, back.card_number, back.status) == (ana_beans.id, ana_beans.card_number, "active")


def test_many_enrolled_at_once_do_not_bring_back_who_left(beans, ana_beans):
    close(ana_beans)

    assert enrol_many(beans, [ana_beans.member_id])[ana_beans.member_id].status == "closed"


def test_suspending_twice_is_told_once(ana_beans):
    suspend(ana_beans)
    suspend(ana_beans)

    assert Event.objects.filter(aggregate_id=ana_beans.id).count() == 1


@pytest.mark.parametrize("change", [suspend, reinstate])
def test_a_membership_that_has_ended_is_not_changed(ana_beans, change):
    close(ana_beans)

    with pytest.raises(MembershipClosed):
        change(ana_beans)


def test_joining_makes_the_member_known_to_the_brand(beans, bistro):
    stranger = Member.objects.create(name="Cy", created_by=bistro)

    join(beans, stranger, actor="person:cy")

    assert BrandMember.objects.filter(brand=beans.brand, member=stranger, external_id=None).count() == 1
    assert Membership.objects.get().member == stranger


def test_joining_does_not_end_a_suspension(beans, ana, ana_beans):
    suspend(ana_beans)

    with pytest.raises(MembershipSuspended):
        join(beans, ana, actor="person:ana")


def test_joining_what_is_archived_leaves_no_trace(beans, bistro):
    stranger = Member.objects.create(name="Cy", created_by=bistro)
    archive_program(beans)

    with pytest.raises(ProgramNotActive):
        join(beans, stranger, actor="person:cy")
    assert not BrandMember.objects.filter(member=stranger, brand=beans.brand).exists()


@pytest.mark.django_db(transaction=True)
def test_two_that_enrol_the_same_members_at_once_get_the_same_memberships(beans, crowd):
    answers, failures = [], []

    def enrol_all(ids):
        try:
            answers.append({key: value.id for key, value in enrol_many(beans, ids).items()})
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=enrol_all, args=(ids,)) for ids in (crowd, crowd[::-1], crowd[50:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert all(answer.items() <= max(answers, key=len).items() for answer in answers)
    assert Membership.objects.count() == 200
    assert Event.objects.filter(type="membership.created").count() == 200
