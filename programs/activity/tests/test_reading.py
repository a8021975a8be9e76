"""What a member is told: balances now and then, transactions by pages, a statement, who they are."""

from datetime import timedelta

import pytest
from django.db import connection

from ledger.accounts import open_unit
from loyalty import clock
from programs.activity.selectors import POSTINGS, side_of
from programs.activity.tests.tills import balance, deposit, earn, give_back, pointers, purchase, redeem, refusal
from programs.membership.models import Membership, Program, Tier
from programs.membership.operations import enrol

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea(cafe, beans):
    """Another program of the cafe."""
    return Program.objects.create(brand=cafe, unit=open_unit(cafe, name="leaves"), code="TEA", name="Tea")


def test_a_balance_says_all_that_is_known_of_the_points(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(expiry_months=1)
    Tier.objects.create(program=beans, code="silver", name="Silver", points_min=100)
    Tier.objects.create(program=beans, code="gold", name="Gold", points_min=1000)
    earned = earn(api, "150.00")
    redeem(api, 50)

    response = api.get("/api/members/ana/balances")

    assert response.status_code == 200
    assert response.json() == [
        {
            "program_id": str(beans.id),
            "program_code": "BEANS",
            "currency": "beans",
            "available": 100,
            "pending": 0,
            "held": 0,
            "debt": 0,
            "lifetime_earned": 150,
            "lifetime_redeemed": 50,
            "expiring": [{"points": 100, "expires_at": earned["expires_at"]}],
            "tier": "silver",
        }
    ]
    assert api.get("/api/members/ana/balance").json() == response.json()[0]


def test_points_that_came_back_do_not_count_for_the_tier(api, beans, ana_beans):
    Tier.objects.create(program=beans, code="silver", name="Silver", points_min=100)
    order = earn(api, "120.00")
    assert balance(api)["tier"] == "silver"

    give_back(api, order["id"], amount="30.00")

    assert balance(api)["tier"] is None


@pytest.mark.parametrize("address", ["balances", "balance", "balance?program_id=BEANS"])
def test_a_balance_is_one_round_trip(api, ana_beans, address, django_assert_num_queries):
    deposit(api, 10)

    with django_assert_num_queries(1):
        assert api.get(f"/api/members/ana/{address}").status_code == 200


def test_a_balance_has_an_etag(api, ana_beans):
    deposit(api, 10)
    etag = api.get("/api/members/ana/balance")["ETag"]

    assert api.get("/api/members/ana/balance", HTTP_IF_NONE_MATCH=etag).status_code == 304
    deposit(api, 1)
    assert api.get("/api/members/ana/balance", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_with_several_programs_the_one_is_named(api, tea, ana, ana_beans):
    enrol(tea, ana)
    deposit(api, 10, program_id="TEA")

    assert [one["program_code"] for one in api.get("/api/members/ana/balances").json()] == ["BEANS", "TEA"]
    assert api.get("/api/members/ana/balance?program_id=TEA").json()["available"] == 10
    assert api.get(f"/api/members/ana/balance?program_id={tea.id}").json()["available"] == 10
    assert pointers(api.get("/api/members/ana/balance")) == ["/program_id"]
    assert refusal(api.get("/api/members/ana/balance?program_id=NONE")) == (404, "not-found")


def test_a_member_without_programs_has_no_balance(api, ana):
    assert api.get("/api/members/ana/balances").json() == []
    assert refusal(api.get("/api/members/ana/balance")) == (404, "not-found")


def test_a_balance_as_it_was(api, ana_beans):
    earn(api, "100.00", occurred_at="2026-03-01T00:00:00Z")
    earn(api, "20.00", occurred_at="2026-05-01T00:00:00Z")
    earn(api, "7.00", occurred_at="2026-04-01T00:00:00Z")

    def at(**query):
        return api.get("/api/members/ana/balance", query).json()["available"]

    assert at(at="2026-02-01T00:00:00Z") == 0
    assert at(at="2026-04-15T00:00:00Z") == 107
    assert at(at="2026-06-01T02:00:00+02:00") == 127
    assert at() == 127
    assert [at(known_at="2020-01-01T00:00:00Z"), at(known_at="2100-01-01T00:00:00Z")] == [0, 127]
    assert pointers(api.get("/api/members/ana/balance?at=yesterday")) == ["/at"]
    assert pointers(api.get("/api/members/ana/balance?as_of=now")) == ["/as_of"]


def test_transactions_are_pages_newest_first(api, ana_beans):
    points = [deposit(api, n)["points"] for n in range(1, 8)]

    first = api.get("/api/members/ana/transactions?page_size=3").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    back = api.get(third["previous"]).json()

    seen = [one["points"] for one in first["results"] + second["results"] + third["results"]]
    assert seen == points[::-1]
    assert (first["previous"], third["next"]) == (None, None)
    assert [one["points"] for one in back["results"]] == [one["points"] for one in second["results"]]
    assert api.get(back["previous"]).json()["results"] == first["results"]


def test_transactions_of_several_programs_are_one_stream(api, tea, ana, ana_beans):
    enrol(tea, ana)
    for n, program in enumerate(["BEANS", "TEA", "TEA", "BEANS", "TEA"]):
        deposit(api, n + 1, program_id=program)

    def points(query):
        return [one["points"] for one in api.get(f"/api/members/ana/transactions?{query}").json()["results"]]

    assert points("") == [5, 4, 3, 2, 1]
    assert points("program_id=TEA") == [5, 3, 2]
    assert points("page_size=2") == [5, 4]
    assert points("program_id=NONE") == []


def test_transactions_by_type(api, ana_beans):
    deposit(api, 100)
    redeem(api, 30)

    found = api.get("/api/members/ana/transactions?type=redeem").json()["results"]

    assert [one["points"] for one in found] == [-30]
    assert pointers(api.get("/api/members/ana/transactions?type=gift")) == ["/type"]
    assert pointers(api.get("/api/members/ana/transactions?page_size=201")) == ["/page_size"]
    assert pointers(api.get("/api/members/ana/transactions?cursor=nonsense")) == ["/cursor"]


def test_a_page_reads_no_further_than_itself(api, ana_beans, ben_beans):
    bodies = [purchase("1.00", member_id=("ana", "ben")[n % 2]) for n in range(1000)]
    assert api.post("/api/transactions/accrue/batch", bodies).status_code == 200
    given = {"accounts": [ana_beans.account_id], "programs": [ana_beans.program_id], "kind": None}

    with connection.cursor() as cursor:
        # So few rows are read whole anyway; what counts is that the index can give a page in its order.
        cursor.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
        page = POSTINGS.format(**side_of(newer=False), hides="")
        cursor.execute(f"explain {page}", given | {"edge": 2**62, "limit": 51})
        plan = "\n".join(row[0] for row in cursor.fetchall())

    page = plan[plan.index("Limit", plan.index("Limit") + 1) :]
    assert "posting_by_account" in page and "Sort Key: p.account_id" not in page, plan


def test_a_statement_adds_up_by_the_programs_calendar(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(timezone="America/New_York")
    earn(api, "100.00", occurred_at="2026-10-01T03:59:59Z")
    earn(api, "30.00", occurred_at="2026-10-01T04:00:00Z", reference="first")
    earn(api, "5.00", occurred_at="2026-11-01T03:59:59Z", reference="last")
    earn(api, "7.00", occurred_at="2026-11-01T04:00:00Z")

    answer = api.get("/api/members/ana/statement?month=2026-10").json()

    assert (answer["opening"], answer["closing"], answer["totals"]) == (100, 135, {"earn": 35})
    assert [(line["reference"], line["points"], line["balance"]) for line in answer["lines"]] == [
        ("first", 30, 130),
        ("last", 5, 135),
    ]
    assert (answer["starts_at"], answer["ends_at"]) == ("2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z")
    assert (answer["month"], answer["timezone"]) == ("2026-10", "America/New_York")


def test_a_statement_tells_of_lapsed_points_before_any_sweep(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(expiry_months=0)
    earn(api, "30.00", occurred_at="2026-09-15T00:00:00Z")

    answer = api.get("/api/members/ana/statement?month=2026-10&program_id=BEANS").json()
    september = api.get("/api/members/ana/statement?month=2026-09").json()

    assert (september["closing"], answer["opening"]) == (0, 0)
    assert [(line["type"], line["points"]) for line in september["lines"]] == [("earn", 30), ("expire", -30)]


@pytest.mark.parametrize("query", ["", "month=2026-13", "month=26-10", "month=2026-10-01", "month=2026-10&day=1"])
def test_a_statement_is_of_a_month(api, ana_beans, query):
    assert api.get(f"/api/members/ana/statement?{query}").status_code == 400


def test_a_member_comes_with_tier_and_balances(api, beans, ana, ana_beans):
    Tier.objects.create(program=beans, code="bronze", name="Bronze", points_min=0)
    deposit(api, 10)

    response = api.get("/api/members/ana")

    answer = response.json()
    assert (answer["id"], answer["external_id"], answer["name"]) == (str(ana.id), "ana", "Ana")
    (part,) = answer["memberships"]
    assert (part["program_code"], part["status"], part["tier"], part["available"]) == ("BEANS", "active", "bronze", 10)
    assert api.get("/api/members/ana", HTTP_IF_NONE_MATCH=response["ETag"]).status_code == 304
    assert api.patch("/api/members/ana", {"name": "Anna"}).json()["name"] == "Anna"


def test_the_past_knows_its_tier(api, beans, ana_beans):
    Tier.objects.create(program=beans, code="silver", name="Silver", points_min=100)
    long_ago = clock.now() - timedelta(days=500)
    earn(api, "120.00", occurred_at=long_ago.isoformat())

    then = (long_ago + timedelta(days=30)).isoformat().replace("+00:00", "Z")
    assert api.get("/api/members/ana/balance", {"at": then}).json()["tier"] == "silver"
    assert balance(api)["tier"] is None
    before_it_was_told = {"at": then, "known_at": then}
    assert api.get("/api/members/ana/balance", before_it_was_told).json()["tier"] is None


def test_a_closed_membership_still_shows(api, ana_beans):
    deposit(api, 10)
    Membership.objects.update(status="closed")

    assert api.get("/api/members/ana").json()["memberships"][0]["status"] == "closed"
    assert balance(api)["available"] == 10
