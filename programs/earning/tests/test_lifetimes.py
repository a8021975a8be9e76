"""Months and days by the clock of the program's time zone, over summer time and over midnights that never were."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.earning.lifetimes import available_at, expires_at

ZONES = ["UTC", "Europe/London", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "Pacific/Apia", "America/Havana"]
moments = st.integers(157_766_400, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
zones = st.sampled_from(ZONES)


def local(zone, *wall):
    return datetime(*wall, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize("day", [25, 31])
def test_a_month_to_month_end_from_january_ends_with_february(day):
    earned = local("Europe/Berlin", 2027, 1, day, 18)

    assert expires_at(earned, 1, "Europe/Berlin") == local("Europe/Berlin", 2027, 3, 1)


@pytest.mark.parametrize(
    ("months", "gone"), [(0, (2026, 12, 1)), (1, (2027, 1, 1)), (12, (2027, 12, 1)), (13, (2028, 1, 1))]
)
def test_points_last_to_the_end_of_the_month_so_many_months_later(months, gone):
    assert expires_at(local("Europe/London", 2026, 11, 3), months, "Europe/London") == local("Europe/London", *gone)


def test_points_of_a_program_without_expiry_last_for_ever():
    assert expires_at(datetime(2026, 11, 3, tzinfo=UTC), None, "UTC") is None


def test_the_month_is_the_one_of_the_programs_time_zone():
    new_years_eve_in_utc = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert expires_at(new_years_eve_in_utc, 1, "UTC") == datetime(2027, 2, 1, tzinfo=UTC)
    assert expires_at(new_years_eve_in_utc, 1, "Europe/Berlin") == local("Europe/Berlin", 2027, 3, 1)


def test_a_month_that_ends_in_summer_time_ends_at_local_midnight():
    assert expires_at(datetime(2026, 1, 15, tzinfo=UTC), 5, "Europe/London") == datetime(2026, 6, 30, 23, tzinfo=UTC)


def test_a_midnight_that_never_was_is_the_first_instant_after_it():
    # In Amman 1 April 2016 began at 01:00.
    expiry = expires_at(datetime(2016, 1, 10, tzinfo=UTC), 2, "Asia/Amman")

    assert expiry.astimezone(ZoneInfo("Asia/Amman")).isoformat() == "2016-04-01T01:00:00+03:00"
    assert expiry == datetime(2016, 3, 31, 22, tzinfo=UTC)


def test_a_day_that_never_was_ends_where_the_next_one_begins():
    # Samoa had no 30 December 2011.
    ready = available_at(local("Pacific/Apia", 2011, 12, 29, 15), 1, "Pacific/Apia")

    assert ready == local("Pacific/Apia", 2011, 12, 31)


def test_pending_days_keep_the_time_of_the_clock_over_summer_time():
    earned = local("Europe/Berlin", 2026, 3, 28, 9, 30)

    assert available_at(earned, 2, "Europe/Berlin") == local("Europe/Berlin", 2026, 3, 30, 9, 30)


def test_no_pending_days_is_at_once():
    earned = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the second 02:30 of that night in Berlin

    assert available_at(earned, 0, "Europe/Berlin") == earned


@given(moments, st.integers(0, 36), zones)
def test_points_are_gone_exactly_where_a_local_month_begins(earned, months, zone):
    expiry = expires_at(earned, months, zone)

    before, after = ((expiry + step).astimezone(ZoneInfo(zone)) for step in (-timedelta(seconds=1), timedelta(0)))
    assert (after.year, after.month) != (before.year, before.month)
    start = earned.astimezone(ZoneInfo(zone))
    assert after.year * 12 + after.month == start.year * 12 + start.month + months + 1


@given(moments, moments, st.integers(0, 36), zones)
def test_what_is_earned_later_is_never_gone_sooner(one, another, months, zone):
    sooner, later = sorted([one, another])

    assert expires_at(sooner, months, zone) <= expires_at(later, months, zone)


@given(moments, st.integers(1, 400), zones)
def test_pending_points_wait_so_many_local_days(earned, days, zone):
    ready = available_at(earned, days, zone)

    wall = (ready.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) - timedelta(days=days)
    meant = earned.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert timedelta(0) <= wall - meant <= timedelta(days=1, hours=1)
