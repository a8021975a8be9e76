"""21 months of a real shop's purchases under its rules, and what every one of its members must have, to the point."""

from collections import Counter
from itertools import islice

import pytest
from django.db.models import Sum
from django.db.models.functions import TruncDate

from ledger.models import Lot, Posting
from loyalty.events.models import Event
from programs.activity.expiring import expire_points
from programs.activity.importing import Summary
from programs.activity.moments import moment_of
from programs.activity.source_files import LINES
from programs.activity.tests.reference_model import LONDON, ModelProgram, with_redemptions
from programs.activity.tests.ruled import per, rule, rule_by
from programs.activity.tests.shop_files import (
    EVENTS_FILE,
    INSTANTS,
    LINES_FILE,
    balances_of,
    expected_members,
    expected_totals,
    needs_real_purchases,
    open_shop,
    rows_of,
    take_in,
    write_events,
    write_lines,
)
from programs.membership.assessing import reassess_tiers
from programs.membership.models import Membership
from programs.membership.selectors import tiers_of

pytestmark = needs_real_purchases


@pytest.fixture
def shop(db):
    return open_shop()


@pytest.fixture
def ruled_shop(shop):
    """The shop whose 5 points for each 100.00 stand in published rules, and not in its rate."""
    rule_by(shop, rule("rate", per(5, "100.00")))
    return shop


def differing(shop, story):
    """Members whose line differs from the expected one, at either instant."""
    for day, at in INSTANTS.items():
        found, expected = balances_of(shop, at), expected_members(day, story)
        for name in found.keys() | expected.keys():
            if found.get(name) != expected.get(name):
                yield day, name, found.get(name), expected.get(name)


def totals_of(shop, at):
    """All members together, as the totals beside the project count them."""
    members = list(balances_of(shop, at).values())
    sums = {name: sum(one[name] for one in members) for name in members[0] if name != "tier"}
    return {
        "members": len(members),
        "points_earned_gross": sums["earned"],
        "points_reversed": sums["reversed"],
        "points_lifetime_net": sums["lifetime"],
        "points_expired": sums["expired"],
        "points_redeemed": sums["redeemed"],
        "points_debt": sums["debt"],
        "balance": sums["balance"],
        "members_in_debt": sum(one["debt"] > 0 for one in members),
        "tiers": dict(Counter(one["tier"] for one in members)),
    }


def assert_totals(shop, story):
    """The totals at both instants; then, once what lapsed is written down, by the days on which it did or will."""
    for day, at in INSTANTS.items():
        expected, found = expected_totals(day, story), totals_of(shop, at)
        assert found == {name: expected[name] for name in found}
    expire_points(at=moment_of(at, shop.timezone))
    expired = Posting.objects.filter(kind="expire").annotate(day=TruncDate("occurred_at", tzinfo=LONDON))
    lots = Lot.objects.filter(remaining__gt=0).annotate(day=TruncDate("expires_at", tzinfo=LONDON))
    gone = expired.values_list("day").annotate(sum=-Sum("points")).order_by("day")
    left = lots.values_list("day").annotate(sum=Sum("remaining")).order_by("day")
    assert {str(day): points for day, points in gone} == expected["expired_by_date"]
    assert {str(day): points for day, points in left} == expected["will_expire_by_date"]
    assert list(differing(shop, story)) == []


def assert_tiers(shop):
    """The tiers that members had at both instants, and those that stand on their memberships once assessed."""
    names = dict(shop.brand.known_members.values_list("member_id", "external_id"))
    for day, at in INSTANTS.items():
        moment = moment_of(at, shop.timezone)
        expected = {name: one["tier"] for name, one in expected_members(day, "s1").items()}
        parts = Membership.objects.filter(program=shop, joined_at__lt=moment)
        found = tiers_of(parts, at=moment)
        assert {names[part.member_id]: found[part.id].code for part in parts} == expected
    reassess_tiers(at=moment, program=shop)
    assert {names[part.member_id]: part.tier.code for part in parts.select_related("tier")} == expected


@pytest.mark.parametrize("story", ["s1", "s2"])
def test_the_model_in_plain_python_gives_the_expected_answers(story):
    rows = list(rows_of(EVENTS_FILE)) if story == "s1" else list(with_redemptions(rows_of(EVENTS_FILE)))

    for day, at in INSTANTS.items():
        model = ModelProgram()
        for row in rows:
            if row["ts"] < at:
                model.apply(row)
        assert model.balances_at(at) == expected_members(day, story)


def test_nobody_redeems_and_every_member_has_what_is_expected(ruled_shop):
    summary, refused = take_in(ruled_shop, EVENTS_FILE)
    assert (summary, refused) == (Summary(purchases=29_854, returns=8_482, earned=619_820, reversed=21_634), [])
    assert list(differing(ruled_shop, "s1")) == []

    before = Posting.objects.count(), Event.objects.count()
    assert take_in(ruled_shop, EVENTS_FILE) == (Summary(known=38_336), [])
    assert (Posting.objects.count(), Event.objects.count()) == before

    assert_tiers(ruled_shop)
    assert_totals(ruled_shop, "s1")


def test_every_whole_hundred_is_redeemed_and_every_member_has_what_is_expected(ruled_shop, tmp_path):
    path = write_events(tmp_path / "redeemed.csv", with_redemptions(rows_of(EVENTS_FILE)))

    summary, refused = take_in(ruled_shop, path)

    assert refused == []
    assert (summary.earned, summary.reversed, summary.redeemed) == (619_820, 21_634, 429_900)
    assert list(differing(ruled_shop, "s2")) == []
    assert_totals(ruled_shop, "s2")
    assert_tiers(ruled_shop)


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
