"""What a part of a purchase gives back: never more than the whole, and all the parts exactly the whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Invalid
from programs.earning.facts import ItemFacts
from programs.earning.returns import ReturnedItem, points_to_take_back, refund_of_items

amounts = st.integers(0, 10**9)


def test_half_of_an_order_takes_half_of_its_points():
    assert points_to_take_back(100, 100_00, 50_00) == 50


def test_small_returns_add_up_to_no_more_than_their_share():
    taken, refunded = [], 0
    for part in (1_00, 5_00, 10_00, 20_00):
        refunded += part
        taken.append(points_to_take_back(10, 100_00, refunded))

    assert taken == [0, 0, 1, 3]


def test_two_lines_of_35_give_back_35_each():
    assert [points_to_take_back(70, 70_00, refunded) for refunded in (35_00, 70_00)] == [35, 70]


def test_an_order_of_nothing_gives_nothing_back():
    assert points_to_take_back(0, 0, 0) == 0


@given(amounts, amounts, st.lists(amounts))
def test_all_parts_together_take_exactly_what_one_full_return_takes(points, rest, parts):
    total = rest + sum(parts)
    refunded, taken = 0, 0
    for part in [*parts, rest]:
        refunded += part
        taken_by_part = points_to_take_back(points, total, refunded) - taken
        assert taken_by_part >= 0
        taken += taken_by_part

    assert taken == (points if total else 0)


@given(amounts, st.integers(1, 10**9), amounts)
def test_a_return_of_more_than_was_paid_takes_no_more_than_was_given(points, total, refunded):
    assert points_to_take_back(points, total, total + refunded) == points


BASKET = (
    ItemFacts(sku="CUP", amount_minor=10_00, quantity=3),
    ItemFacts(sku="TEA", amount_minor=4_00, quantity=1),
    ItemFacts(sku="CUP", amount_minor=8_00, quantity=2),
)


def back(*pairs):
    return [ReturnedItem(sku=sku, quantity=quantity) for sku, quantity in pairs]


def test_one_of_three_cups_is_a_third_of_its_line_rounded_down():
    assert refund_of_items(22_00, BASKET, before=[], now=back(("CUP", 1))) == 3_33


def test_the_third_cup_brings_what_rounding_left():
    assert refund_of_items(22_00, BASKET, before=back(("CUP", 2)), now=back(("CUP", 1))) == 3_34


def test_a_fourth_cup_comes_from_the_next_line():
    assert refund_of_items(22_00, BASKET, before=back(("CUP", 3)), now=back(("CUP", 1))) == 4_00


def test_a_discount_on_the_order_is_borne_by_every_line():
    assert refund_of_items(11_00, BASKET, before=[], now=back(("TEA", 1))) == 2_00


def test_weighed_goods_come_back_by_weight():
    cheese = (ItemFacts(sku="CHEESE", amount_minor=9_00, quantity=Decimal("0.750")),)

    assert refund_of_items(9_00, cheese, before=[], now=back(("CHEESE", Decimal("0.250")))) == 3_00


def test_items_that_cost_nothing_bring_nothing_back():
    free = (ItemFacts(sku="SAMPLE", amount_minor=0),)

    assert refund_of_items(0, free, before=[], now=back(("SAMPLE", 1))) == 0


def test_every_item_that_cannot_come_back_is_named_at_once():
    with pytest.raises(Invalid) as refusal:
        refund_of_items(22_00, BASKET, before=back(("CUP", 4)), now=back(("CUP", 1), ("CUP", 1), ("HAT", 1)))

    assert [(mistake["pointer"], mistake["code"]) for mistake in refusal.value.errors] == [
        ("/items/1/quantity", "more-than-bought"),
        ("/items/2/sku", "not-bought"),
    ]


lines = st.lists(
    st.builds(ItemFacts, sku=st.sampled_from("ABC"), amount_minor=st.integers(0, 10**6), quantity=st.integers(1, 5)),
    min_size=1,
    max_size=6,
)


@given(lines, amounts, st.randoms(use_true_random=False))
def test_piece_by_piece_all_items_bring_back_exactly_the_total(items, total_minor, random):
    pieces = [item.sku for item in items for _ in range(item.quantity)]
    random.shuffle(pieces)
    refunds = [
        refund_of_items(total_minor, items, before=back(*((sku, 1) for sku in pieces[:index])), now=back((sku, 1)))
        for index, sku in enumerate(pieces)
    ]

    assert min(refunds) >= 0
    assert sum(refunds) == (total_minor if any(item.amount_minor for item in items) else 0)
