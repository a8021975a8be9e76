"""By which ways points become points of others: the best are found, and every step is what an exchange would give."""

from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from exchange.rates.arithmetic import Terms, convert
from exchange.rates.routes import best_routes, fitting
from exchange.rates.tests.drawn import RATE_ID, examples, graphs
from loyalty.errors import LoyaltyError

DEMO = {
    ("SKY", "SHOP"): "2.5",
    ("SHOP", "SKY"): "0.3",
    ("SKY", "STAY"): "0.8",
    ("STAY", "SKY"): "1.1",
    ("SHOP", "FUEL"): "1.5",
    ("FUEL", "SHOP"): "0.6",
}


def of(rate: str, **said) -> Terms:
    return Terms(rate_id=RATE_ID, base_rate=Decimal(rate), **said)


def told(routes) -> list[tuple]:
    return [(" ".join([route.legs[0].start, *(leg.end for leg in route.legs)]), route.to_amount) for route in routes]


def best_by_trying(start, amount: int, terms: dict) -> dict:
    """The most points in each program, over all ways of up to four steps."""
    nodes = {node for pair in terms for node in pair} - {start}
    best: dict = {}
    for length in range(1, 5):
        for way in permutations(sorted(nodes), length):
            held = amount
            try:
                for pair in zip((start, *way), way, strict=False):
                    held = convert(terms[pair], held).to_amount
            except (KeyError, LoyaltyError):
                continue
            best[way[-1]] = max(best.get(way[-1], 0), held)
    return best


def test_the_ways_of_a_hundred_miles():
    terms = {pair: of(rate) for pair, rate in DEMO.items()}

    assert told(best_routes("SKY", 100, terms)) == [
        ("SKY SHOP FUEL", 375),
        ("SKY SHOP", 250),
        ("SKY STAY", 80),
    ]
    assert told(best_routes("FUEL", 100, terms)) == [
        ("FUEL SHOP", 60),
        ("FUEL SHOP SKY", 18),
        ("FUEL SHOP SKY STAY", 14),
    ]


@examples(150)
@given(graphs(), st.integers(1, 10**6))
def test_the_best_way_to_each_program_is_found(terms, amount):
    for start in {pair[0] for pair in terms}:
        found: dict = {}
        for route in best_routes(start, amount, terms):
            found[route.end] = max(found.get(route.end, 0), route.to_amount)

        assert found == best_by_trying(start, amount, terms)


@examples(100)
@given(graphs(), st.integers(1, 10**6))
def test_every_step_is_what_an_exchange_gives(terms, amount):
    for start in {pair[0] for pair in terms}:
        for route in best_routes(start, amount, terms):
            held, places = amount, [start, *(leg.end for leg in route.legs)]
            assert len(set(places)) == len(places) <= 5
            for leg in route.legs:
                assert leg.conversion == convert(terms[leg.start, leg.end], held - leg.left)
                held = leg.conversion.to_amount


def test_what_does_not_fit_stays_behind():
    terms = {("A", "B"): of("1", from_step=30, from_max=70), ("B", "C"): of("1", from_min=61)}

    (route,) = best_routes("A", 100, terms)

    assert [(leg.conversion.from_amount, leg.left) for leg in route.legs] == [(60, 40)]
    assert (fitting(terms["A", "B"], 59), fitting(terms["B", "C"], 59)) == (30, 59)


def test_three_ways_to_a_program_are_told_at_most():
    middles = "BCDEF"
    terms = {("A", one): of("1") for one in middles} | {(one, "Z"): of(f"0.{n}") for n, one in enumerate(middles, 3)}

    assert [way for way, _points in told(best_routes("A", 100, terms)) if way.endswith("Z")] == [
        "A F Z",
        "A E Z",
        "A D Z",
    ]


def test_four_steps_are_the_most():
    terms = {(n, n + 1): of("1") for n in range(6)}

    assert max(route.end for route in best_routes(0, 10, terms)) == 4
