"""More stories of points and orders with known answers, told through the API; the first ones are in
`test_known_answers`."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.reconciliation import reconcile
from ledger.tests.books import clean
from loyalty import clock
from loyalty.testing.clients import with_key
from programs.activity.tests.tills import available, balance, deposit, earn, fresh, give_back, redeem, refusal
from programs.activity.tests.together import all_at_once

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


@pytest.fixture
def in_part(api, ana_beans):
    """At most half of an order is paid with points, and no fewer than 500 of them."""
    answer = api.patch("/api/programs/BEANS", {"redeem_points_min": 500, "redeem_percent_max": 50})
    assert answer.status_code == 200, answer.content


def pay(api, points, order=10_000, **more):
    body = {"program_id": "BEANS", "points": points, "order_points": order, "idempotency_key": fresh()} | more
    return api.post("/api/members/ana/redeem", body)


@pytest.mark.parametrize(("held", "asked", "taken"), [(5000, 1000, 1000), (700, 1000, 700), (5000, 10_000, 5000)])
def test_an_order_takes_no_more_points_than_its_share_and_than_there_are(api, in_part, held, asked, taken):
    deposit(api, held)

    answer = pay(api, asked)

    assert (answer.status_code, answer.json()["points"]) == (201, -taken)
    assert available(api) == held - taken


def test_a_share_is_rounded_down(api, in_part):
    deposit(api, 5000)

    assert pay(api, 5000, order=1_999).json()["points"] == -999


@pytest.mark.parametrize(
    ("held", "asked", "order"), [(5000, 400, 10_000), (499, 1000, 10_000), (5000, 1000, 999), (0, 500, 2000)]
)
def test_fewer_points_than_the_program_wants_are_refused(api, in_part, held, asked, order):
    if held:
        deposit(api, held)

    assert refusal(pay(api, asked, order)) == (422, "below-minimum")


def test_a_payment_with_points_repeated_gives_the_first_answer(api, in_part):
    deposit(api, 700)

    first, again = (pay(api, 1000, idempotency_key="till-7") for _ in range(2))

    assert (first.json()["points"], again.content) == (-700, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert refusal(pay(api, 1000, order=8_000, idempotency_key="till-7")) == (422, "idempotency-key-reused")


def test_without_an_order_all_is_spent_or_nothing(api, in_part):
    deposit(api, 700)

    body = {"program_id": "BEANS", "points": 1000, "idempotency_key": fresh()}
    assert refusal(api.post("/api/members/ana/redeem", body)) == (422, "insufficient-points")


def test_a_payment_that_is_answered_later_takes_its_share_too(api, in_part):
    from programs.activity.models import Submission
    from programs.activity.submissions import complete_submission

    deposit(api, 700)
    body = {"program_id": "BEANS", "points": 1000, "order_points": 1200, "idempotency_key": fresh()}
    answer = api.post("/api/members/ana/redeem", body, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202

    complete_submission(Submission.objects.get().id)

    assert available(api) == 100


@pytest.mark.django_db(transaction=True)
def test_orders_paid_at_the_same_moment_never_take_more_than_there_is(api, cafe_key, in_part):
    deposit(api, 1700)

    answers = all_at_once(4, lambda _: pay(with_key(cafe_key), 1000))

    assert sorted(answer.json().get("points", 0) for answer in answers) == [-1000, -700, 0, 0]
    assert available(api) == 0
