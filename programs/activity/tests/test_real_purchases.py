"""21 months of a real shop's purchases, and what every one of its members must have, to the point."""

from itertools import islice

import pytest

from ledger.models import Posting
from loyalty.events.models import Event
from programs.activity.expiring import expire_points
from programs.activity.importing import Summary
from programs.activity.moments import moment_of
from programs.activity.source_files import LINES
from programs.activity.tests.reference_model import ModelProgram, with_redemptions
from programs.activity.tests.shop_files import (
    EVENTS_FILE,
    INSTANTS,
    LINES_FILE,
    balances_of,
    expected_members,
    needs_real_purchases,
    open_shop,
    rows_of,
    take_in,
    write_events,
    write_lines,
)

pytestmark = needs_real_purchases


@pytest.fixture
def shop(db):
    return open_shop()


def differing(shop, story):
    """Members whose line differs from the expected one, at either instant."""
    for day, at in INSTANTS.items():
        found, expected = balances_of(shop, at), expected_members(day, story)
        for name in found.keys() | expected.keys():
            if found.get(name) != expected.get(name):
                yield day, name, found.get(name), expected.get(name)


@pytest.mark.parametrize("story", ["s1", "s2"])
def test_the_model_in_plain_python_gives_the_expected_answers(story):
    rows = list(rows_of(EVENTS_FILE)) if story == "s1" else list(with_redemptions(rows_of(EVENTS_FILE)))

    for day, at in INSTANTS.items():
        model = ModelProgram()
        for row in rows:
            if row["ts"] < at:
                model.apply(row)
        assert model.balances_at(at) == expected_members(day, story)


def test_nobody_redeems_and_every_member_has_what_is_expected(shop):
    summary, refused = take_in(shop, EVENTS_FILE)
    assert (summary, refused) == (Summary(purchases=29_854, returns=8_482, earned=619_820, reversed=21_634), [])
    assert list(differing(shop, "s1")) == []

    before = Posting.objects.count(), Event.objects.count()
    assert take_in(shop, EVENTS_FILE) == (Summary(known=38_336), [])
    assert (Posting.objects.count(), Event.objects.count()) == before

    expire_points(at=moment_of("2011-09-01", "Europe/London"))
    assert list(differing(shop, "s1")) == []


def test_every_whole_hundred_is_redeemed_and_every_member_has_what_is_expected(shop, tmp_path):
    path = write_events(tmp_path / "redeemed.csv", with_redemptions(rows_of(EVENTS_FILE)))

    summary, refused = take_in(shop, path)

    assert refused == []
    assert (summary.earned, summary.reversed, summary.redeemed) == (619_820, 21_634, 429_900)
    assert list(differing(shop, "s2")) == []


def test_the_lines_of_the_first_weeks_come_to_the_same_as_their_events(shop, tmp_path):
    other = open_shop("OTHER")
    lines = [list(row.values()) for row in islice(rows_of(LINES_FILE), 60_000)]
    last = lines[-1][LINES.index("invoice_date")]
    whole = [row for row in lines if row[LINES.index("invoice_date")] < last]
    events = [row for row in islice(rows_of(EVENTS_FILE), 8_000) if row["ts"] < last]

    from_lines, refused = take_in(shop, write_lines(tmp_path / "lines.csv", whole))
    from_events, _ = take_in(other, write_events(tmp_path / "events.csv", events))

    assert refused == []
    assert from_lines == from_events
    assert balances_of(shop, last) == balances_of(other, last)


@pytest.mark.slow
def test_all_lines_come_to_the_expected_points(shop):
    summary, refused = take_in(shop, LINES_FILE)

    assert (summary, refused) == (Summary(purchases=29_854, returns=8_482, earned=619_820, reversed=21_634), [])
    assert list(differing(shop, "s1")) == []
