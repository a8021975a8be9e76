"""Discounts are exact to the cent: known answers, and what holds for any order."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rewards.vouchers.discounts import Discount, Line, discount

CENT = Decimal(1)


def terms(how: str = "", kind: str = "discount", **more) -> dict:
    return {"kind": kind, "discount_kind": how, "currency": "EUR"} | more


lines_of_any_order = st.lists(
    st.builds(
        Line,
        amount_minor=st.integers(0, 1_000_000),
        quantity=st.integers(1, 50),
        sku=st.sampled_from(["A", "B", "C"]),
        category=st.sampled_from(["", "toys", "food"]),
    ),
    max_size=12,
)
any_terms = st.builds(
    terms,
    st.sampled_from(["amount", "percent", "cheapest", "buy_x_get_y"]),
    kind=st.sampled_from(["discount", "discount", "discount", "free_item", "product", "donation"]),
    value_minor=st.integers(1, 2_000_000),
    percent=st.decimals(0, 100, places=2).map(str),
    buy_quantity=st.integers(1, 5),
    free_quantity=st.integers(1, 5),
    skus=st.sampled_from([[], ["A"], ["A", "B"], ["Z"]]),
    categories=st.sampled_from([[], ["toys"]]),
    discount_minor_max=st.none() | st.integers(0, 100_000),
)


@given(any_terms, lines_of_any_order)
def test_the_lines_come_to_the_whole_and_none_goes_below_nothing(said, lines):
    found = discount(said, lines)

    assert len(found.lines) == len(lines)
    assert sum(found.lines) == found.minor
    assert all(0 <= off <= line.amount_minor for off, line in zip(found.lines, lines, strict=True))
    assert 0 <= found.minor <= sum(line.amount_minor for line in lines)


@given(any_terms, lines_of_any_order)
def test_only_what_is_meant_is_touched_and_never_more_than_the_most(said, lines):
    found = discount(said, lines)

    for off, line in zip(found.lines, lines, strict=True):
        if said["skus"] or said["categories"]:
            assert off == 0 or line.sku in said["skus"] or line.category in said["categories"]
    if said["discount_minor_max"] is not None:
        assert found.minor <= said["discount_minor_max"]


@given(st.integers(1, 2_000_000), lines_of_any_order)
def test_an_amount_comes_off_whole_and_in_proportion(value, lines):
    found = discount(terms("amount", value_minor=value), lines)

    total = sum(line.amount_minor for line in lines)
    assert found.minor == min(value, total)
    for off, line in zip(found.lines, lines, strict=True):
        if total:
            exact = Decimal(found.minor) * line.amount_minor / total
            assert abs(off - exact) < 1


@given(st.decimals(0, 100, places=2), lines_of_any_order)
def test_a_percentage_is_rounded_half_up_on_each_line(percent, lines):
    found = discount(terms("percent", percent=str(percent)), lines)

    expected = [(percent * line.amount_minor / 100).quantize(CENT, ROUND_HALF_UP) for line in lines]
    assert list(found.lines) == expected


@given(st.integers(1, 4), st.integers(1, 4), lines_of_any_order)
def test_of_some_bought_the_cheapest_pieces_are_free(bought, free, lines):
    found = discount(terms("buy_x_get_y", buy_quantity=bought, free_quantity=free), lines)

    pieces = []
    for line in lines:
        if line.amount_minor:
            price, more = divmod(line.amount_minor, line.quantity)
            pieces += [price] * (line.quantity - more) + [price + 1] * more
    times = len(pieces) // (bought + free)
    worth = sorted(piece for piece in pieces if piece)
    assert found.minor == sum(worth[: times * free])


@given(st.integers(0, 10_000), st.none() | st.integers(0, 10_000), lines_of_any_order)
def test_a_gift_card_pays_no_more_than_it_holds_the_order_or_what_is_asked(balance, asked, lines):
    found = discount(terms(kind="gift_card"), lines, balance_minor=balance, amount_minor=asked)

    bounds = [balance]
    if lines:
        bounds.append(sum(line.amount_minor for line in lines))
    if asked is not None:
        bounds.append(asked)
    assert found.minor == min(bounds)


@pytest.mark.parametrize(
    ("said", "lines", "expected"),
    [
        (terms("amount", value_minor=2_000), [Line(1_000)], Discount(1_000, (1_000,))),
        (terms("amount", value_minor=100), [Line(100), Line(100), Line(100)], Discount(100, (34, 33, 33))),
        (terms("amount", value_minor=500), [Line(1_000, sku="A"), Line(2_000, sku="B")], Discount(500, (167, 333))),
        (terms("percent", percent="15.00"), [Line(1_999), Line(10_999)], Discount(1_950, (300, 1_650))),
        (terms("cheapest", percent="15"), [Line(1_999), Line(10_999)], Discount(300, (300, 0))),
        (terms("cheapest", percent="100"), [Line(1_000, 3), Line(500)], Discount(333, (333, 0))),
        (terms("cheapest", percent="50"), [Line(0), Line(800)], Discount(400, (0, 400))),
        (terms("buy_x_get_y", buy_quantity=2, free_quantity=1), [Line(3_600, 3)], Discount(1_200, (1_200,))),
        (terms("buy_x_get_y", buy_quantity=2, free_quantity=1), [Line(1_000, 3)], Discount(333, (333,))),
        (terms("buy_x_get_y", buy_quantity=2, free_quantity=1), [Line(1_200, 2)], Discount(0, (0,))),
        (
            terms("buy_x_get_y", buy_quantity=1, free_quantity=1),
            [Line(900, sku="A"), Line(1_400, 2, sku="B"), Line(500, sku="C")],
            Discount(1_200, (0, 700, 500)),
        ),
        (
            terms("percent", percent="50", discount_minor_max=100),
            [Line(1_000), Line(3_000)],
            Discount(100, (25, 75)),
        ),
        (terms(kind="free_item", skus=["tea"]), [Line(300, sku="cake"), Line(450, sku="tea")], Discount(450, (0, 450))),
        (terms(kind="product"), [Line(300)], Discount(0, (0,))),
        (terms(kind="external_code"), [], Discount(0, ())),
    ],
)
def test_known_discounts(said, lines, expected):
    assert discount(said, lines) == expected


def test_a_gift_card_takes_nothing_off_lines():
    found = discount(terms(kind="gift_card"), [Line(700), Line(300)], balance_minor=800)

    assert found == Discount(800, (0, 0))
