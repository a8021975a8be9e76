"""A member's history in one stream: transactions, and the changes of tier between them."""

from datetime import timedelta
from itertools import chain

import pytest

from programs.activity.tests.levels import assess, buy, day, levels
from programs.activity.tests.tills import earn

pytestmark = pytest.mark.django_db(transaction=True)

HISTORY = "/api/members/ana/history"


def seen(rows) -> list[str]:
    return [row["after"] if row["type"] == "tier_changed" else row.get("amount", row["type"]) for row in rows]


def walk(api, way: str, address: str) -> list[list[str]]:
    pages = []
    while address:
        answer = api.get(address).json()
        pages.append(seen(answer["results"]))
        last, address = address, answer[way]
    return [*pages, last]


@pytest.fixture
def busy(api, beans, ana_beans):
    """Silver with the fourth purchase and gold with the fifth."""
    levels(beans)
    for n in range(1, 8):
        earn(api, f"{n * 10 + 10}.00")
    return api


WHOLE = ["80.00", "70.00", "gold", "60.00", "silver", "50.00", "40.00", "30.00", "bronze", "20.00"]


def test_a_change_of_tier_stands_above_the_purchase_that_it_came_with(busy):
    rows = busy.get(HISTORY).json()["results"]

    assert seen(rows) == WHOLE
    change = rows[2]
    assert change == {
        "id": change["id"], "type": "tier_changed", "member_id": rows[0]["member_id"],
        "program_id": rows[0]["program_id"], "before": "silver", "after": "gold", "reason": "reached",
        "occurred_at": rows[3]["occurred_at"], "created_at": rows[3]["created_at"],
    }  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9])
def test_pages_of_any_size_tell_all_of_it_once_and_back_again(busy, size):
    *pages, last = walk(busy, "next", f"{HISTORY}?page_size={size}")
    assert list(chain(*pages)) == WHOLE
    assert {len(page) for page in pages[:-1]} <= {size}

    *back, _ = walk(busy, "previous", last)

    assert list(chain(*reversed(back))) == WHOLE


def test_with_a_type_there_are_transactions_only(busy):
    assert "gold" not in seen(busy.get(f"{HISTORY}?type=earn").json()["results"])


def test_the_transactions_are_transactions(busy):
    assert {row["type"] for row in busy.get("/api/members/ana/transactions").json()["results"]} == {"earn"}


def test_a_fall_stands_where_it_was_written_down(api, beans, ana_beans):
    levels(beans)
    buy(api, "150.00", day(2026, 3, 1))
    assess(day(2027, 3, 1) + timedelta(hours=1))

    (fall, *_) = api.get(HISTORY).json()["results"]

    assert (fall["before"], fall["after"], fall["reason"]) == ("silver", "bronze", "lapsed")
    assert fall["occurred_at"] == "2027-03-01T12:00:00Z"


@pytest.mark.parametrize("cursor", ["W2ZhbHNlLFsiMTIiXV0", "W2ZhbHNlLFsidGllciIsIngiLCJ5IiwieiJdXQ"])
def test_a_place_that_is_none_is_refused(busy, cursor):
    assert busy.get(f"{HISTORY}?cursor={cursor}").status_code == 400
