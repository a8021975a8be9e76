"""What brands read of their settlements through the API, and what nobody else does."""

import csv
import io
from datetime import UTC, datetime

import pytest

from exchange.clearing.closing import close_month
from exchange.clearing.tests.conftest import agreed
from exchange.clearing.tests.exchanged import IN_OCTOBER, OCTOBER, exchanged, legs
from loyalty import clock

BASE = "/api/settlements"


@pytest.fixture(autouse=True)
def in_november():
    with clock.at(datetime(2026, 11, 2, tzinfo=UTC)):
        yield


def file_of(answer) -> list[dict]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_either_brand_reads_the_same_statement(there, back, ana_beans, ana_forks, api, bistro_api):
    exchanged(ana_beans, ana_forks, 1_000, 2_500, fee=10)
    exchanged(ana_forks, ana_beans, 500, 300)

    told = api.get(f"{BASE}/BEANS/{there.to_program_id}/2026-10").json()

    assert told == bistro_api.get(f"{BASE}/{there.from_program_id}/FORKS/2026-10").json()
    assert told == {
        "from_program_id": str(there.from_program_id), "from_program_code": "BEANS",
        "to_program_id": str(there.to_program_id), "to_program_code": "FORKS", "month": "2026-10", "status": "open",
        "exchanges": 1, "points_given": 1_000, "fees": 10, "points_issued": 2_500, "point_price": "0.005",
        "currency": "EUR", "amount": "12.50", "is_prefunded": False, "differences": 0,
        "closed_at": None, "paid_at": None, "reference": "",
        "since_closed": None,
        "net": {
            "debtor_program_id": str(there.from_program_id), "creditor_program_id": str(there.to_program_id),
            "amount": "9.50", "currency": "EUR",
        },
    }  # fmt: skip


def test_a_closed_month_says_by_how_much_the_ledger_differs_since(there, ana_beans, ana_forks, api, cafe_admin):
    exchanged(ana_beans, ana_forks, 100, 200)
    close_month(cafe_admin, "BEANS", "FORKS", OCTOBER)
    legs(ana_beans, ana_forks, 10, 20, IN_OCTOBER)

    told = api.get(f"{BASE}/BEANS/FORKS/2026-10").json()

    assert (told["status"], told["points_issued"], told["differences"]) == ("closed", 200, 2)
    assert told["since_closed"] == {"exchanges": 1, "points_given": 10, "points_issued": 20}


@pytest.mark.parametrize(
    "path", ["BEANS/FORKS/2026-10", "BEANS/FORKS/2026-10/lines", "BEANS/FORKS/2026-10.csv", "FORKS/BEANS/2026-10"]
)
def test_a_third_brand_reads_nothing(there, beans, forks, api, client, path, bakery_api):
    agreed(forks, beans)

    assert api.get(f"{BASE}/{path}").status_code == 200
    assert bakery_api.get(f"{BASE}/{path}").status_code == 404
    assert bakery_api.get(BASE).json()["results"] == []
    assert client.get(f"{BASE}/{path}").status_code == 401


@pytest.fixture
def bakery_api(db):
    from loyalty.identity import keys
    from loyalty.identity.models import Brand
    from loyalty.roles import SCOPES
    from loyalty.testing.clients import with_key

    _key, plain = keys.create_server_key(Brand.objects.create(code="bakery", name="Bakery"), name="x", scopes=SCOPES)
    return with_key(plain)


def test_members_and_staff_read_nothing(there, ana_client, barista_client, manager_client):
    answers = [client.get(f"{BASE}/BEANS/FORKS/2026-10") for client in (ana_client, barista_client, manager_client)]

    assert [answer.status_code for answer in answers] == [403, 403, 200]


@pytest.mark.parametrize(
    "path", ["BEANS/FORKS/2026-13", "BEANS/NOBODY/2026-10", "FORKS/BEANS/2026-10", "BEANS/BEANS/2026-10"]
)
def test_what_is_not_there_is_not_found(there, api, path):
    assert api.get(f"{BASE}/{path}").status_code == 404


def test_the_list_has_the_pairs_of_the_brand_for_a_month(there, back, ana_beans, ana_forks, api):
    exchanged(ana_beans, ana_forks, 10, 20)

    october = api.get(f"{BASE}?month=2026-10").json()["results"]
    now = api.get(BASE).json()["results"]
    one_way = api.get(f"{BASE}?month=2026-10&from_program_id=FORKS").json()["results"]

    assert {(one["from_program_code"], one["points_issued"]) for one in october} == {("BEANS", 20), ("FORKS", 0)}
    assert {(one["month"], one["status"], one["exchanges"]) for one in now} == {("2026-11", "running", 0)}
    assert [one["from_program_code"] for one in one_way] == ["FORKS"]
    assert api.get(f"{BASE}?month=2026-00").status_code == 400


def test_the_list_goes_by_pages(there, back, api):
    first = api.get(f"{BASE}?page_size=1").json()
    second = api.get(first["next"]).json()

    assert second["next"] is None
    assert {one["from_program_code"] for one in first["results"] + second["results"]} == {"BEANS", "FORKS"}


def test_lines_go_by_pages_both_ways(there, ana_beans, ana_forks, api):
    made = [str(exchanged(ana_beans, ana_forks, 10, 20, at=IN_OCTOBER.replace(minute=n)).pk) for n in range(3)]

    first = api.get(f"{BASE}/BEANS/FORKS/2026-10/lines?page_size=2").json()
    second = api.get(first["next"]).json()
    again = api.get(second["previous"]).json()

    assert [one["exchange_id"] for one in first["results"] + second["results"]] == made
    assert again["results"] == first["results"]
    assert first["results"][0] == {
        "exchange_id": made[0], "at": "2026-10-15T12:00:00Z", "points_given": 10, "fee": 0, "points_issued": 20,
        "differs": False, "asked_given": 10, "asked_issued": 20,
    }  # fmt: skip
    assert api.get(f"{BASE}/BEANS/FORKS/2026-10/lines?cursor=W2ZhbHNlLFsieCJdXQ").status_code == 400


def test_only_what_differs_can_be_asked_for(there, ana_beans, ana_forks, api):
    exchanged(ana_beans, ana_forks, 10, 20)
    legs(ana_beans, ana_forks, 5, 6, IN_OCTOBER)

    found = api.get(f"{BASE}/BEANS/FORKS/2026-10/lines?differing=true").json()["results"]

    assert {(one["points_given"], one["points_issued"], one["exchange_id"]) for one in found} == {
        (5, 0, None), (0, 6, None),
    }  # fmt: skip


def test_the_file_has_each_exchange_and_nobodys_name(there, ana_beans, ana_forks, ana, api):
    exchange = exchanged(ana_beans, ana_forks, 1_000, 2_500, fee=10)

    answer = api.get(f"{BASE}/BEANS/FORKS/2026-10.csv")
    rows = file_of(answer)

    assert answer["Content-Disposition"] == 'attachment; filename="settlement-BEANS-FORKS-2026-10.csv"'
    assert rows == [{
        "exchange_id": str(exchange.pk), "at": "2026-10-15T12:00:00Z", "from_program": "BEANS", "points_given": "1000",
        "fee": "10", "to_program": "FORKS", "points_issued": "2500", "differs": "no", "asked_given": "1000",
        "asked_issued": "2500",
    }]  # fmt: skip
    assert not {str(ana.pk), ana.name} & {value for row in rows for value in row.values()}
