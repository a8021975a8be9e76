"""Two brands agree that points of the one become points of the other, and end it."""

from decimal import Decimal
from uuid import uuid4

import pytest

from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.tests.pairs import program
from ledger.models import Account
from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity import keys
from loyalty.identity.models import Brand
from loyalty.roles import SCOPES
from loyalty.testing.clients import with_key

TERMS = {"rate_max": "4", "point_price": "0.008", "currency": "EUR"}


@pytest.fixture
def plates(bistro):
    return program(bistro, "PLATES")


@pytest.fixture
def propose(api, beans, plates):
    """A function that lets the cafe propose BEANS to PLATES."""
    return lambda **said: api.post(
        "/api/agreements", {"from_program_id": "BEANS", "to_program_id": "PLATES", **TERMS, **said}
    )


@pytest.fixture
def proposed(propose):
    return propose().json()["id"]


@pytest.fixture
def active(proposed, bistro_api):
    assert bistro_api.post(f"/api/agreements/{proposed}/accept", {}).status_code == 200
    return proposed


def set_rate(client, rate, **said):
    return client.post("/api/rates", {"from_program_id": "BEANS", "to_program_id": "PLATES", "rate": rate, **said})


def test_a_proposal_waits_for_the_other_brand(propose, cafe, beans, plates):
    answer = propose(note="For a year")

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/agreements/{answer.json()['id']}"
    assert {name: value for name, value in answer.json().items() if name not in ("id", "created_at")} == {
        "from_program_id": str(beans.id), "from_program_code": "BEANS", "from_program": "Cafe Beans",
        "to_program_id": str(plates.id), "to_program_code": "PLATES", "to_program": "Plates",
        "rate_max": "4", "point_price": "0.008", "currency": "EUR", "is_prefunded": False, "pool_points": 0,
        "status": "proposed", "accepted_by": [str(cafe.id)], "note": "For a year", "active_since": None,
        "ended_at": None,
    }  # fmt: skip
    assert not Account.objects.filter(kind="exchange", owner_id__isnull=False).exists()


def test_once_the_other_brand_accepts_it_is_active_and_both_have_clearing_accounts(
    proposed, bistro_api, beans, plates, cafe, bistro
):
    answer = bistro_api.post(f"/api/agreements/{proposed}/accept", {})

    assert answer.json()["status"] == "active" and answer.json()["active_since"]
    assert set(answer.json()["accepted_by"]) == {str(cafe.id), str(bistro.id)}
    clearing = Account.objects.filter(kind="exchange", owner_id__isnull=False)
    assert set(clearing.values_list("unit_id", "owner_id")) == {
        (beans.unit_id, plates.id),
        (plates.unit_id, beans.id),
    }
    assert bistro_api.post(f"/api/agreements/{proposed}/accept", {}).json() == answer.json()
    told = Event.objects.filter(type__startswith="agreement.").values_list("type", "brand_id")
    assert sorted(told) == sorted(
        (kind, brand.id) for kind in ("agreement.proposed", "agreement.accepted") for brand in (cafe, bistro)
    )


def test_who_proposed_does_not_accept(proposed, api):
    answer = api.post(f"/api/agreements/{proposed}/accept", {})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert Agreement.objects.get().status == "proposed"


def test_the_brand_that_receives_may_propose_too(bistro_api, api, beans, plates):
    made = bistro_api.post("/api/agreements", {"from_program_id": str(beans.id), "to_program_id": "PLATES"}).json()

    assert made["status"] == "proposed"
    assert api.post(f"/api/agreements/{made['id']}/accept", {}).json()["status"] == "active"


def test_between_programs_of_one_brand_it_is_active_at_once(api, beans, cafe):
    program(cafe, "CAKES")

    answer = api.post("/api/agreements", {"from_program_id": "BEANS", "to_program_id": "CAKES"})

    assert answer.json()["status"] == "active"


def test_there_is_one_for_a_pair_until_it_has_ended(propose, proposed, api):
    again = propose()
    api.post(f"/api/agreements/{proposed}/end", {})

    assert (again.status_code, again.json()["code"]) == (409, "agreement-exists")
    assert propose().status_code == 201


@pytest.mark.parametrize(
    "said, pointer",
    [
        ({"to_program_id": "BEANS"}, "/to_program_id"),
        ({"rate_max": "0"}, "/rate_max"),
        ({"currency": None}, "/currency"),
        ({"point_price": "-1"}, "/point_price"),
        ({"rate_max": 4}, "/rate_max"),
    ],
)
def test_terms_that_mean_nothing_are_refused(propose, said, pointer):
    answer = propose(**said)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_program_that_is_not_active_is_not_offered(propose, plates):
    plates.status = "paused"
    plates.save(update_fields=["status"])

    assert propose().json()["code"] == "program-not-active"


def test_nobody_agrees_for_strangers(beans, plates, propose, proposed, db):
    _key, plain = keys.create_server_key(Brand.objects.create(code="pub", name="Pub"), name="till", scopes=SCOPES)
    stranger = with_key(plain)

    assert stranger.get("/api/agreements").json()["results"] == []
    assert stranger.get(f"/api/agreements/{proposed}").status_code == 404
    for verb in ("accept", "end"):
        assert stranger.post(f"/api/agreements/{proposed}/{verb}", {}).status_code == 404
    assert stranger.patch(f"/api/agreements/{proposed}", {"note": "mine"}).status_code == 404
    asked = {"from_program_id": "BEANS", "to_program_id": "PLATES"}
    assert stranger.post("/api/agreements", asked).status_code == 404
    assert stranger.get(f"/api/agreements/{uuid4()}").json()["code"] == "not-found"


def test_members_and_staff_without_the_post_do_not_agree(proposed, ana_client, barista_client):
    asked = {"from_program_id": "BEANS", "to_program_id": "PLATES"}

    assert ana_client.get("/api/agreements").status_code == 403
    assert barista_client.get(f"/api/agreements/{proposed}").status_code == 200
    assert barista_client.post("/api/agreements", asked).status_code == 403
    assert barista_client.post(f"/api/agreements/{proposed}/end", {}).status_code == 403


def test_a_changed_proposal_waits_for_the_other_one_again(proposed, bistro_api, api, cafe, bistro):
    answer = bistro_api.patch(f"/api/agreements/{proposed}", {"rate_max": "3", "note": "Less"})

    assert answer.json() | {"rate_max": "3", "accepted_by": [str(bistro.id)], "note": "Less"} == answer.json()
    assert bistro_api.post(f"/api/agreements/{proposed}/accept", {}).status_code == 403
    assert api.post(f"/api/agreements/{proposed}/accept", {}).json()["status"] == "active"


def test_what_an_operator_changes_waits_for_both(proposed, operator_client, bistro_api, api):
    assert operator_client.patch(f"/api/agreements/{proposed}", {"rate_max": "3"}).json()["accepted_by"] == []

    assert bistro_api.post(f"/api/agreements/{proposed}/accept", {}).json()["status"] == "proposed"
    assert api.post(f"/api/agreements/{proposed}/accept", {}).json()["status"] == "active"


def test_what_both_accepted_is_not_changed_by_one(active, api, operator_client):
    answer = api.patch(f"/api/agreements/{active}", {"point_price": "0.001"})

    assert (answer.status_code, answer.json()["code"]) == (409, "agreement-in-force")
    assert operator_client.patch(f"/api/agreements/{active}", {"point_price": "0.01"}).json()["point_price"] == "0.01"


def test_the_bound_does_not_fall_below_the_rate(active, api, operator_client):
    set_rate(api, "2.5")

    answer = operator_client.patch(f"/api/agreements/{active}", {"rate_max": "2.4"})

    assert (answer.status_code, answer.json()["code"]) == (422, "rate-too-high")
    assert operator_client.patch(f"/api/agreements/{active}", {"rate_max": "2.5"}).status_code == 200


def test_prefunding_is_not_given_up_while_points_are_in_the_pool(active, operator_client):
    Agreement.objects.update(is_prefunded=True, pool_points=10)

    answer = operator_client.patch(f"/api/agreements/{active}", {"is_prefunded": False})

    assert answer.json()["errors"][0]["code"] == "pool-not-empty"


def test_either_brand_ends_it_and_its_rates_do_not_come_back_with_the_next(active, api, bistro_api, propose):
    later = clock.now().replace(year=2100, microsecond=0)
    set_rate(api, "2.5")
    set_rate(api, "3", valid_from=later.isoformat())
    asked = {"from_program_id": "BEANS", "to_program_id": "PLATES", "name": "More", "percent": "10"}
    api.post("/api/bonuses", {**asked, "ends_at": later.isoformat()})

    ended = bistro_api.post(f"/api/agreements/{active}/end", {})
    again = propose().json()["id"]
    bistro_api.post(f"/api/agreements/{again}/accept", {})

    assert ended.json()["status"] == "ended" and ended.json()["ended_at"]
    assert bistro_api.post(f"/api/agreements/{active}/end", {}).json() == ended.json()
    assert api.patch(f"/api/agreements/{active}", {"note": "x"}).json()["code"] == "agreement-ended"
    assert api.post(f"/api/agreements/{active}/accept", {}).json()["code"] == "agreement-ended"
    for moment in ("", f"&at={later.isoformat()[:-6]}.000002Z"):
        (rate,) = api.get(f"/api/rates?from_program_id=BEANS{moment}").json()["results"]
        assert rate["is_open"] is False and rate["bonus_id"] is None
    assert Rate.objects.count() == 4 and Bonus.objects.get().ends_at <= clock.now()


def test_an_old_rate_is_judged_again_when_its_pair_is_agreed_on_anew(active, api, bistro_api, propose):
    """Rates from before, that no end of an agreement closed."""
    set_rate(api, "2.5")
    Agreement.objects.update(status="ended")
    again = propose(rate_max="2").json()["id"]

    answer = bistro_api.post(f"/api/agreements/{again}/accept", {})

    assert (answer.status_code, answer.json()["code"]) == (422, "rate-too-high")
    assert Agreement.objects.get(pk=again).status == "proposed"


def test_a_price_is_kept_to_the_sixth_decimal(propose):
    propose(point_price="0.123456")

    assert Agreement.objects.get().point_price == Decimal("0.123456")
