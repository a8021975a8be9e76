"""More stories of points and orders with known answers, told through the API; the first ones are in
`test_known_answers`."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.reconciliation import reconcile
from ledger.tests.books import clean
from loyalty import clock
from programs.activity.tests.tills import available, balance, deposit, earn, fresh, give_back, redeem

DAY = timedelta(days=1)
MAY_1 = datetime(2027, 5, 1, 12, tzinfo=UTC)


def undo(api, transaction):
    body = {"reason": "The order was cancelled", "idempotency_key": fresh()}
    answer = api.post(f"/api/transactions/{transaction['id']}/reverse", body)
    assert answer.status_code == 201, answer.content


def put_in_force(api, *rules):
    """Publishes these rules instead of the program's own rate."""
    assert api.patch("/api/programs/BEANS", {"earn_points": 0}).status_code == 200
    draft = api.post("/api/programs/BEANS/rulesets", {"rules": list(rules)})
    assert draft.status_code == 201, draft.content
    answer = api.post(f"/api/programs/BEANS/rulesets/{draft.json()['version']}/publish", {})
    assert answer.status_code in (200, 201), answer.content


@pytest.mark.parametrize("is_return_first", [False, True])
def test_of_an_order_that_earned_and_spent_all_is_undone(api, ana_beans, is_return_first):
    deposit(api, 200)
    order, spent = earn(api, "70.00"), redeem(api, 150)
    assert available(api) == 120

    if is_return_first:
        give_back(api, order["id"])
        undo(api, spent)
    else:
        undo(api, spent)
        give_back(api, order["id"])

    assert (available(api), balance(api)["debt"]) == (200, 0)
    assert clean(reconcile())


def test_of_an_order_of_two_lines_one_comes_back_with_half_of_what_was_spent(api, ana_beans):
    deposit(api, 200)
    lines = [{"sku": sku, "quantity": 1, "amount": "35.00"} for sku in ("A", "B")]
    order = earn(api, "70.00", items=lines)
    first, _ = redeem(api, 75), redeem(api, 75)
    assert available(api) == 120

    give_back(api, order["id"], items=[{"sku": "A", "quantity": 1}])
    undo(api, first)

    assert available(api) == 160


def test_points_of_ninety_days_go_oldest_first_and_then_all(api, ana_beans):
    effect = {"type": "points.per_amount", "points": 5, "per": "1.00", "expires_after": {"days": 90}}
    put_in_force(api, {"key": "five", "name": "Five", "trigger": "order.paid", "group": "base", "effects": [effect]})
    seen = []
    with clock.at(MAY_1):
        earn(api, "115.00")
        redeem(api, 500)
        seen.append(available(api))
    with clock.at(MAY_1 + 30 * DAY):
        earn(api, "161.00")
        seen.append(available(api))
        redeem(api, 500)
        seen.append(available(api))
        assert balance(api)["expiring"] == [{"points": 380, "expires_at": "2027-08-30T00:00:00Z"}]
    with clock.at(MAY_1 + (30 + 90) * DAY):
        assert available(api) == 380
    with clock.at(MAY_1 + (30 + 91) * DAY):
        seen.append(available(api))

    assert seen == [75, 880, 380, 0]


def test_points_of_a_rule_wait_and_go_as_the_rule_says_beside_those_of_the_program(api, ana_beans):
    assert api.patch("/api/programs/BEANS", {"expiry_months": 12}).status_code == 200
    rate = {"type": "points.per_amount", "points": 1, "per": "1.00"}
    bonus = {"type": "points.fixed", "points": 30, "pending_for": {"days": 14}, "expires_after": {"days": 44}}
    put_in_force(
        api,
        {"key": "rate", "name": "Rate", "trigger": "order.paid", "group": "base", "effects": [rate]},
        {"key": "bonus", "name": "Bonus", "trigger": "order.paid", "group": "bonus", "effects": [bonus]},
    )
    with clock.at(MAY_1):
        earn(api, "100.00")
        assert (available(api), balance(api)["pending"]) == (100, 30)
    with clock.at(MAY_1 + 14 * DAY):
        assert balance(api)["expiring"] == [
            {"points": 30, "expires_at": "2027-06-15T00:00:00Z"},
            {"points": 100, "expires_at": "2028-06-01T00:00:00Z"},
        ]
    with clock.at(MAY_1 + 45 * DAY):
        assert available(api) == 100
