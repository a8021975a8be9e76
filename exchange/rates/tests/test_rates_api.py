"""Rates over the API: set by the brand whose points are given, dated, never changed, seen by whom they concern."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.rates.models import Agreement, Rate
from exchange.rates.tests.pairs import open_pair, program
from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.models import Brand, Person

TERMS = {
    "fee_percent": "1.5", "fee_points": 2, "from_min": 10, "from_step": 10, "from_max": 1000,
    "member_daily_max": 2000, "pair_daily_max": 90000, "pending_hours": 24, "is_open": True,
}  # fmt: skip


@pytest.fixture
def plates(bistro):
    return program(bistro, "PLATES")


@pytest.fixture
def pair(beans, plates):
    """BEANS for PLATES at 2, for an hour now."""
    return open_pair(beans, plates, rate="2")


@pytest.fixture
def back(beans, plates):
    """PLATES for BEANS at 0.4."""
    return open_pair(plates, beans, rate="0.4")


def set_rate(client, rate, *, start="BEANS", end="PLATES", **said):
    return client.post("/api/rates", {"from_program_id": start, "to_program_id": end, "rate": rate, **said})


def listed(client, more="") -> list[tuple]:
    """The rates of a list, as (from, to, rate)."""
    rates = client.get(f"/api/rates{more}").json()["results"]
    return [(one["from_program_code"], one["to_program_code"], one["rate"]) for one in rates]


def in_days(days: int) -> str:
    return (clock.now() + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def test_a_rate_takes_over_at_once_with_all_its_terms(api, pair, beans, plates, cafe, bistro):
    answer = set_rate(api, "2.25", **TERMS)

    made = answer.json()
    assert answer.status_code == 201
    assert {name: value for name, value in made.items() if name not in ("id", "valid_from", "created_at")} == {
        "from_program_id": str(beans.id), "from_program_code": "BEANS",
        "to_program_id": str(plates.id), "to_program_code": "PLATES",
        "rate": "2.25", "effective_rate": "2.25", "bonus_id": None, "bonus_percent": None, "bonus_until": None,
        "valid_until": None, **TERMS,
    }  # fmt: skip
    assert api.get("/api/rates").json()["results"] == [made]
    assert clock.now() - datetime.fromisoformat(made["valid_from"]) < timedelta(minutes=1)
    assert set(Event.objects.filter(type="rate.set").values_list("brand_id", flat=True)) == {cafe.id, bistro.id}


def test_the_one_before_stays_on_record(api, pair):
    made = set_rate(api, "2.25").json()

    newest, first = api.get("/api/rates?history=true").json()["results"]
    assert (newest["id"], newest["valid_until"]) == (made["id"], None)
    assert (first["rate"], first["valid_until"]) == ("2", made["valid_from"])
    assert Rate.objects.count() == 2


def test_a_rate_can_be_set_for_later(api, pair):
    later = in_days(3)

    made = set_rate(api, "3", valid_from=later).json()

    assert made["valid_from"] == later
    assert listed(api) == [("BEANS", "PLATES", "2")]
    assert api.get("/api/rates").json()["results"][0]["valid_until"] == later
    assert listed(api, f"?at={in_days(4)}") == [("BEANS", "PLATES", "3")]
    assert [rate for _from, _to, rate in listed(api, "?history=true")] == ["3", "2"]
    assert [rate for _from, _to, rate in listed(api, f"?history=true&at={in_days(1)}")] == ["2"]


def test_a_rate_does_not_begin_in_the_past(api, pair):
    answer = set_rate(api, "3", valid_from=in_days(-1))

    assert (answer.status_code, answer.json()["code"]) == (422, "begins-in-the-past")
    assert Rate.objects.count() == 1


def test_two_rates_do_not_begin_at_the_same_moment(api, pair):
    later = in_days(3)
    set_rate(api, "3", valid_from=later)

    answer = set_rate(api, "4", valid_from=later)

    assert (answer.status_code, answer.json()["code"]) == (409, "rate-taken")


@pytest.mark.parametrize(
    "said, pointer",
    [
        ({"rate": "0"}, "/rate"),
        ({"rate": "-1"}, "/rate"),
        ({"rate": "1e3"}, "/rate"),
        ({"rate": "0.0000000001"}, "/rate"),
        ({"rate": 2.5}, "/rate"),
        ({"rate": "1000000"}, "/rate"),
        ({"fee_percent": "99.01"}, "/fee_percent"),
        ({"fee_percent": "1.555"}, "/fee_percent"),
        ({"from_min": 0}, "/from_min"),
        ({"from_min": 10, "from_max": 9}, "/from_max"),
        ({"from_min": 11, "from_max": 19, "from_step": 10}, "/from_max"),
        ({"pending_hours": 9000}, "/pending_hours"),
        ({"valid_from": "2026-10-01"}, "/valid_from"),
        ({"to_program_id": "BEANS"}, "/to_program_id"),
        ({"bonus": "10"}, "/bonus"),
    ],
)
def test_terms_that_mean_nothing_are_refused(api, pair, said, pointer):
    answer = api.post("/api/rates", {"from_program_id": "BEANS", "to_program_id": "PLATES", "rate": "2"} | said)

    assert answer.status_code == 400, answer.json()
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_the_pair_needs_an_agreement_of_both(api, beans, plates, cafe):
    refused = set_rate(api, "2")
    Agreement.objects.create(from_program=beans, to_program=plates, accepted_by=[cafe.id])

    assert (refused.status_code, refused.json()["code"]) == (409, "agreement-required")
    assert set_rate(api, "2").json()["code"] == "agreement-required"
    assert not Rate.objects.exists()


def test_an_operators_rate_makes_the_agreement(operator_client, beans, plates, cafe, bistro):
    assert set_rate(operator_client, "2").json()["is_open"] is True

    agreement = Agreement.objects.get()
    assert agreement.status == "active" and set(agreement.accepted_by) == {cafe.id, bistro.id}
    assert set_rate(operator_client, "2.1").status_code == 201 and Agreement.objects.count() == 1


def test_the_brand_whose_points_are_given_sets_the_rate(bistro_api, pair, barista_client, ana_client, key_with):
    answer = set_rate(bistro_api, "9")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert set_rate(barista_client, "3").status_code == 403
    assert set_rate(ana_client, "3").status_code == 403
    assert set_rate(key_with("read"), "3").json()["code"] == "scope-missing"


def test_a_key_that_may_set_rates_need_not_see_any(pair, key_with):
    setter = key_with("programs:write")

    assert set_rate(setter, "2.2").json()["rate"] == "2.2"
    assert setter.get("/api/rates").json()["code"] == "scope-missing"


def test_a_pair_of_strangers_is_not_there(api, pair, bistro):
    other = program(Brand.objects.create(code="pub", name="Pub"), "PINTS")
    open_pair(other, program(bistro, "FORKS"))

    for start, end in (("PINTS", "FORKS"), ("PINTS", "BEANS"), ("NOWHERE", "BEANS"), ("BEANS", "NOWHERE")):
        assert set_rate(api, "1", start=start, end=end).status_code == 404
    assert listed(api, "?from_program_id=PINTS") == [] == listed(api, f"?from_program_id={other.id}")


def test_no_rate_is_higher_than_was_agreed(api, pair):
    Agreement.objects.update(rate_max="2.5")

    answer = set_rate(api, "2.500000001")

    assert (answer.status_code, answer.json()["code"], answer.json()["rate_max"]) == (422, "rate-too-high", "2.5")
    assert set_rate(api, "2.5").status_code == 201


def test_a_circle_that_gains_is_refused_and_spelled_out(api, pair, back, beans, plates):
    answer = set_rate(api, "3")

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["product"]) == (422, "rate-makes-points", "1.2")
    assert "BEANS -> PLATES 3, PLATES -> BEANS 0.4: 1.2" in problem["detail"] or (
        "PLATES -> BEANS 0.4, BEANS -> PLATES 3: 1.2" in problem["detail"]
    )
    assert {(step["from_program_code"], step["rate"]) for step in problem["circle"]} == {
        ("BEANS", "3"),
        ("PLATES", "0.4"),
    }
    assert Rate.objects.filter(from_program=beans).count() == 1
    assert not Event.objects.filter(type="rate.set").exists()


def test_a_circle_that_gives_exactly_as_much_is_allowed(api, pair, back):
    assert set_rate(api, "2.5").status_code == 201
    assert set_rate(api, "2.500000001").json()["code"] == "rate-makes-points"


def test_fees_count_in_a_circle(api, pair, back):
    assert set_rate(api, "2.6", fee_percent="4").status_code == 201
    assert set_rate(api, "2.6", fee_percent="3").json()["code"] == "rate-makes-points"
    assert set_rate(api, "2.6", fee_points=1000).json()["code"] == "rate-makes-points"


def test_a_circle_over_three_programs_is_found(api, operator_client, pair, beans, plates, cafe):
    cups = program(cafe, "CUPS")
    open_pair(plates, cups, rate="0.5")
    open_pair(cups, beans, rate="1")

    assert set_rate(api, "2").status_code == 201
    assert set_rate(api, "2.000000001").json()["code"] == "rate-makes-points"


def test_a_circle_to_come_is_refused_today(api, bistro_api, pair, back):
    """PLATES for BEANS is to rise to 0.5 in three days; then 2 is all that BEANS for PLATES may be."""
    assert set_rate(bistro_api, "0.5", start="PLATES", end="BEANS", valid_from=in_days(3)).status_code == 201

    answer = set_rate(api, "2.4")
    until_then = set_rate(api, "2.4", valid_from=in_days(4))

    assert answer.json()["code"] == until_then.json()["code"] == "rate-makes-points"
    assert answer.json()["at"][:10] == in_days(3)[:10]
    assert set_rate(api, "1.9", valid_from=in_days(2)).status_code == 201
    assert set_rate(api, "2.4").status_code == 201


def test_a_closed_pair_is_in_no_circle(api, bistro_api, pair, back):
    set_rate(bistro_api, "0.4", start="PLATES", end="BEANS", is_open=False)

    assert set_rate(api, "3").status_code == 201
    answer = set_rate(bistro_api, "0.4", start="PLATES", end="BEANS")
    assert answer.json()["code"] == "rate-makes-points"


def test_both_brands_see_the_pairs_of_theirs(api, bistro_api, barista_client, operator_client, pair, back, plates):
    other = program(Brand.objects.create(code="pub", name="Pub"), "PINTS")
    open_pair(plates, other)
    both = [("BEANS", "PLATES", "2"), ("PLATES", "BEANS", "0.4")]

    assert listed(api) == listed(barista_client) == both
    assert listed(bistro_api) == listed(operator_client) == [*both, ("PLATES", "PINTS", "1")]
    assert listed(bistro_api, "?to_program_id=PINTS") == [("PLATES", "PINTS", "1")]
    assert listed(bistro_api, f"?from_program_id=PLATES&to_program_id={other.id}") == [("PLATES", "PINTS", "1")]


def test_a_member_sees_the_open_pairs_from_programs_they_take_part_in(
    ana_client, ana_beans, pair, back, beans, plates, cafe
):
    closed = open_pair(beans, program(cafe, "CUPS"), is_open=False)
    open_pair(beans, program(cafe, "MUGS"))
    Agreement.objects.filter(to_program__code="MUGS").update(status="ended")

    assert listed(ana_client) == [("BEANS", "PLATES", "2")]
    assert closed.status == "active"


def test_a_stranger_sees_nothing(client, as_person, pair):
    assert client.get("/api/rates").status_code == 401
    somebody = as_person(Person.objects.create_user("x@example.com", "correct horse battery"))
    assert somebody.get("/api/rates").status_code == 403


def test_who_has_the_rates_already_is_told_so(api, pair):
    first = api.get("/api/rates")

    assert api.get("/api/rates", HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 304
    set_rate(api, "2.2")
    assert api.get("/api/rates", HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 200


def test_the_same_request_again_sets_no_other_rate(api, pair):
    said = {"from_program_id": "BEANS", "to_program_id": "PLATES", "rate": "2.2"}
    first = api.post("/api/rates", said, HTTP_IDEMPOTENCY_KEY="rate-1")
    again = api.post("/api/rates", said, HTTP_IDEMPOTENCY_KEY="rate-1")

    assert again.content == first.content and again.headers["Idempotent-Replayed"] == "true"
    assert Rate.objects.count() == 2


def test_pages_of_rates_go_on(api, pair, back):
    first = api.get("/api/rates?page_size=1").json()
    second = api.get(first["next"]).json()

    assert [one["from_program_code"] for one in first["results"] + second["results"]] == ["BEANS", "PLATES"]
    assert second["next"] is None


def test_a_longer_list_takes_no_more_queries(operator_client, pair, cafe):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            operator_client.get("/api/rates")
            operator_client.get("/api/rates?history=true")
            operator_client.get("/api/rates/routes?from_program_id=BEANS&amount=100")
        return len(asked)

    operator_client.get("/api/rates")
    before = count()
    for n in range(5):
        open_pair(pair.to_program, program(cafe, f"MORE{n}"))

    assert count() == before


@pytest.mark.parametrize(
    ("rate", "detail"),
    [
        ("2,5", "Write it with a point and without a comma, as in 2.5."),
        ("1:2", 'The text does not have the form that is wanted here. Write it as in "2.5".'),
        (2, 'Expected a string, got a whole number. Write it as in "2.5".'),
    ],
)
def test_a_refused_rate_says_how_to_write_it(api, pair, rate, detail):
    answer = set_rate(api, rate)

    assert [(one["pointer"], one["detail"]) for one in answer.json()["errors"]] == [("/rate", detail)]
