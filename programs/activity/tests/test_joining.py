"""Members who join, told to the rules that ask for it: once, and with the membership or not at all."""

from datetime import timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from ledger.selectors import balances
from loyalty import clock
from loyalty.identity.models import Member
from loyalty.identity.operations import make_known
from loyalty.testing.working import work
from programs.activity.joining import record_joined
from programs.activity.models import MemberEvent
from programs.activity.tests.ruled import fixed, leaf, rule, rule_by
from programs.membership.enrolment import close, enrol, enrol_many, suspend
from programs.membership.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def welcoming(beans):
    """200 for joining, 56 for the first purchase."""
    first = {"all": [leaf("member.orders_before", "equal", 0)]}
    rule_by(
        beans,
        rule("hello", fixed(200), trigger="member.joined"),
        rule("first", fixed(56), group="bonus", conditions=first),
    )
    return beans


def waiting() -> list[dict]:
    return [job.args for job in ProcrastinateJob.objects.filter(task_name="programs.record_joined", status="todo")]


def told() -> None:
    """What the worker does."""
    for args in waiting():
        record_joined(args["membership_ids"])


def held(membership) -> int:
    return balances([membership.account_id])[membership.account_id].posted


def test_an_account_that_is_opened_brings_200_and_the_first_purchase_56(api, welcoming, ben):
    assert api.post("/api/programs/BEANS/members", {"external_id": "ben"}).status_code == 201
    told()
    membership = Membership.objects.get(member=ben)
    joined = held(membership)
    body = {"program_id": "BEANS", "amount": "12.00", "currency": "EUR", "reference": "r1"}
    bought = [api.post("/api/members/ben/earn", body | {"reference": f"r{n}"}).json()["points"] for n in range(2)]

    assert (joined, bought, held(membership)) == (200, [56, 0], 256)
    event = MemberEvent.objects.get()
    assert (event.type, event.source, event.reference) == ("member.joined", "loyalty", str(membership.id))
    assert event.occurred_at == membership.joined_at


def test_told_again_it_gives_nothing_again(welcoming, ben):
    membership = enrol(welcoming, ben)

    told()
    told()

    assert (held(membership), MemberEvent.objects.count()) == (200, 1)


def test_enrolling_again_and_coming_back_are_not_joining(welcoming, ben):
    enrol(welcoming, ben)
    close(enrol(welcoming, ben))
    enrol(welcoming, ben)

    assert len(waiting()) == 1


def test_without_a_rule_for_it_nothing_waits(beans, ben):
    enrol(beans, ben)

    assert waiting() == []


def test_a_membership_that_is_not_made_leaves_no_job(welcoming, ben):
    with transaction.atomic():
        enrol(welcoming, ben)
        transaction.set_rollback(True)

    assert waiting() == []


def test_many_who_join_at_once_are_told_by_few_jobs(welcoming):
    members = Member.objects.bulk_create(Member(name=f"M{n}") for n in range(1001))
    make_known(welcoming.brand_id, [member.id for member in members])
    long_ago = clock.now() - timedelta(days=400)

    enrol_many(welcoming, [member.id for member in members], joined_at=long_ago)

    assert sorted(len(args["membership_ids"]) for args in waiting()) == [1, 500, 500]
    record_joined(waiting()[0]["membership_ids"])
    assert set(MemberEvent.objects.values_list("occurred_at", flat=True)) == {long_ago}


def test_who_is_suspended_before_it_was_told_gets_nothing(welcoming, ben):
    membership = enrol(welcoming, ben)
    suspend(membership)

    assert record_joined([membership.id]) == []
    assert not MemberEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_it(welcoming, ben):
    membership = enrol(welcoming, ben)

    work()

    assert held(membership) == 200
