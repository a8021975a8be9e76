"""Which tier is the next, and how many points count."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from ledger.posting import Move, post_one
from loyalty import clock
from programs.membership.operations import update_program
from programs.membership.selectors import counted_for_tiers, tiers_of
from programs.membership.tiers import next_tier
from programs.membership.validity import TierTerms

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
GIFT_SHOP = [
    TierTerms("gold", "Gold", 95),
    TierTerms("platinum", "Platinum", 220),
    TierTerms("bronze", "Bronze", 0),
    TierTerms("silver", "Silver", 30),
]


def test_the_next_tier_is_the_nearest_that_is_not_reached():
    assert next_tier(30, GIFT_SHOP).code == "gold"
    assert next_tier(220, GIFT_SHOP) is None


def move(membership, kind, points, at, **more):
    key = f"{kind} {points} {at} {more}"
    return post_one(
        Move(
            kind=kind,
            account_id=membership.account_id,
            key=key,
            fingerprint=sha256(key.encode()).digest(),
            actor="test",
            points=points,
            at=at,
            **more,
        )
    )


def points_of(membership, at=None):
    return counted_for_tiers([membership.account_id], at=at)[membership.account_id]


def test_points_of_the_last_months_count_though_they_were_spent(ana_beans):
    move(ana_beans, "earn", 100, NOON - timedelta(days=30))
    move(ana_beans, "redeem", 80, NOON - timedelta(days=2))

    with clock.at(NOON):
        assert points_of(ana_beans) == 100


def test_points_that_lapsed_meanwhile_still_count(ana_beans):
    move(ana_beans, "earn", 100, NOON - timedelta(days=30), expires_at=NOON - timedelta(days=1))

    with clock.at(NOON):
        assert points_of(ana_beans) == 100


def test_what_was_returned_does_not_count(ana_beans):
    earned = move(ana_beans, "earn", 100, NOON - timedelta(days=30))
    move(ana_beans, "return", 40, NOON - timedelta(days=10), target=earned.public_id)

    with clock.at(NOON):
        assert points_of(ana_beans) == 60
    assert points_of(ana_beans, NOON) == 60


def test_a_return_of_points_that_lapsed_is_counted_too(ana_beans):
    earned = move(ana_beans, "earn", 100, NOON - timedelta(days=30), expires_at=NOON - timedelta(days=20))
    move(ana_beans, "return", 40, NOON - timedelta(days=10), target=earned.public_id)

    with clock.at(NOON):
        assert points_of(ana_beans) == 60
    assert points_of(ana_beans, NOON) == 60


def test_the_past_does_not_know_of_later_returns(ana_beans):
    earned = move(ana_beans, "earn", 100, NOON - timedelta(days=30))
    move(ana_beans, "return", 40, NOON - timedelta(days=10), target=earned.public_id)

    assert points_of(ana_beans, NOON - timedelta(days=20)) == 100
    assert points_of(ana_beans, NOON - timedelta(days=10)) == 100


def test_an_instant_sees_what_was_before_it_and_the_window_lets_go_of_its_first_instant(ana_beans):
    move(ana_beans, "earn", 100, NOON)
    a_year_on, second = datetime(2027, 11, 21, 12, tzinfo=UTC), timedelta(seconds=1)

    assert [points_of(ana_beans, at) for at in (NOON, NOON + second)] == [0, 100]
    assert [points_of(ana_beans, at) for at in (a_year_on - second, a_year_on)] == [100, 0]


def test_the_window_follows_the_clock_of_the_program_over_summer_time(ana_beans, beans):
    update_program(beans, {"timezone": "Europe/London", "tier_months": 6})
    move(ana_beans, "earn", 100, datetime(2026, 1, 15, 9, tzinfo=UTC))

    # Nine o'clock in the London summer is eight in UTC.
    assert points_of(ana_beans, datetime(2026, 7, 15, 7, 59, tzinfo=UTC)) == 100
    assert points_of(ana_beans, datetime(2026, 7, 15, 8, 0, tzinfo=UTC)) == 0


def test_many_memberships_get_their_tiers_in_two_queries(ana_beans, ben_beans, beans, django_assert_num_queries):
    update_program(beans, {}, tiers=[TierTerms("silver", "Silver", 10), TierTerms("gold", "Gold", 50)])
    move(ana_beans, "earn", 60, NOON)

    with clock.at(NOON), django_assert_num_queries(2):
        tiers = tiers_of([ana_beans, ben_beans])

    assert tiers[ana_beans.id].code == "gold"
    assert tiers[ben_beans.id] is None
