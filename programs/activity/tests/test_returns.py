"""Goods that come back: their points go back with them, in parts that add up to the whole."""

from uuid import UUID

import pytest

from loyalty.testing.clients import with_key
from programs.activity.models import Purchase, Return
from programs.activity.operations import (
    PurchaseRequest,
    ReturnRequest,
    record_purchase,
    return_purchases,
)
from programs.activity.places import Names
from programs.activity.tests.tills import available, balance, deposit, earn, fresh, give_back, pointers, redeem, refusal
from programs.activity.tests.together import all_at_once
from programs.activity.unlinked_returns import UnlinkedReturn, record_unlinked_return
from programs.earning.returns import ReturnedItem
from programs.membership.models import Program

pytestmark = pytest.mark.django_db


def post(api, transaction_id, **body):
    return api.post(f"/api/transactions/{transaction_id}/return", {"reference": fresh("return")} | body)


def change(program, **fields):
    Program.objects.filter(pk=program.pk).update(**fields)


def test_half_of_an_order_takes_half_of_its_points(api, ana_beans):
    order = earn(api, "100.00")

    answer = give_back(api, order["id"], reference="r-1", amount="50.00")

    assert (answer["type"], answer["points"], answer["balance_after"]) == ("return", -50, 50)
    assert (answer["amount"], answer["currency"], answer["reference"]) == ("50.00", "EUR", "r-1")
    assert answer["reverses_id"] == order["id"]
    assert api.get(f"/api/transactions/{answer['id']}").json() == answer


def test_without_amount_or_items_all_that_is_left_comes_back(api, ana_beans):
    order = earn(api, "100.00")
    give_back(api, order["id"], amount="30.00")

    answer = give_back(api, order["id"])

    assert (answer["amount"], answer["points"], answer["balance_after"]) == ("70.00", -70, 0)


def test_within_balance_takes_what_is_there(api, beans, ana_beans):
    change(beans, return_policy="within_balance")
    order = earn(api, "150.00")
    redeem(api, 100)

    answer = give_back(api, order["id"])

    assert (answer["points"], answer["balance_after"]) == (-50, 0)


def test_what_was_spent_becomes_debt_that_the_next_points_pay(api, ana_beans):
    order = earn(api, "150.00")
    redeem(api, 100)

    answer = give_back(api, order["id"])

    assert (answer["points"], answer["balance_after"], balance(api)["debt"]) == (-150, -100, 100)
    assert earn(api, "120.00")["balance_after"] == 20


def test_a_program_may_refuse_to_take_back_what_was_spent(api, beans, ana_beans):
    change(beans, return_policy="refuse")
    order = earn(api, "150.00")
    redeem(api, 100)

    assert refusal(post(api, order["id"])) == (422, "insufficient-points")
    assert Purchase.objects.get(pk=order["id"]).refunded_minor == 0
    assert Return.objects.count() == 0
    assert give_back(api, order["id"], amount="50.00")["points"] == -50


def test_the_same_return_twice_is_one_entry(api, ana_beans):
    order = earn(api, "100.00")

    first = post(api, order["id"], reference="r-1", amount="40.00")
    again = post(api, order["id"], reference="r-1", amount="40.00")

    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert available(api) == 60
    assert Return.objects.count() == 1


def test_a_reference_that_came_with_another_return_is_refused(api, ana_beans):
    order = earn(api, "100.00")
    post(api, order["id"], reference="r-1", amount="40.00")

    assert refusal(post(api, order["id"], reference="r-1", amount="41.00")) == (422, "idempotency-key-reused")
    keyed = post(api, order["id"], reference="r-1", amount="40.00", idempotency_key="k")
    assert refusal(keyed) == (409, "duplicate-reference")


def test_a_key_that_came_with_another_return_is_refused(api, ana_beans):
    order = earn(api, "100.00")
    post(api, order["id"], reference="r-1", amount="40.00", idempotency_key="k")

    again = post(api, order["id"], reference="r-1", amount="40.00", idempotency_key="k")
    other = post(api, order["id"], reference="r-2", amount="40.00", idempotency_key="k")

    assert again["Idempotent-Replayed"] == "true"
    assert refusal(other) == (422, "idempotency-key-reused")


def test_a_return_is_answered_again_when_nothing_is_left(api, ana_beans):
    order = earn(api, "100.00")
    first = post(api, order["id"], reference="r-1", amount="60.00")
    post(api, order["id"])

    assert post(api, order["id"], reference="r-1", amount="60.00").content == first.content


def test_more_than_is_left_does_not_come_back(api, ana_beans):
    order = earn(api, "100.00")
    give_back(api, order["id"], amount="60.00")

    response = post(api, order["id"], amount="40.01")

    assert refusal(response) == (422, "return-exceeds-purchase")
    assert (response.json()["left"], response.json()["requested"]) == ("40.00", "40.01")
    give_back(api, order["id"], amount="40.00")
    assert refusal(post(api, order["id"])) == (422, "return-exceeds-purchase")
    assert available(api) == 0


def test_parts_take_exactly_what_the_whole_takes(api, beans, ana_beans):
    change(beans, earn_per="10.00")
    order = earn(api, "100.00")

    taken = [give_back(api, order["id"], amount=amount)["points"] for amount in ("1.00", "5.00", "10.00", "20.00")]
    rest = give_back(api, order["id"])["points"]

    assert taken == [0, 0, -1, -2]
    assert sum(taken) + rest == -10


def test_items_of_a_purchase_come_back_one_by_one(api, beans, ana_beans):
    change(beans, earn_points=15, earn_per="10.00")
    deposit(api, 1000)
    redeem(api, 500)
    order = earn(api, "20.00", items=[{"sku": "CUP", "quantity": 2, "amount": "20.00"}])
    assert available(api) == 530

    first = give_back(api, order["id"], items=[{"sku": "CUP", "quantity": 1}])
    assert (first["amount"], available(api)) == ("10.00", 515)
    give_back(api, order["id"], items=[{"sku": "CUP"}])
    assert available(api) == 500

    third = post(api, order["id"], items=[{"sku": "CUP"}])
    assert pointers(third) == ["/items/0/quantity"]
    assert pointers(post(api, order["id"], items=[{"sku": "MUG"}])) == ["/items/0/sku"]


def test_thirds_of_a_line_add_up_to_it(api, ana_beans):
    order = earn(api, "10.00", items=[{"sku": "A", "quantity": 3, "amount": "10.00"}])

    amounts = [give_back(api, order["id"], items=[{"sku": "A"}])["amount"] for _ in range(3)]

    assert amounts == ["3.33", "3.33", "3.34"]
    assert available(api) == 0


def test_an_amount_and_items_do_not_go_together(api, ana_beans):
    order = earn(api, "10.00", items=[{"sku": "A", "quantity": 1, "amount": "10.00"}])

    assert pointers(post(api, order["id"], amount="5.00", items=[{"sku": "A"}])) == ["/items"]


@pytest.mark.parametrize("rate", [{"earn_points": 2}, {"earn_points": 0}])
def test_a_return_follows_the_rule_that_gave_the_points(api, beans, ana_beans, rate):
    order = earn(api, "50.00")
    change(beans, **rate)

    assert give_back(api, order["id"])["points"] == -50


def test_a_purchase_of_nothing_comes_back_with_nothing(api, ana_beans):
    order = earn(api, "0.00")

    assert give_back(api, order["id"])["points"] == 0


def test_only_a_purchase_comes_back(api, ana_beans):
    given = deposit(api, 100)

    assert refusal(post(api, given["id"])) == (409, "not-reversible")


def test_a_reversed_purchase_does_not_come_back_too(api, ana_beans):
    order = earn(api, "100.00")
    api.post(f"/api/transactions/{order['id']}/reverse", {"reason": "twice", "idempotency_key": fresh()})

    assert refusal(post(api, order["id"])) == (409, "already-reversed")
    assert available(api) == 0


def test_members_do_not_return_by_themselves(api, ana_client, ana_beans):
    order = earn(api, "100.00")

    assert refusal(post(ana_client, order["id"])) == (403, "forbidden")


def test_goods_of_an_unknown_purchase_are_written_down_and_move_nothing(importer, ana_beans):
    request = UnlinkedReturn(names=Names("BEANS", "ana"), reference="C-1", amount_minor=500, currency="EUR")

    first, again = record_unlinked_return(importer, request), record_unlinked_return(importer, request)

    assert (first.posted.kind, first.posted.points, first.posted.reverses) == ("return", 0, None)
    assert (again.is_replayed, again.posted.public_id) == (True, first.posted.public_id)
    kept = Return.objects.get()
    assert (kept.id, kept.purchase, kept.amount_minor) == (first.posted.public_id, None, 500)


def test_many_returns_of_one_purchase_build_on_each_other(importer, api, ana_beans):
    record_purchase(
        importer,
        PurchaseRequest(names=Names("BEANS", "ana"), amount_minor=10_000, currency="EUR", reference="INV-1"),
    )

    def back(reference, minor):
        return ReturnRequest(
            program_code="BEANS",
            purchase_reference="INV-1",
            reference=reference,
            amount_minor=minor,
            is_capped=True,
        )

    answers = return_purchases(importer, [back("C1", 3_000), back("C2", 3_000), back("C1", 3_000), back("C3", 9_000)])

    assert [answer.posted.points for answer in answers] == [-30, -30, -30, -40]
    assert [answer.is_replayed for answer in answers] == [False, False, True, False]
    assert available(api) == 0
    assert Purchase.objects.get().refunded_minor == 10_000


def test_pieces_that_came_back_in_the_same_batch_do_not_come_back_again(importer, api, ana_beans):
    order = earn(api, "20.00", items=[{"sku": "CUP", "quantity": 2, "amount": "20.00"}])

    def back(reference):
        cup = ReturnedItem(sku="CUP", quantity=1)
        return ReturnRequest(purchase_id=UUID(order["id"]), reference=reference, items=[cup])

    first, second, third = return_purchases(importer, [back("a"), back("b"), back("c")])

    assert [first.posted.points, second.posted.points] == [-10, -10]
    assert [error["code"] for error in third.errors] == ["more-than-bought"]


@pytest.mark.django_db(transaction=True)
def test_ten_returns_of_a_fifth_at_the_same_moment_are_five(cafe_key, ana_beans):
    order = earn(with_key(cafe_key), "100.00")

    responses = all_at_once(10, lambda n: post(with_key(cafe_key), order["id"], reference=f"r-{n}", amount="20.00"))

    assert sorted(response.status_code for response in responses) == [201] * 5 + [422] * 5
    assert available(with_key(cafe_key)) == 0
    assert Purchase.objects.get().refunded_minor == 10_000
