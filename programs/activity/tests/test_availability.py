"""Members are told once that pending points became available; the points count with or without it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.operations import ensure_members
from programs.activity.availability import Told, tell_of_available
from programs.activity.jobs import tell_of_points_that_became_available
from programs.activity.models import AvailabilityMark
from programs.activity.releasing import release_pending
from programs.activity.tests.tills import available, balance, earn, redeem
from programs.activity.tests.together import all_at_once
from programs.membership.models import Program
from programs.membership.operations import enrol_many

NOON = datetime(2027, 11, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def waiting(beans):
    """What is earned waits three days; the program is an hour older than the first purchase."""
    Program.objects.filter(pk=beans.pk).update(pending_days=3, created_at=NOON - timedelta(hours=1))


def earned(api, amount, at=NOON, **more):
    with clock.at(at):
        return earn(api, amount, **more)


def tell(at, **more):
    with clock.at(at):
        return tell_of_available(at=at, **more)


def told():
    events = Event.objects.filter(type="points.available").order_by("id")
    return [(event.data["points"], event.data["since"]) for event in events]


@pytest.mark.parametrize("is_told", [False, True])
def test_pending_points_count_from_their_instant_on_told_or_not(api, ana_beans, is_told):
    earned(api, "50.00")
    if is_told:
        tell(NOON + 3 * DAY)

    with clock.at(NOON + 3 * DAY - timedelta(microseconds=1)):
        assert (available(api), balance(api)["pending"]) == (0, 50)
    with clock.at(NOON + 3 * DAY):
        assert (available(api), balance(api)["pending"]) == (50, 0)
        redeem(api, 50)


def test_a_member_is_told_once_which_points_became_available_and_since_when(api, ana_beans):
    earned(api, "50.00")

    assert tell(NOON + 2 * DAY) == Told()
    assert tell(NOON + 4 * DAY) == Told(members=1, points=50)
    assert tell(NOON + 4 * DAY) == Told()
    assert tell(NOON + 9 * DAY) == Told()
    event = Event.objects.get(type="points.available")
    assert event.data == {"points": 50, "since": "2027-11-13T12:00:00Z"}
    assert (event.aggregate_id, event.member_id, event.program_id, event.brand_id, event.occurred_at) == (
        ana_beans.id, ana_beans.member_id, ana_beans.program_id, ana_beans.program.brand_id, NOON + 4 * DAY,
    )  # fmt: skip


def test_points_of_one_instant_are_told_together_and_others_by_themselves(api, ana_beans):
    earned(api, "50.00")
    earned(api, "5.00")
    earned(api, "7.00", at=NOON + DAY)

    assert tell(NOON + 9 * DAY) == Told(members=2, points=62)
    assert told() == [(55, "2027-11-13T12:00:00Z"), (7, "2027-11-14T12:00:00Z")]


def test_nobody_is_told_of_what_never_waited_or_was_released_or_came_back(api, beans, ana_beans):
    gone = earned(api, "9.00")
    with clock.at(NOON + DAY):
        assert api.post(f"/api/transactions/{gone['id']}/return", {"reference": "r"}).status_code == 201
    earned(api, "50.00", reference="delivered")
    release_pending(beans, "delivered", NOON + DAY, "system:test")
    Program.objects.update(pending_days=0)
    earned(api, "20.00")

    assert tell(NOON + 9 * DAY) == Told()


def test_what_was_earned_before_there_was_a_mark_is_not_told_of(api, beans, ana_beans):
    earned(api, "50.00")
    AvailabilityMark.objects.create(program=beans, told_until=NOON + 4 * DAY)

    assert tell(NOON + 9 * DAY) == Told()


def test_a_limit_stops_where_the_next_run_goes_on(api, cafe, beans, ana_beans):
    members = ensure_members(cafe, ["x", "y", "z"])
    enrol_many(beans, list(members.values()))
    for name in ("ana", "x", "y", "z"):
        earned(api, "10.00", member=name)

    assert tell(NOON + 4 * DAY, dry_run=True) == Told(members=4, points=40)
    assert tell(NOON + 4 * DAY, limit=3) == Told(members=3, points=30)
    assert tell(NOON + 4 * DAY, limit=3) == Told(members=1, points=10)
    assert Event.objects.filter(type="points.available").values("member_id").distinct().count() == 4


def test_a_purchase_told_later_than_its_event_is_released(api, beans, ana_beans):
    Program.objects.update(pending_days=0, pending_until="order.delivered")
    with clock.at(NOON):
        for n, reference in enumerate(("first", "second")):
            event = {"specversion": "1.0", "id": f"d{n}", "source": "/depot", "type": "order.delivered"}
            event |= {"subject": "ana", "programid": "BEANS", "data": {"reference": reference}}
            assert api.post("/api/events", event).status_code == 201
    for reference in ("first", "second", "third"):
        earned(api, "10.00", reference=reference)

    assert tell(NOON + DAY, dry_run=True) == Told(released=2)
    assert tell(NOON + DAY, limit=1) == Told(released=1)
    assert tell(NOON + DAY) == Told(released=1)
    assert tell(NOON + DAY) == Told()
    with clock.at(NOON + DAY):
        assert (available(api), balance(api)["pending"]) == (20, 10)


@pytest.mark.django_db(transaction=True)
def test_two_that_tell_at_once_tell_it_once(api, ana_beans):
    earned(api, "50.00")
    tell(NOON)

    results = all_at_once(4, lambda _: tell(NOON + 4 * DAY))

    assert sum(one.members for one in results) == 1
    assert told() == [(50, "2027-11-13T12:00:00Z")]


def test_the_command_says_how_many(api, ana_beans, capsys):
    earned(api, "50.00")

    with clock.at(NOON + 4 * DAY):
        call_command("release_pending", program="BEANS", at="2027-11-12")
        call_command("release_pending", dry_run=True)
        call_command("release_pending")
        call_command("release_pending")

    assert capsys.readouterr().out.splitlines() == [
        "released 0 purchases that came after their event; told 0 members that 0 points became available",
        "would release 0 purchases that came after their event; would tell 1 members that 50 points became available",
        "released 0 purchases that came after their event; told 1 members that 50 points became available",
        "released 0 purchases that came after their event; told 0 members that 0 points became available",
    ]


def test_the_worker_tells_by_the_clock(api, ana_beans):
    earned(api, "50.00")
    with clock.at(NOON + 4 * DAY):
        tell_of_points_that_became_available(timestamp=0)

    assert told() == [(50, "2027-11-13T12:00:00Z")]
    assert "programs.release_pending" in {name for name, _ in app.periodic_registry.periodic_tasks}


def test_to_look_who_would_be_told_first_leaves_no_mark(api, ana_beans):
    earned(api, "50.00")

    assert tell(NOON + 3 * DAY, dry_run=True) == Told(members=1, points=50)
    assert not AvailabilityMark.objects.exists()
