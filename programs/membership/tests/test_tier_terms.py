"""How a program counts and keeps tiers, and what they bring: by the API, as a document, and on its screen."""

from decimal import Decimal

import pytest

from loyalty.errors import Invalid
from programs.membership.applying import apply, changes_of
from programs.membership.documents import document_of, dump, parse
from programs.membership.models import Program
from programs.membership.operations import tier_terms_of, update_program
from programs.membership.validity import TierTerms

pytestmark = pytest.mark.django_db

POLICY = {
    "tier_basis": "spend", "tier_window": "joined", "tier_months": 6, "tier_downgrade": "one", "tier_grace_days": 30,
    "tier_warning_days": 14,
}  # fmt: skip
GOLD = {"code": "gold", "name": "Gold", "points_min": 95, "multiplier": "1.5", "perks": ["lounge", "free_shipping"]}
GOLD_TERMS = TierTerms("gold", "Gold", 95, multiplier=Decimal("1.5"), perks=("lounge", "free_shipping"))


def pointers(response):
    assert response.status_code == 400, response.content
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


def test_a_program_is_opened_and_changed_with_its_policy(api, beans):
    made = api.post("/api/programs", {"code": "SKY", "name": "Sky", **POLICY, "tiers": [GOLD]})
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in POLICY} == POLICY
    assert tier_terms_of(Program.objects.get(code="SKY")) == [GOLD_TERMS]

    changed = api.patch("/api/programs/BEANS", {**POLICY, "tiers": [GOLD]})

    assert {name: changed.json()[name] for name in POLICY} == POLICY
    (tier,) = api.get("/api/programs/BEANS/tiers").json()["results"]
    assert (tier["multiplier"], tier["perks"]) == ("1.5", ["lounge", "free_shipping"])


def test_every_mistake_has_its_place(api, beans):
    tiers = [
        {**GOLD, "multiplier": "0.5"},
        {**GOLD, "code": "b", "points_min": 1, "multiplier": "101"},
        {**GOLD, "code": "c", "points_min": 2, "perks": ["Lounge", "a", "a"]},
    ]

    assert pointers(api.patch("/api/programs/BEANS", {"tiers": tiers})) == {
        "/tiers/0/multiplier": "out-of-range", "/tiers/1/multiplier": "out-of-range",
        "/tiers/2/perks/0": "invalid-format", "/tiers/2/perks/2": "given-twice",
    }  # fmt: skip
    wrong = {"tier_basis": "luck", "tier_window": "week", "tier_downgrade": "some", "tier_grace_days": -1,
             "tier_warning_days": 367}  # fmt: skip
    assert set(pointers(api.patch("/api/programs/BEANS", wrong))) == {f"/{name}" for name in wrong}


def test_a_document_has_it_all_and_applying_it_again_changes_nothing(beans):
    update_program(beans, POLICY, tiers=[GOLD_TERMS])

    document = parse(dump(document_of(Program.objects.get())))

    assert document["tiers"] == [GOLD]
    assert {name: document["program"][name] for name in POLICY} == POLICY
    assert changes_of(document) == []


def test_what_a_document_would_change_of_a_tier_is_told(beans):
    update_program(beans, {}, tiers=[TierTerms("gold", "Gold", 95)])
    document = parse(dump({"program": {"code": "BEANS", "tier_window": "year"}, "tiers": [GOLD]}))

    assert [str(change) for change in changes_of(document)] == [
        "~ program/tier_window: rolling -> year", "~ tiers/gold/multiplier: 1.000 -> 1.5",
        "~ tiers/gold/perks: none -> lounge, free_shipping",
    ]  # fmt: skip
    apply(document)
    assert tier_terms_of(beans) == [GOLD_TERMS]


def test_a_document_with_mistakes_tells_them_all(beans):
    text = dump({
        "program": {"code": "BEANS", "tier_basis": "luck"},
        "tiers": [{**GOLD, "multiplier": "0.9"}, {**GOLD, "code": "b", "points_min": 1, "perks": ["Lounge"]}],
    })  # fmt: skip

    with pytest.raises(Invalid) as refused:
        parse(text)

    assert [error["pointer"] for error in refused.value.errors] == [
        "/program/tier_basis", "/tiers/0/multiplier", "/tiers/1/perks/0",
    ]  # fmt: skip


@pytest.mark.parametrize("multiplier", ["1.2345", "x", "1,5", "-2", 1.5])
def test_a_multiplier_is_a_string_with_three_decimals_at_most(api, beans, multiplier):
    assert "/tiers/0/multiplier" in pointers(
        api.patch("/api/programs/BEANS", {"tiers": [{**GOLD, "multiplier": multiplier}]})
    )


def test_a_purchase_is_multiplied_by_the_tier(api, beans, ana_beans):
    update_program(
        beans, {}, tiers=[TierTerms("bronze", "Bronze", 0), TierTerms("gold", "Gold", 95, "", Decimal("1.5"))]
    )
    body = {"program_id": "BEANS", "amount": "100.00", "currency": "EUR"}
    first = api.post("/api/members/ana/earn", {**body, "reference": "1"}).json()

    second = api.post("/api/members/ana/earn", {**body, "reference": "2"}).json()

    assert (first["points"], second["points"]) == (100, 150)
