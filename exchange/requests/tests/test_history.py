"""An exchange is one row in a member's history, whichever side asks, and as it stands now."""

from itertools import chain

import pytest

from exchange.requests.models import Exchange
from exchange.settling.settling import fail, settle_lane

pytestmark = pytest.mark.django_db

SEEN = ("type", "status", "points", "partner")


def history(client, member="ana", more="") -> list[tuple]:
    rows = client.get(f"/api/members/{member}/history{more}").json()["results"]
    return [tuple(row[name] for name in SEEN if name in row) for row in rows]


def settle() -> None:
    for lane in range(8):
        settle_lane(lane)


DEPOSIT = ("deposit", "completed", 1000)


def test_it_is_one_row_from_asking_to_its_end(api, swap):
    made = swap.exchange().json()
    assert history(api) == [("exchange", "pending", -100, "NIGHTS"), DEPOSIT]

    settle()

    assert history(api) == [("exchange", "completed", -100, "NIGHTS"), DEPOSIT]
    row = api.get("/api/members/ana/history").json()["results"][0]
    told = ("id", "from_amount", "to_amount", "rate", "fee", "failure", "from_program_id", "to_program_id")
    assert {name: row[name] for name in told} == {name: made[name] for name in told}
    assert row["program_id"] == made["from_program_id"]
    # Its transactions are where transactions are.
    kinds = [one["type"] for one in api.get("/api/members/ana/transactions").json()["results"]]
    assert kinds == ["exchange_out", "hold", "deposit"]


def test_one_that_failed_or_was_taken_back_says_so(api, swap):
    first, second = (swap.exchange(key=key).json()["id"] for key in ("a", "b"))
    assert api.post(f"/api/exchanges/{first}/cancel").status_code == 200
    fail(Exchange.objects.get(id=second).id, "pool-exhausted")

    assert history(api) == [
        ("exchange", "failed", -100, "NIGHTS"),
        ("exchange", "cancelled", -100, "NIGHTS"),
        DEPOSIT,
    ]
    assert api.get("/api/members/ana/history").json()["results"][0]["failure"] == "pool-exhausted"


def test_the_other_side_sees_what_came(api, bistro_api, swap):
    swap.exchange()
    settle()

    assert history(bistro_api, "ana-at-bistro") == [("exchange", "completed", 250, "MILES")]


def test_pages_tell_each_once(api, swap):
    for n in range(5):
        assert swap.exchange(key=str(n)).status_code == 202
    settle()
    pages, address = [], "/api/members/ana/history?page_size=2"
    while address:
        answer = api.get(address).json()
        pages.append([row["id"] for row in answer["results"]])
        address = answer["next"]

    told = list(chain(*pages))
    assert [len(page) for page in pages] == [2, 2, 2]
    assert told[:5] == [str(one) for one in Exchange.objects.order_by("-id").values_list("id", flat=True)]
