"""Pages that stay in place."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from loyalty.events.models import Event
from loyalty.ids import uuid7

pytestmark = pytest.mark.made_up_events
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def happen(*names: str, at=NOON):
    Event.objects.bulk_create(Event(type=name, aggregate_id=uuid7(), sequence=1, occurred_at=at) for name in names)


def walk(client, address: str, step: str) -> list[list[str]]:
    pages = []
    while address:
        body = client.get(address).json()
        pages.append(body["results"])
        address = body[step]
    return pages


def test_pages_forward_and_back_show_each_row_once(till):
    for hour in range(3):
        happen(*(f"{hour}{n}" for n in range(3)), at=NOON + timedelta(hours=hour))
    expected = ["22", "21", "20", "12", "11", "10", "02", "01", "00"]

    forward = walk(till, "/api/events?page_size=4", "next")
    last = till.get(till.get(till.get("/api/events?page_size=4").json()["next"]).json()["next"]).json()
    back = walk(till, last["previous"], "previous")

    assert forward == [expected[:4], expected[4:8], expected[8:]]
    assert back == [expected[4:8], expected[:4]]
    assert last["next"] is None


def test_rows_entered_out_of_order_are_paged_in_order(till):
    happen("c", "d", at=NOON + timedelta(hours=1))
    happen("e", at=NOON + timedelta(hours=2))
    happen("a", "b", at=NOON)

    assert walk(till, "/api/events?page_size=1", "next") == [["e"], ["d"], ["c"], ["b"], ["a"]]


def test_from_the_first_page_reached_backwards_one_goes_on(till):
    happen("a", "b", "c")
    first = till.get("/api/events?page_size=2").json()

    back = till.get(till.get(first["next"]).json()["previous"]).json()

    assert (back["results"], back["previous"]) == (["c", "b"], None)
    assert till.get(back["next"]).json()["results"] == ["a"]


def test_the_first_page_has_no_previous_one(till):
    happen("a")

    assert till.get("/api/events").json() == {"next": None, "previous": None, "results": ["a"]}


def test_an_empty_list_is_one_empty_page(till):
    assert till.get("/api/events").json() == {"next": None, "previous": None, "results": []}


def test_rows_added_meanwhile_do_not_move_the_next_page(till):
    happen("a", "b", "c", "d")
    first = till.get("/api/events?page_size=2").json()

    happen("e", "f")
    second = till.get(first["next"]).json()

    assert (first["results"], second["results"]) == (["d", "c"], ["b", "a"])
    assert till.get(second["previous"]).json()["results"] == ["d", "c"]


def test_the_newer_rows_are_behind_previous(till):
    happen("a", "b")
    first = till.get("/api/events?page_size=2").json()
    happen("c")
    happen("d")

    older = till.get("/api/events?page_size=3").json()

    assert first["results"] == ["b", "a"]
    assert older["results"] == ["d", "c", "b"]


def test_filters_stay_in_the_addresses(till):
    happen("a", "b", "a", "a")

    assert walk(till, "/api/events?page_size=2&type=a", "next") == [["a", "a"], ["a"]]


def test_a_page_costs_one_query(till, django_assert_num_queries):
    happen("a", "b", "c")
    address = till.get("/api/events?page_size=1").json()["next"]

    with django_assert_num_queries(1):
        till.get(address)


@pytest.mark.parametrize("size", ["0", "201", "-1", "ten", "1.5", "99999999999999999999999"])
def test_a_page_has_1_to_200_rows(till, size):
    response = till.get(f"/api/events?page_size={size}")

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/page_size")


def cursor_of(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps([False, values]).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "a" * 5000,
        cursor_of(),
        cursor_of("a"),
        cursor_of("a", "b"),
        cursor_of(1, 2),
        cursor_of("2026-10-01T12:00:00", "1"),
        cursor_of("2026-10-01T12:00:00Z", "9" * 5000),
        cursor_of("2026-10-01T12:00:00Z", "\0"),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(till, cursor):
    response = till.get("/api/events", {"cursor": cursor})

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/cursor")


def test_a_place_beyond_all_numbers_is_the_end(till):
    happen("a")

    response = till.get("/api/events", {"cursor": cursor_of("2026-10-01T12:00:00Z", "-" + "9" * 30)})

    assert response.json() == {"next": None, "previous": None, "results": []}
