"""What counts for a tier and of which time, and who goes up at once."""

import pytest
from django.db import connection

from loyalty import clock
from loyalty.http.money import _EXPONENTS
from programs.activity.tests.levels import LEVELS, bring_back, buy, changes, day, joined, levels, tier, told
from programs.activity.tests.tills import balance, earn, fresh
from programs.activity.tests.together import all_at_once
from programs.membership.models import Membership, TierChange
from programs.membership.operations import update_program
from programs.membership.selectors import tiers_of
from programs.membership.validity import TierTerms

pytestmark = pytest.mark.django_db

BY_SPEND = [TierTerms("bronze", "B", 0), TierTerms("silver", "S", 10000), TierTerms("gold", "G", 20000)]


@pytest.mark.parametrize(
    ("before", "order", "code"),
    [
        ("0.00", "6000.00", "bronze"),
        ("0.00", "15000.00", "silver"),
        ("0.00", "25000.00", "gold"),
        ("4000.00", "500.00", "bronze"),
        ("8000.00", "3000.00", "silver"),
        ("18000.00", "3000.00", "gold"),
        ("22000.00", "5000.00", "gold"),
    ],
)
def test_money_spent_before_counts_with_what_is_spent_now(api, beans, ana_beans, before, order, code):
    levels(beans, BY_SPEND, tier_basis="spend", earn_points=0)
    earn(api, before)

    earn(api, order)

    assert balance(api)["tier"] == code
    assert Membership.objects.get().tier.code == code


def test_money_that_was_refunded_was_not_spent(api, beans, ana_beans):
    levels(beans, BY_SPEND, tier_basis="spend")
    order = buy(api, "10000.00", day(2026, 3, 1))
    assert tier(api, day(2026, 3, 2)) == "silver"

    bring_back(api, order, day(2026, 3, 3), amount="0.01")

    assert tier(api, day(2026, 3, 4)) == "bronze"


def test_thresholds_of_money_count_whole_units_of_any_currency(api, beans, ana_beans):
    levels(beans, BY_SPEND, tier_basis="spend", money_currency="JPY", earn_per=1)

    earn(api, "10000", currency="JPY")

    assert balance(api)["tier"] == "silver"


def test_the_database_counts_currencies_as_the_rest_does():
    with connection.cursor() as cursor:
        for currency, places in {**_EXPONENTS, "EUR": 2, "USD": 2}.items():
            cursor.execute("select programs_minor_units(%s)", [currency])
            assert cursor.fetchone()[0] == 10**places, currency


def test_visits_are_purchases_that_did_not_come_back_whole(api, beans, ana_beans):
    levels(beans, [TierTerms("once", "Once", 1), TierTerms("twice", "Twice", 2)], tier_basis="visits", earn_points=0)
    assert tier(api, day(2026, 3, 1)) is None
    buy(api, "1.00", day(2026, 3, 1))
    second = buy(api, "5.00", day(2026, 3, 2))
    assert tier(api, day(2026, 3, 3)) == "twice"

    bring_back(api, second, day(2026, 3, 4), amount="4.99")
    assert tier(api, day(2026, 3, 5)) == "twice"

    bring_back(api, second, day(2026, 3, 6))
    assert tier(api, day(2026, 3, 7)) == "once"


def test_a_purchase_that_was_reversed_was_no_visit(api, beans, ana_beans):
    levels(beans, [TierTerms("once", "Once", 1)], tier_basis="visits")
    order = earn(api, "10.00")
    assert balance(api)["tier"] == "once"

    answer = api.post(
        f"/api/transactions/{order['id']}/reverse", {"reason": "a mistake", "idempotency_key": fresh("undo")}
    )

    assert answer.status_code == 201, answer.content
    assert balance(api)["tier"] is None


def test_the_last_months_begin_at_the_same_moment_of_the_clock(api, beans, ana_beans):
    levels(beans, timezone="Europe/London", tier_months=6)
    buy(api, "100.00", day(2026, 1, 15, 9))

    # Nine o'clock in the London summer is eight in UTC.
    assert tier(api, day(2026, 7, 15, 7, 59)) == "silver"
    assert tier(api, day(2026, 7, 15, 8, 0)) == "bronze"


def test_a_tier_of_the_calendar_year_holds_to_the_end_of_the_next_by_the_programs_clock(api, beans, ana_beans):
    levels(beans, tier_window="year", timezone="Europe/Amsterdam")
    buy(api, "60.00", day(2026, 2, 1))
    buy(api, "60.00", day(2026, 12, 31, 22, 59))

    assert tier(api, day(2026, 12, 31, 22, 59)) == "silver"
    assert tier(api, day(2027, 12, 31, 22, 59)) == "silver"
    # Midnight in Amsterdam is eleven in the evening in UTC.
    assert tier(api, day(2027, 12, 31, 23, 0)) == "bronze"


def test_two_calendar_years_are_not_added_up(api, beans, ana_beans):
    levels(beans, tier_window="year", timezone="Europe/Amsterdam")
    buy(api, "60.00", day(2026, 12, 31, 22, 59))
    buy(api, "60.00", day(2026, 12, 31, 23, 0))

    assert tier(api, day(2027, 1, 2)) == "bronze"


def test_years_since_joining_turn_on_the_day_of_joining(api, beans, ana_beans):
    levels(beans, tier_window="joined", timezone="Europe/Amsterdam")
    joined(ana_beans, day(2025, 5, 10, 15))
    # It is the tenth from midnight on, which is ten in the evening in the UTC summer.
    buy(api, "100.00", day(2026, 5, 9, 21, 59))
    assert tier(api, day(2027, 5, 9, 21, 59)) == "silver"
    assert tier(api, day(2027, 5, 9, 22, 0)) == "bronze"

    buy(api, "100.00", day(2027, 5, 9, 22, 0))

    assert tier(api, day(2029, 5, 9, 21, 59)) == "silver"
    assert tier(api, day(2029, 5, 9, 22, 0)) == "bronze"


def test_who_joined_on_a_leap_day_has_their_day_on_the_28th_in_other_years(api, beans, ana_beans):
    levels(beans, tier_window="joined")
    joined(ana_beans, day(2024, 2, 29))
    buy(api, "60.00", day(2025, 2, 27, 23, 59))
    buy(api, "60.00", day(2025, 2, 28, 0, 0))

    assert tier(api, day(2025, 3, 1)) == "bronze"

    buy(api, "40.00", day(2026, 2, 27, 23, 59))
    assert [tier(api, day(2027, 2, 27, 23, 59)), tier(api, day(2027, 2, 28, 0))] == ["silver", "bronze"]

    buy(api, "100.00", day(2028, 2, 28, 23, 59))
    assert [tier(api, day(2029, 2, 27, 23, 59)), tier(api, day(2029, 2, 28, 0))] == ["silver", "bronze"]


def test_what_was_bought_before_joining_does_not_count_since_joining(api, beans, ana_beans):
    levels(beans, tier_window="joined")
    joined(ana_beans, day(2026, 5, 10))

    buy(api, "100.00", day(2026, 5, 9, 23, 59))

    assert tier(api, day(2026, 5, 11)) == "bronze"


def test_for_life_is_for_life(api, beans, ana_beans):
    levels(beans, tier_window="lifetime")
    buy(api, "60.00", day(1995))
    buy(api, "40.00", day(2026))

    assert tier(api, day(2045)) == "silver"


def test_a_member_goes_up_at_once_and_it_is_written_down(api, beans, ana_beans):
    levels(beans)
    buy(api, "99.00", day(2026, 3, 1))
    assert changes(ana_beans) == [("", "bronze", "reached")]

    buy(api, "1.00", day(2026, 3, 2))
    buy(api, "1.00", day(2026, 3, 3))

    assert changes(ana_beans) == [("", "bronze", "reached"), ("bronze", "silver", "reached")]
    change = TierChange.objects.get(after="silver")
    assert (change.measure, change.actor, change.occurred_at) == (100, "system:tiers", day(2026, 3, 2))
    assert told(ana_beans)[1] == {"before": "bronze", "after": "silver", "reason": "reached", "actor": "system:tiers"}
    ana_beans.refresh_from_db()
    assert (ana_beans.tier.code, ana_beans.tier_since) == ("silver", day(2026, 3, 2))


def test_a_large_order_goes_up_several_tiers_in_one_step(api, beans, ana_beans):
    levels(beans)

    buy(api, "500.00", day(2026, 3, 1))

    assert changes(ana_beans) == [("", "gold", "reached")]


def test_what_is_told_late_counts_with_what_came_after_it(api, beans, ana_beans):
    levels(beans)
    buy(api, "60.00", day(2026, 3, 10))

    with clock.at(day(2026, 3, 11)):
        earn(api, "40.00", occurred_at="2026-03-01T12:00:00Z")

    assert changes(ana_beans)[-1] == ("bronze", "silver", "reached")


def test_a_program_without_tiers_writes_nothing(api, beans, ana_beans):
    earn(api, "500.00")

    ana_beans.refresh_from_db()
    assert (ana_beans.tier, changes(ana_beans)) == (None, [])


@pytest.mark.django_db(transaction=True)
def test_twenty_purchases_at_the_same_moment_go_up_once(api, beans, ana_beans):
    levels(beans)
    earn(api, "90.00")

    answers = all_at_once(20, lambda n: api.post("/api/members/ana/earn", {
        "program_id": "BEANS", "amount": "1.00", "currency": "EUR", "reference": f"rush-{n}"}).status_code)  # fmt: skip

    assert answers == [201] * 20
    assert changes(ana_beans) == [("", "bronze", "reached"), ("bronze", "silver", "reached")]
    assert len(told(ana_beans)) == 2


def test_the_past_is_read_as_it_was(api, beans, ana_beans):
    levels(beans, tier_months=1)
    order = buy(api, "250.00", day(2026, 3, 1))
    bring_back(api, order, day(2026, 3, 10), amount="100.00")

    def then(at):
        tiers = tiers_of([ana_beans], at=at)[ana_beans.id]
        return tiers and tiers.code

    assert then(day(2026, 3, 1)) == "bronze"
    assert then(day(2026, 3, 5)) == "gold"
    assert then(day(2026, 3, 11)) == "silver"
    assert then(day(2026, 4, 1, 11, 59)) == "silver"
    assert then(day(2026, 4, 1, 12)) == "bronze"


def test_tiers_can_exchange_their_thresholds(api, beans, ana_beans):
    levels(beans)
    bronze, *_ = LEVELS
    buy(api, "150.00", day(2026, 3, 1))

    update_program(beans, {}, tiers=[bronze, TierTerms("gold", "Gold", 100), TierTerms("silver", "Silver", 200)])

    assert tier(api, day(2026, 3, 2)) in {"gold", "silver"}
    assert [each.code for each in beans.tiers.order_by("points_min")] == ["bronze", "gold", "silver"]
