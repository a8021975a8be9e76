"""What was claimed, given and redeemed stands in a member's history as what it was, and as no transaction beside it."""

from datetime import timedelta
from itertools import chain

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from programs.activity.tests.tills import deposit, fresh
from programs.membership.models import Program
from programs.membership.operations import create_program
from programs.rewards.catalogue.tests.shelf import reward

pytestmark = pytest.mark.django_db(transaction=True)


def program(brand, code: str) -> Program:
    return create_program(brand, code=code, name=code.title(), money_currency="EUR")


HISTORY = "/api/members/ana/history"
SEEN = ("type", "status", "points", "reward", "discount")


def seen(rows) -> list[tuple]:
    return [tuple(row[name] for name in SEEN if name in row) for row in rows]


@pytest.fixture
def busy(api, ana, ana_beans):
    """A mug, used; a cup, whose claim was cancelled; a cake for nothing."""
    program = ana_beans.program
    deposit(api, 1000)
    off = {"kind": "discount", "discount_kind": "amount", "value_minor": 250}
    reward(program, "mug", name="The mug", points_cost=300, **off)
    reward(program, "cup", name="The cup", points_cost=100)
    reward(program, "cake", name="The cake", points_cost=0)
    made = {
        code: api.post(f"/api/offers/{code}/claim", {"member_id": "ana", "idempotency_key": fresh("c")}).json()
        for code in ("mug", "cup", "cake")
    }
    cancelled = api.post(f"/api/vouchers/{made['cup']['id']}/cancel", {"reason": "no", "idempotency_key": fresh("x")})
    used = {"amount": "42.00", "currency": "EUR", "reference": "r-1", "idempotency_key": fresh("u")}
    done = api.post(f"/api/vouchers/{made['mug']['id']}/redeem", used)
    assert (cancelled.status_code, done.status_code) == (200, 200), (cancelled.json(), done.json())
    return made


WHOLE = [
    ("voucher_redeemed", "completed", "The mug", "2.50"),
    ("reverse", "completed", 100),
    ("reward_claimed", "claimed", 0, "The cake"),
    ("reward_claimed", "cancelled", -100, "The cup"),
    ("reward_claimed", "redeemed", -300, "The mug"),
    ("deposit", "completed", 1000),
]


def test_claims_and_redemptions_say_what_they_were(api, busy):
    with CaptureQueriesContext(connection) as queries:
        rows = api.get(HISTORY).json()["results"]

    assert seen(rows) == WHOLE
    assert sum("ledger_posting" in query["sql"] for query in queries) == 1
    used, undone, _, cup, mug, _ = rows
    assert (used["voucher_id"], used["reference"]) == (busy["mug"]["id"], "r-1")
    assert (mug["voucher_id"], undone["reverses_id"]) == (busy["mug"]["id"], cup["transaction_id"])


def test_a_voucher_that_was_moved_stays_where_it_was_claimed(api, busy, beans):
    other = program(beans.brand, "LEAVES")
    moved = api.patch(f"/api/vouchers/{busy['cake']['id']}", {"program_id": "LEAVES"})
    assert moved.status_code == 200 and moved.json()["program_id"] == str(other.pk)

    rows = api.get(HISTORY).json()["results"]

    assert (seen(rows), rows[2]["program_id"]) == (WHOLE, str(beans.pk))


@pytest.mark.parametrize("size", [1, 2, 4])
def test_pages_tell_all_of_it_once_and_back_again(api, busy, size):
    pages, address = [], f"{HISTORY}?page_size={size}"
    while address:
        answer, last = api.get(address).json(), address
        pages.append(seen(answer["results"]))
        address = answer["next"]
    assert list(chain(*pages)) == WHOLE

    back, address = [], last
    while address:
        answer = api.get(address).json()
        back.append(seen(answer["results"]))
        address = answer["previous"]
    assert list(chain(*reversed(back))) == WHOLE


def test_what_was_not_used_in_time_is_told_as_expired(api, busy):
    ends = clock.now() + timedelta(days=30)
    assert api.patch(f"/api/vouchers/{busy['cake']['id']}", {"expires_at": ends.isoformat()}).status_code == 200
    assert seen(api.get(HISTORY).json()["results"]) == WHOLE

    with clock.at(ends):
        assert [row["status"] for row in api.get(HISTORY).json()["results"]][2:4] == ["expired", "cancelled"]


def test_another_brand_learns_nothing_of_it(api, bistro_api, busy, ana_client):
    assert bistro_api.get(HISTORY).status_code == 404
    assert seen(ana_client.get("/api/members/me/history").json()["results"]) == WHOLE


@pytest.mark.parametrize(
    "cursor", ["WzEsWyJ4Il1d", "W2ZhbHNlLFsidm91Y2hlcnMiXV0", "W2ZhbHNlLFsidm91Y2hlcnMiLCJ2b3VjaGVyczp4Il1d"]
)
def test_a_cursor_that_is_none_is_refused(api, ana_beans, cursor):
    assert api.get(f"{HISTORY}?cursor={cursor}").status_code == 400
