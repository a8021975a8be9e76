"""The drawing of pairs, the circles below it, and the try-out of routes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.backoffice.graph import THICK, THIN, Edge, drawing_of
from exchange.backoffice.step_chart import HEIGHT, TOP, WIDTH, step_chart
from exchange.backoffice.tests.pages import at, body
from exchange.rates.tests.pairs import open_pair, program

GRAPH, ROUTES = at("exchange_graph"), at("exchange_routes")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def drawn(edges, *, width=400, height=300):
    return drawing_of([("a", "A"), ("b", "B"), ("c", "C")], edges, width=width, height=height)


def test_more_points_make_a_thicker_arrow():
    found = drawn([Edge("a", "b", "1", 100), Edge("b", "a", "1", 25), Edge("b", "c", "1", 0)])

    assert [arrow.width for arrow in found.arrows] == [THICK, 5, THIN]


def test_there_and_back_lie_apart_and_all_within_the_drawing():
    found = drawn([Edge("a", "b", "2.5"), Edge("b", "a", "0.4")])
    there, back = found.arrows

    assert (there.x, there.y) != (back.x, back.y)
    for node in found.nodes:
        assert node.radius <= node.x <= found.width - node.radius
        assert node.radius <= node.y <= found.height - node.radius


def test_a_long_code_is_cut_to_its_room():
    assert drawing_of([("a", "LONGESTCODE")], [], width=400, height=300).nodes[0].short == "LONGE…"


def test_a_rate_holds_until_the_next_and_what_comes_is_a_line_of_its_own():
    chart = step_chart([(NOON - timedelta(days=10), Decimal(2)), (NOON + timedelta(days=10), Decimal(1))], NOON)

    assert chart.past == f"M0 {TOP}H{chart.now_x}V{TOP}"
    assert chart.coming.startswith(f"M{chart.now_x} {TOP}H")
    assert chart.coming.endswith(f"H{WIDTH}V{HEIGHT - (HEIGHT - TOP) // 2}")


def test_no_rate_is_no_chart():
    assert step_chart([], NOON) is None


@pytest.mark.django_db
class TestPage:
    def test_pairs_are_drawn_and_told_as_a_table(self, pair, desk):
        shown = body(desk.staff.get(GRAPH))

        assert shown.count('class="ex-arrow') == 2, "once for wide windows, once for narrow ones"
        assert '<text dy="4">2.5</text>' in shown
        assert '<td class="amount" data-label="Rate">2.5</td>' in shown

    def test_a_circle_has_its_product(self, pair, desk):
        open_pair(pair.nights, pair.miles, rate="0.3", fee_percent=Decimal(10))
        shown = body(desk.staff.get(GRAPH))

        assert "0.675" in shown
        assert "MILES → NIGHTS → MILES" in shown or "NIGHTS → MILES → NIGHTS" in shown

    def test_a_closed_pair_makes_no_circle(self, pair, desk):
        open_pair(pair.nights, pair.miles, rate="0.3", is_open=False)

        assert "No open pairs lead back" in body(desk.staff.get(GRAPH))

    def test_partners_see_rates_and_no_figures(self, pair, desk):
        shown = body(desk.partner.get(GRAPH))

        assert "MILES → NIGHTS" in shown
        assert "Given in 30 days" not in shown

    def test_a_stranger_has_nothing_to_draw(self, pair, stranger):
        shown = body(stranger.admin.get(GRAPH))

        assert "Nothing to draw yet" in shown
        assert "MILES" not in shown


@pytest.mark.django_db
class TestRoutes:
    def test_the_best_way_comes_first_with_each_step(self, cafe, pair, desk):
        cups = program(cafe, "CUPS")
        open_pair(pair.miles, cups, rate="3")
        open_pair(cups, pair.nights, rate="0.9", fee_points=10)
        shown = body(desk.staff.get(ROUTES, {"start": pair.miles.pk, "amount": "101", "end": pair.nights.pk}))

        assert shown.index("MILES → CUPS → NIGHTS") < shown.index("<b>MILES → NIGHTS</b>")
        assert "101 miles at 3 give 303 cups" in shown
        assert "303 cups at 0.9 give 263 nights · fee 10 · left out 0.7" in shown

    def test_only_pairs_that_the_person_sees_are_walked(self, pair, stranger, above):
        asked = {"start": pair.miles.pk, "amount": "100"}

        assert "250" in body(above.get(ROUTES, asked))
        assert "No way yet" in body(stranger.admin.get(ROUTES, asked))

    @pytest.mark.parametrize("amount", ["0", "-5", "many", ""])
    def test_an_amount_that_is_none_is_told(self, pair, desk, amount):
        answer = desk.staff.get(ROUTES, {"start": pair.miles.pk, "amount": amount})

        assert answer.status_code == 200
        assert "field-error" in body(answer)

    def test_where_no_pair_takes_so_many_points_it_says_so(self, cafe, pair, desk):
        cups = program(cafe, "CUPS")
        open_pair(cups, pair.nights, from_min=500)
        shown = body(desk.staff.get(ROUTES, {"start": cups.pk, "amount": "100"}))

        assert "No open pair leads there with so many points." in shown
