"""Circles of rates: found exactly where there are such, and random walks that never end richer where there are none."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from random import Random
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.rates import arithmetic, dated
from exchange.rates.arithmetic import Terms, convert
from exchange.rates.circles import best_circles, circle_through, gaining_circle, shown
from exchange.rates.dated import DatedBonus, DatedPair, DatedRate, circles_at, gain_through, instants, rates_at
from exchange.rates.tests.drawn import AT, RATE_ID, UNTIL, best_product, examples, graphs, in_time, turns_red
from loyalty.errors import LoyaltyError

PROGRAMS = 40
WALKS = (graphs(), st.randoms(use_true_random=False), st.integers(1, 10**6), st.integers(2, 40))


def is_accepted(found: dict) -> bool:
    """Whether all rates of a graph could be set, one after the other."""
    pairs = in_time(found)
    return all(gain_through(pairs[: n + 1], pair.key, AT) is None for n, pair in enumerate(pairs))


def walked(found: dict, random: Random, start: int, points: int, steps: int) -> list[int]:
    """What somebody who begins with some points has whenever they are back where they began."""
    place, held, seen = start, points, []
    for _step in range(steps):
        ways = [pair for pair in found if pair[0] == place]
        if not ways:
            break
        pair = random.choice(ways)
        try:
            held = convert(found[pair], held).to_amount
        except LoyaltyError:
            continue
        place = pair[1]
        if place == start:
            seen.append(held)
    return seen


@examples(300)
@given(graphs())
def test_a_circle_that_gains_is_found_just_where_there_is_one(found):
    rates = rates_at(in_time(found), AT)

    circle = gaining_circle(rates)

    assert (circle is not None) == (best_product(rates) > 1)
    if circle:
        assert circle.is_gain and circle.steps[0].start == circle.steps[-1].end
        assert all(rates[step.start, step.end] == step.rate for step in circle.steps)


@examples(200)
@given(graphs())
def test_rates_set_one_after_the_other_are_accepted_just_while_no_circle_gains(found):
    assert is_accepted(found) == (best_product(rates_at(in_time(found), AT)) <= 1)


@examples(200)
@given(graphs())
def test_the_best_circles_are_the_best(found):
    rates = rates_at(in_time(found), AT)
    if gaining_circle(rates) is None:
        circles = best_circles(rates)

        assert (circles[0].product if circles else 0) == best_product(rates)
        assert len({frozenset(circle.steps) for circle in circles}) == len(circles)


@examples(400)
@given(*WALKS)
def test_no_walk_over_accepted_rates_ends_richer(found, random, points, steps):
    if is_accepted(found):
        for start in {pair[0] for pair in found}:
            assert max(walked(found, random, start, points, steps), default=0) <= points


class TestPlantedMistakesAreFound:
    def test_bonuses_forgotten_in_the_circle(self, monkeypatch):
        monkeypatch.setattr(DatedPair, "bonus_at", lambda pair, at: Decimal(0))

        turns_red(test_no_walk_over_accepted_rates_ends_richer, *WALKS)

    def test_points_rounded_half_up(self, monkeypatch):
        def half_up(terms: Terms, amount: int):
            got = arithmetic.convert(terms, amount)
            return replace(got, to_amount=got.to_amount + (got.residue >= Decimal("0.5")))

        there_and_back = {
            (0, 1): Terms(rate_id=RATE_ID, base_rate=Decimal("0.5")),
            (1, 0): Terms(rate_id=RATE_ID, base_rate=Decimal(2)),
        }
        rightly = walked(there_and_back, Random(0), 0, 3, 2)
        monkeypatch.setattr("exchange.rates.tests.test_circles.convert", half_up)

        assert is_accepted(there_and_back)
        assert (rightly, walked(there_and_back, Random(0), 0, 3, 2)) == ([2], [4])

    def test_only_two_programs_looked_at(self, monkeypatch):
        def direct(pairs, changed, since):
            rates = rates_at(pairs, since)
            return True if rates.get(changed, 0) * rates.get(changed[::-1], 0) > 1 else None

        monkeypatch.setattr("exchange.rates.tests.test_circles.gain_through", direct)

        turns_red(test_rates_set_one_after_the_other_are_accepted_just_while_no_circle_gains, graphs())

    def test_only_this_moment_looked_at(self, monkeypatch):
        monkeypatch.setattr(dated, "instants", lambda pairs, since: [since])

        with pytest.raises((AssertionError, TypeError)):
            test_what_is_to_come_counts()


def pair(start: str, end: str, rate: str, *more: tuple[int, str], bonuses=(), fee="0") -> DatedPair:
    """A pair with a rate from `AT` on and `more` of so many days later."""
    rates = [DatedRate(AT + timedelta(days=days), Decimal(one), Decimal(fee)) for days, one in ((0, rate), *more)]
    return DatedPair(start, end, tuple(rates), tuple(bonuses))


def test_what_is_to_come_counts():
    pairs = [pair("SKY", "SHOP", "2.5", (3, "2.6"), (5, "2")), pair("SHOP", "SKY", "0.3", (4, "0.4"))]

    at, circle = gain_through(pairs, ("SKY", "SHOP"), AT)

    assert (at, circle.product) == (AT + timedelta(days=4), Fraction("1.04"))
    assert gain_through(pairs, ("SKY", "SHOP"), AT + timedelta(days=5)) is None


def test_a_bonus_counts_while_it_runs():
    bonus = DatedBonus(AT + timedelta(days=2), AT + timedelta(days=3), Decimal(50))
    pairs = [pair("SKY", "SHOP", "2.5", bonuses=[bonus]), pair("SHOP", "SKY", "0.3")]

    at, circle = gain_through(pairs, ("SHOP", "SKY"), AT)

    assert (at, circle.product) == (bonus.starts_at, Fraction("1.125"))
    assert gain_through(pairs, ("SHOP", "SKY"), bonus.ends_at) is None
    assert instants(pairs, AT) == [AT, bonus.starts_at, bonus.ends_at]
    assert pairs[0].highest(AT) == Fraction("3.75") and pairs[0].highest(bonus.ends_at) == Fraction("2.5")


def test_best_rates_that_are_never_there_together_make_no_circle():
    pairs = [pair("SKY", "SHOP", "2.5", (1, "1")), pair("SHOP", "SKY", "0.1", (1, "0.9"))]

    assert gain_through(pairs, ("SKY", "SHOP"), AT) is None


def test_of_a_thousand_moments_few_are_looked_at(monkeypatch):
    """For a second one rate is far too high, but no other pair is open yet; these change all the time."""
    steps = [(n, (n + 1) % PROGRAMS) for n in range(PROGRAMS)]
    later = [
        [DatedRate(AT + timedelta(minutes=n + 1, days=day), Decimal("0.9")) for day in range(26)] for n, _ in steps
    ]
    pairs = [DatedPair(*step, tuple(rates)) for step, rates in zip(steps, later, strict=True)]
    high = DatedRate(AT, Decimal(10**5)), DatedRate(AT + timedelta(seconds=1), Decimal("0.9"))
    pairs[0] = DatedPair(0, 1, (*high, *later[0]))
    looked = []
    monkeypatch.setattr(dated, "gaining_circle", lambda rates: looked.append(rates) or gaining_circle(rates))

    assert gain_through(pairs, (0, 1), AT) is None
    assert len(instants(pairs, AT)) == PROGRAMS * 26 + 2 and len(looked) < 30


@st.composite
def timetables(draw) -> list[DatedPair]:
    """Pairs of three programs whose rates change, close and get bonuses in the course of some days."""
    rates = st.sampled_from([Decimal("0.4"), Decimal("0.8"), Decimal(1), Decimal("1.25"), Decimal("2.5")])
    found = []
    for start, end in permutations(range(3), 2):
        changes = draw(st.dictionaries(st.integers(-1, 6), st.tuples(rates, st.booleans()), max_size=3))
        dated_rates = [
            DatedRate(AT + timedelta(days=day), rate, Decimal(0), is_open)
            for day, (rate, is_open) in sorted(changes.items())
        ]
        begin, days = draw(st.integers(-1, 5)), draw(st.integers(0, 3))
        bonus = DatedBonus(AT + timedelta(days=begin), AT + timedelta(days=begin + days), Decimal(25))
        found.append(DatedPair(start, end, tuple(dated_rates), (bonus,) if days else ()))
    return found


@examples(300)
@given(timetables())
def test_the_first_moment_at_which_a_circle_gains_is_found(pairs):
    """Of rates set one after the other: the last is the first with which one gains."""
    for count in range(1, len(pairs) + 1):
        known, changed = pairs[:count], pairs[count - 1].key
        gains = [at for at in instants(known, AT) if best_product(rates_at(known, at)) > 1]
        found = gain_through(known, changed, AT)
        assert (found and found[0]) == (gains[0] if gains else None)
        if found:
            break


def test_a_circle_elsewhere_hinders_nobody():
    """One that is there already, say from rates written past the operations."""
    pairs = [pair("A", "B", "2"), pair("B", "A", "2"), pair("SKY", "SHOP", "1"), pair("SHOP", "SKY", "1")]

    assert gain_through(pairs, ("SKY", "SHOP"), AT) is None
    assert gain_through(pairs, ("A", "B"), AT)[1].product == 4
    assert [circle.product for circle in circles_at(pairs, AT)] == [4, 1]


def test_a_circle_is_spelled_out():
    circle = gaining_circle(rates_at([pair("SKY", "SHOP", "2.5"), pair("SHOP", "SKY", "0.6")], AT))
    names = {"SKY": "SKY", "SHOP": "SHOP"}

    assert circle.in_words(names) in (
        "SKY -> SHOP 2.5, SHOP -> SKY 0.6: 1.5",
        "SHOP -> SKY 0.6, SKY -> SHOP 2.5: 1.5",
    )


def test_what_is_barely_more_than_one_never_looks_like_one():
    assert shown(Fraction(10**30 + 1, 10**30)) == "about 1.00000000001"
    assert (shown(Fraction(1)), shown(Fraction(3, 2)), shown(Fraction(1, 3))) == ("1", "1.5", "about 0.333333333334")


def test_nothing_gains_where_nothing_leads_back():
    assert gaining_circle({}) is None and best_circles({}) == []
    assert circle_through({("A", "B"): Fraction(9)}, ("A", "B")) is None
    assert circle_through({}, ("A", "B")) is None


@pytest.fixture
def large():
    """All 1,560 pairs of forty programs, almost fair, each with a rate to come and a bonus."""
    random = Random(7)
    worth = [random.randint(100, 10**6) for _ in range(PROGRAMS)]
    found = []
    for start in range(PROGRAMS):
        for end in range(PROGRAMS):
            if start != end:
                rate = max(worth[start] * 10**9 // worth[end] * random.randint(60, 99) // 100, 1)
                later = AT + timedelta(days=random.randint(1, 5))
                rates = (DatedRate(AT, Decimal(rate) / 10**9), DatedRate(later, Decimal(rate) / 10**9, Decimal(1)))
                found.append(DatedPair(start, end, rates, (DatedBonus(AT, UNTIL, Decimal("0.5")),)))
    return found


def test_forty_programs_are_judged_in_well_under_a_second(large):
    began = perf_counter()
    assert gain_through(large, (3, 7), AT) is None
    whole = perf_counter() - began

    began = perf_counter()
    listed = circles_at(large, AT)
    told = perf_counter() - began

    assert len(large) == 1_560 and len(listed) > 500
    assert whole < 0.5 and told < 2, (whole, told)


def test_a_long_circle_that_barely_gains_is_found():
    rates = {(n, (n + 1) % PROGRAMS): Fraction(1) for n in range(PROGRAMS)}
    assert gaining_circle(rates) is None
    rates[0, 1] = 1 + Fraction(1, 10**9)

    assert len(gaining_circle(rates).steps) == PROGRAMS
    assert circle_through(rates, (5, 6)).product == rates[0, 1]


def test_terms_and_dated_rates_are_worth_the_same():
    one = Terms(rate_id=RATE_ID, base_rate=Decimal("2.5"), bonus_percent=Decimal("12.5"), fee_percent=Decimal("1.25"))

    assert rates_at(in_time({(0, 1): one}), AT) == {(0, 1): one.product}
