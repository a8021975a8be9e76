"""Stories with known answers, worked out by others, told through the API as a brand and its tills would tell them."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import clock
from loyalty.testing.clients import with_key
from programs.activity.expiring import Sweep, expire_points
from programs.activity.tests.tills import (
    available,
    balance,
    deposit,
    earn,
    fresh,
    give_back,
    purchase,
    redeem,
    refusal,
)
from programs.activity.tests.together import all_at_once

NOVEMBER = datetime(2026, 11, 10, 12, tzinfo=UTC)
JANUARY_1 = datetime(2027, 1, 1, tzinfo=UTC)
FEBRUARY_1 = datetime(2027, 2, 1, tzinfo=UTC)
JUNE_1 = datetime(2027, 6, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def set_terms(api, **terms) -> None:
    """Changes what the program gives from now on."""
    response = api.patch("/api/programs/BEANS", terms)
    assert response.status_code == 200, response.content


def lot(api, points: int, *, at: datetime, months: int | None) -> dict:
    """Points earned at an instant; gone where the month ends that lies `months` later, or never."""
    with clock.at(at):
        set_terms(api, expiry_months=months)
        return earn(api, f"{points}.00")


def lots(api) -> list[tuple[int, str]]:
    """The member's points that expire, by their instants."""
    return [(one["points"], one["expires_at"][:10]) for one in balance(api)["expiring"]]


def expired(api) -> list[tuple[int, str]]:
    results = api.get("/api/members/ana/transactions?type=expire").json()["results"]
    return [(one["points"], one["occurred_at"][:10]) for one in results]


def test_points_that_expire_first_are_spent_first_though_earned_later(api, ana_beans):
    lot(api, 100, at=NOVEMBER, months=6)
    lot(api, 100, at=NOVEMBER + timedelta(days=1), months=1)

    with clock.at(NOVEMBER + timedelta(days=2)):
        redeem(api, 100)
        assert lots(api) == [(100, "2027-06-01")]


def test_a_redemption_runs_on_into_the_next_lot(api, ana_beans):
    lot(api, 50, at=NOVEMBER, months=1)
    lot(api, 50, at=NOVEMBER, months=2)

    with clock.at(NOVEMBER + timedelta(days=2)):
        redeem(api, 70)
        assert lots(api) == [(30, "2027-02-01")]
        assert available(api) == 30


def test_of_three_lots_the_ones_that_last_longer_go_later_and_the_unlimited_last(api, ana_beans):
    march = datetime(2026, 3, 10, tzinfo=UTC)
    lot(api, 60, at=march, months=1)
    lot(api, 60, at=march + timedelta(days=1), months=0)
    lot(api, 60, at=march + timedelta(days=2), months=None)

    with clock.at(march + timedelta(days=3)):
        assert lots(api) == [(60, "2026-04-01"), (60, "2026-05-01")]
        redeem(api, 100)
        assert lots(api) == [(20, "2026-05-01")]
        assert available(api) == 80


@pytest.mark.parametrize("is_swept", [False, True])
def test_at_the_very_instant_of_its_expiry_a_lot_is_gone_swept_or_not(api, ana_beans, is_swept):
    lot(api, 100, at=NOVEMBER, months=1)

    with clock.at(JANUARY_1 - INSTANT):
        assert available(api) == 100
    if is_swept:
        assert expire_points(at=JANUARY_1) == Sweep(lots=1, points=100)
    with clock.at(JANUARY_1):
        assert available(api) == 0
        asked = {"program_id": "BEANS", "points": 1, "idempotency_key": fresh()}
        assert refusal(api.post("/api/members/ana/redeem", asked)) == (422, "insufficient-points")


def test_what_is_left_of_a_lot_expires_in_one_entry_and_a_second_sweep_writes_nothing(api, ana_beans):
    lot(api, 150, at=NOVEMBER, months=1)
    with clock.at(NOVEMBER + timedelta(days=1)):
        redeem(api, 50)

    with clock.at(FEBRUARY_1):
        assert expire_points(at=FEBRUARY_1) == Sweep(lots=1, points=100)
        assert expire_points(at=FEBRUARY_1) == Sweep()
        assert expired(api) == [(-100, "2027-01-01")]
        assert available(api) == 0


def test_within_balance_a_returned_purchase_takes_no_more_than_there_is_and_only_once(api, ana_beans):
    set_terms(api, return_policy="within_balance")
    order = earn(api, "150.00")
    redeem(api, 100)
    asked = {"reference": "return-1"}

    first, second = (api.post(f"/api/transactions/{order['id']}/return", asked) for _ in range(2))

    assert first.json()["points"] == -50
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    assert len(api.get("/api/members/ana/transactions?type=return").json()["results"]) == 1
    assert (balance(api)["available"], balance(api)["debt"]) == (0, 0)


def test_a_redemption_repeated_and_reversed_twice_leaves_the_lots_as_they_were(api, ana_beans):
    lot(api, 200, at=NOVEMBER, months=1)
    lot(api, 800, at=NOVEMBER, months=6)
    before = [(200, "2027-01-01"), (800, "2027-06-01")]

    with clock.at(NOVEMBER + timedelta(days=1)):
        asked = {"program_id": "BEANS", "points": 300, "idempotency_key": "burn"}
        first, second = (api.post("/api/members/ana/redeem", asked) for _ in range(2))
        assert second.content == first.content
        assert available(api) == 700

        address = f"/api/transactions/{first.json()['id']}/reverse"
        assert api.post(address, {"reason": "Rung up twice", "idempotency_key": "a"}).status_code == 201
        again = api.post(address, {"reason": "Rung up twice", "idempotency_key": "b"})
        assert refusal(again) == (409, "already-reversed")
        assert available(api) == 1000
        assert lots(api) == before


def test_half_of_an_order_comes_back_with_half_of_its_points(api, ana_beans):
    order = earn(api, "100.00")
    assert order["points"] == 100

    assert give_back(api, order["id"], amount="50.00")["points"] == -50
    assert available(api) == 50


@pytest.mark.parametrize(("amount", "points"), [("105.00", 10), ("100.00", 10), ("9.99", 0)])
def test_each_full_ten_gives_a_point(api, ana_beans, amount, points):
    set_terms(api, earn_per="10.00")

    assert earn(api, amount)["points"] == points


@pytest.mark.parametrize("parts", [["1.00", "5.00", "10.00", "20.00"], ["1.00"] * 12, ["99.99"]])
def test_parts_that_come_back_take_no_more_than_their_share_and_together_all_of_it(api, ana_beans, parts):
    set_terms(api, earn_per="10.00")
    order = earn(api, "100.00")

    cents = 0
    for part in parts:
        give_back(api, order["id"], amount=part)
        cents += int(part.replace(".", ""))
        assert 10 - available(api) == cents // 1000
    give_back(api, order["id"])

    assert available(api) == 0


def test_two_items_come_back_one_after_the_other(api, ana_beans):
    set_terms(api, earn_points=15, earn_per="10.00")
    deposit(api, 1000)
    redeem(api, 500)
    items = [{"sku": "A", "quantity": 1, "amount": "10.00"}, {"sku": "B", "quantity": 1, "amount": "10.00"}]
    order = earn(api, "20.00", items=items)

    seen = [available(api)]
    for sku in ("A", "B"):
        give_back(api, order["id"], items=[{"sku": sku, "quantity": 1}])
        seen.append(available(api))

    assert seen == [530, 515, 500]


@pytest.mark.parametrize("rate", [2, 0])
def test_a_return_takes_what_the_purchase_gave_whatever_the_rate_is_now(api, ana_beans, rate):
    order = earn(api, "50.00")
    set_terms(api, earn_points=rate)

    assert give_back(api, order["id"])["points"] == -50
    assert available(api) == 0


@pytest.mark.parametrize("day", [25, 31])
@pytest.mark.parametrize(("zone", "hours"), [("UTC", 0), ("America/New_York", 5), ("Asia/Tokyo", -9)])
def test_a_month_to_the_months_end_from_january_ends_with_february_where_the_program_is(
    api, ana_beans, day, zone, hours
):
    set_terms(api, timezone=zone, expiry_months=1)
    march = datetime(2027, 3, 1, tzinfo=UTC) + timedelta(hours=hours)
    with clock.at(datetime(2027, 1, day, 12, tzinfo=UTC)):
        earn(api, "10.00")

    with clock.at(march - INSTANT):
        assert available(api) == 10
    with clock.at(march):
        assert available(api) == 0


def test_an_old_lots_rest_goes_before_the_new_one_and_the_new_ones_rest_expires(api, ana_beans):
    january, february = datetime(2027, 1, 10, tzinfo=UTC), datetime(2027, 2, 10, tzinfo=UTC)
    set_terms(api, earn_points=5, expiry_months=3)
    seen = []
    with clock.at(january):
        earn(api, "115.00")
        redeem(api, 500)
        seen.append(available(api))
    with clock.at(february):
        earn(api, "161.00")
        seen.append(available(api))
        redeem(api, 500)
        seen.append(available(api))
        assert lots(api) == [(380, "2027-06-01")]
    with clock.at(JUNE_1):
        seen.append(available(api))

    assert seen == [75, 880, 380, 0]


@pytest.mark.django_db(transaction=True)
def test_the_same_paid_order_told_many_times_at_the_same_moment_is_one_award(cafe_key, api, ana_beans):
    body = purchase("80.00")
    answers = all_at_once(6, lambda _: with_key(cafe_key).post("/api/members/ana/earn", body))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert available(api) == 80


@pytest.mark.django_db(transaction=True)
def test_of_twenty_gifts_of_all_points_at_the_same_moment_one_succeeds(cafe_key, api, ana_beans):
    deposit(api, 100)

    def give(n: int):
        body = {"program_id": "BEANS", "points": 100, "idempotency_key": f"gift-{n}"}
        return with_key(cafe_key).post("/api/members/ana/redeem", body).status_code

    assert sorted(all_at_once(20, give)) == [201] + [422] * 19
    held = balance(api)
    assert (held["available"], held["lifetime_earned"], held["lifetime_redeemed"]) == (0, 100, 100)
