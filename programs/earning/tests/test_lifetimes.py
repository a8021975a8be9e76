"""Months and days by the clock of the program's time zone, over summer time and over midnights that never were."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import posting
from programs.earning.lifetimes import (
    UNTIL_RELEASED,
    LifeTerms,
    available_at,
    day_of,
    expires_at,
    expiry_of,
    extension,
    life_of,
)

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


def months(n, zone="Europe/Berlin", **terms):
    return LifeTerms(timezone=zone, expiry_months=n, **terms)


def dates(*days, at_least=None, zone="Europe/Berlin"):
    return LifeTerms(timezone=zone, expiry_kind="dates", expiry_dates=days, expiry_months=at_least)


def inactivity(n, zone="Europe/Berlin"):
    return LifeTerms(timezone=zone, expiry_kind="inactivity", expiry_months=n)


def gone(terms, *wall, **own):
    return life_of(terms, local(terms.timezone, *wall), **own)[1]


def day(*wall, zone="Europe/Berlin"):
    return local(zone, *wall)


def test_points_by_months_live_as_they_always_did():
    earned = local("Europe/Berlin", 2027, 1, 31, 18)

    assert life_of(months(1, pending_days=3), earned) == (day(2027, 2, 3, 18), day(2027, 3, 1))
    assert life_of(months(None), earned) == (earned, None)


@pytest.mark.parametrize(
    ("wall", "end"),
    [
        ((2026, 6, 30, 23, 59), (2026, 7, 1)),
        ((2026, 7, 1), (2027, 1, 1)),
        ((2026, 12, 31, 23), (2027, 1, 1)),
        ((2027, 1, 1), (2027, 7, 1)),
    ],
)
def test_points_of_fixed_days_last_through_the_next_of_them(wall, end):
    assert gone(dates("12-31", "06-30"), *wall) == day(*end)


@pytest.mark.parametrize(
    ("wall", "end"),
    [
        ((2026, 3, 31), (2026, 7, 1)),  # June has no 31st: three months later is the 30th
        ((2026, 4, 1), (2027, 1, 1)),
        ((2026, 10, 1), (2027, 7, 1)),
    ],
)
def test_points_of_fixed_days_last_so_many_months_at_least(wall, end):
    assert gone(dates("06-30", "12-31", at_least=3), *wall) == day(*end)


@pytest.mark.parametrize(
    ("wall", "end"),
    [
        ((2027, 1, 5), (2027, 3, 1)),
        ((2027, 2, 28, 23), (2027, 3, 1)),
        ((2027, 3, 1), (2028, 3, 1)),
        ((2028, 2, 29), (2028, 3, 1)),
    ],
)
def test_the_29th_of_february_is_the_28th_where_the_year_has_none(wall, end):
    assert gone(dates("02-29"), *wall) == day(*end)


def test_the_day_of_expiry_is_the_one_of_the_programs_time_zone():
    earned = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)

    assert expiry_of(dates("06-30", zone="UTC"), earned) == datetime(2026, 7, 1, tzinfo=UTC)
    assert expiry_of(dates("06-30"), earned) == day(2027, 7, 1)


@pytest.mark.parametrize(
    ("wall", "end"),
    [
        ((2026, 3, 15, 9), (2026, 9, 16)),
        ((2026, 8, 31), (2027, 3, 1)),
        ((2027, 8, 31), (2028, 3, 1)),
        ((2027, 8, 29), (2028, 3, 1)),
    ],
)
def test_points_of_inactive_members_are_gone_after_the_day_so_many_months_later(wall, end):
    terms = inactivity(6)

    assert gone(terms, *wall) == extension(terms, local("Europe/Berlin", *wall)) == day(*end)


@pytest.mark.parametrize("terms", [months(6), dates("06-30", at_least=6), inactivity(None), months(None)])
def test_activity_extends_nothing_where_points_do_not_expire_by_inactivity(terms):
    assert extension(terms, datetime(2026, 6, 1, tzinfo=UTC)) is None


def test_the_end_of_a_day_is_found_over_the_change_to_summer_time():
    # On 29 March 2026 the clocks of Berlin went from 2 to 3, those of Beirut from 0 to 1.
    assert gone(inactivity(1), 2026, 2, 28, 23) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert gone(inactivity(1), 2026, 3, 1) == datetime(2026, 4, 1, 22, tzinfo=UTC)
    beirut = gone(inactivity(1, zone="Asia/Beirut"), 2026, 2, 28, 12)
    assert beirut.astimezone(ZoneInfo("Asia/Beirut")).isoformat() == "2026-03-29T01:00:00+03:00"


def test_a_rule_says_of_its_own_points_how_long_they_live():
    terms = months(12, pending_days=3)
    earned = local("Europe/Berlin", 2026, 3, 10, 9, 30)

    assert life_of(terms, earned, expiry_days=90) == (day(2026, 3, 13, 9, 30), day(2026, 6, 9))
    assert life_of(terms, earned, expiry_months=1)[1] == day(2026, 5, 1)
    assert life_of(terms, earned, expiry_months=1, expiry_days=10)[1] == day(2026, 3, 21)
    assert life_of(terms, earned, pending_days=20) == (day(2026, 3, 30, 9, 30), day(2027, 4, 1))
    assert life_of(terms, earned, pending_days=0)[0] == earned


def test_points_that_wait_for_an_event_wait_until_they_are_released():
    terms = months(12, pending_until="order.delivered")
    earned = local("Europe/Berlin", 2026, 3, 10)

    assert life_of(terms, earned) == (UNTIL_RELEASED, day(2027, 4, 1))
    assert life_of(terms, earned, pending_days=2)[0] == day(2026, 3, 12)
    assert life_of(terms, earned, is_purchase=False)[0] == earned


def test_the_ledger_knows_the_instant_until_which_points_wait():
    assert posting.UNTIL_RELEASED == UNTIL_RELEASED


@given(moments, st.integers(0, 30), zones, st.lists(st.dates().map("{:%m-%d}".format), min_size=1, max_size=4))
def test_points_of_fixed_days_are_gone_where_a_day_of_the_list_ended(earned, least, zone, days):
    terms = LifeTerms(timezone=zone, expiry_kind="dates", expiry_dates=tuple(days), expiry_months=least)

    expiry = expiry_of(terms, earned)

    last = (expiry - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    named = {day_of(text, year) for text in days for year in (last.year, last.year - 1)}
    # Samoa had no 30 December 2011: what ends with it ends with the 29th.
    assert last in named or last + timedelta(days=1) in named
    assert expiry >= extension(replace(terms, expiry_kind="inactivity"), earned)


@given(moments, moments, st.integers(0, 36), zones, st.sampled_from(["months", "dates", "inactivity"]))
def test_what_is_earned_later_is_never_gone_sooner_by_any_terms(one, another, n, zone, kind):
    terms = LifeTerms(timezone=zone, expiry_kind=kind, expiry_dates=("02-29", "06-30"), expiry_months=n)
    sooner, later = sorted([one, another])

    assert later < expiry_of(terms, later)
    assert expiry_of(terms, sooner) <= expiry_of(terms, later)
