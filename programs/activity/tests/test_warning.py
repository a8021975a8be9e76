"""Members are warned before points go: once, by the program's calendar, whatever runs again or at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.operations import ensure_members
from programs.activity.giving import Gift, deposit_many
from programs.activity.jobs import warn_of_points_that_go
from programs.activity.models import ExpiryWarning
from programs.activity.tests.tills import earn, redeem
from programs.activity.tests.together import all_at_once
from programs.activity.warning import Warned, warn_of_expiry
from programs.membership.models import Program
from programs.membership.operations import close, enrol_many

NOVEMBER = datetime(2026, 11, 10, 12, tzinfo=UTC)
JANUARY_1 = datetime(2027, 1, 1, tzinfo=UTC)
DECEMBER_2 = datetime(2026, 12, 2, 1, tzinfo=UTC)


def terms(**fields):
    Program.objects.filter(code="BEANS").update(**fields)


def told():
    events = Event.objects.filter(type="points.expiring").order_by("id")
    return [(e.data["points"], e.data["expires_at"][:10], e.data["days"]) for e in events]


@pytest.fixture
def going(api, ana_beans):
    """Ana earned 100 points that are gone on New Year."""
    terms(expiry_months=1)
    with clock.at(NOVEMBER):
        earn(api, "100.00")


def warn(at, **more):
    with clock.at(at):
        return warn_of_expiry(at=at, **more)


def test_a_member_is_warned_so_many_days_before_and_once(going, ana_beans):
    assert warn(DECEMBER_2 - timedelta(days=1)) == Warned()
    assert warn(DECEMBER_2) == Warned(members=1, points=100)
    assert warn(DECEMBER_2 + timedelta(days=1)) == Warned()

    event = Event.objects.get(type="points.expiring")
    assert event.data == {"points": 100, "expires_at": "2027-01-01T00:00:00Z", "days": 30}
    assert (event.aggregate_id, event.member_id, event.program_id, event.brand_id, event.occurred_at) == (
        ana_beans.id, ana_beans.member_id, ana_beans.program_id, ana_beans.program.brand_id, DECEMBER_2,
    )  # fmt: skip


def test_a_job_that_did_not_run_for_days_warns_of_the_days_that_are_left(going):
    warn(JANUARY_1 - timedelta(days=3))

    assert told() == [(100, "2027-01-01", 3)]


def test_the_days_are_those_of_the_programs_calendar(going):
    terms(timezone="Asia/Tokyo", expiry_warning_days=1)

    # In Tokyo New Year's Eve began at 15:00, and the points are gone at 9 on New Year's Day, by its own clock.
    assert warn(datetime(2026, 12, 30, 14, 59, tzinfo=UTC)) == Warned()
    assert warn(datetime(2026, 12, 30, 15, tzinfo=UTC)) == Warned(members=1, points=100)


def test_nobody_is_warned_of_points_that_are_gone(going):
    assert warn(JANUARY_1) == Warned()
    with clock.at(JANUARY_1):
        assert warn_of_expiry(at=JANUARY_1 - timedelta(days=3)) == Warned()


def test_nobody_is_warned_where_the_program_does_not_warn(going):
    terms(expiry_warning_days=0)

    assert warn(JANUARY_1 - timedelta(hours=1)) == Warned()


def test_who_left_is_not_warned(going, ana_beans):
    close(ana_beans)

    assert warn(DECEMBER_2) == Warned()


def test_what_was_spent_is_not_spoken_of(api, going):
    with clock.at(NOVEMBER + timedelta(days=1)):
        redeem(api, 70)

    warn(DECEMBER_2)

    assert told() == [(30, "2027-01-01", 30)]


def test_each_instant_at_which_points_go_is_told_once(api, going):
    terms(expiry_months=0, expiry_warning_days=90)
    with clock.at(NOVEMBER):
        earn(api, "7.00")
        earn(api, "3.00")

    assert warn(NOVEMBER) == Warned(members=1, points=110)
    assert warn(NOVEMBER) == Warned()
    assert told() == [(10, "2026-12-01", 21), (100, "2027-01-01", 52)]
    sequences = Event.objects.filter(type="points.expiring").order_by("id").values_list("sequence", flat=True)
    assert sequences[1] == sequences[0] + 1


def test_activity_that_keeps_the_points_longer_is_a_new_instant_and_a_new_warning(api, ana_beans):
    terms(expiry_kind="inactivity", expiry_months=2)
    with clock.at(NOVEMBER):
        earn(api, "10.00")
    warn(DECEMBER_2 + timedelta(days=20))
    with clock.at(DECEMBER_2 + timedelta(days=21)):
        redeem(api, 4)

    assert warn(DECEMBER_2 + timedelta(days=22)) == Warned()
    warn(datetime(2027, 2, 20, tzinfo=UTC))

    assert told() == [(10, "2027-01-11", 20), (6, "2027-02-24", 4)]


def test_a_dry_run_a_limit_and_one_program_of_several(going, bistro):
    assert warn(DECEMBER_2, dry_run=True) == Warned(members=1, points=100)
    assert warn(DECEMBER_2, program=Program(id=bistro.id)) == Warned()
    assert warn(DECEMBER_2, limit=1, program=Program.objects.get(code="BEANS")) == Warned(members=1, points=100)


def test_marks_go_when_the_points_are_gone(going):
    warn(DECEMBER_2)
    assert ExpiryWarning.objects.count() == 1

    warn(JANUARY_1)
    assert ExpiryWarning.objects.count() == 0


def test_many_members_are_warned_in_a_handful_of_statements(going, cafe, django_assert_max_num_queries):
    beans = Program.objects.get(code="BEANS")
    members = ensure_members(cafe, [f"m{n}" for n in range(50)])
    cards = enrol_many(beans, list(members.values())).values()
    with clock.at(NOVEMBER):
        deposit_many(beans, [Gift(card.account_id, 5, f"gift {card.id}") for card in cards], actor="test", reason="")

    with django_assert_max_num_queries(12):
        assert warn(DECEMBER_2) == Warned(members=51, points=100 + 50 * 5)


@pytest.mark.django_db(transaction=True)
def test_two_that_warn_at_once_tell_it_once(going):
    results = all_at_once(4, lambda _: warn(DECEMBER_2))

    assert sum(warned.members for warned in results) == 1
    assert told() == [(100, "2027-01-01", 30)]


def test_the_command_says_how_many(going, capsys):
    with clock.at(DECEMBER_2):
        call_command("warn_of_expiry", dry_run=True)
        call_command("warn_of_expiry", program="BEANS")
        call_command("warn_of_expiry")

    assert capsys.readouterr().out.splitlines() == [
        "would warn 1 members of 100 points",
        "warned 1 members of 100 points",
        "warned 0 members of 0 points",
    ]


def test_the_worker_warns_by_the_clock(going):
    with clock.at(DECEMBER_2):
        warn_of_points_that_go(timestamp=0)

    assert told() == [(100, "2027-01-01", 30)]
    assert "programs.warn_of_expiry" in {name for name, _ in app.periodic_registry.periodic_tasks}
