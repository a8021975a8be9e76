"""Vouchers over HTTP: who sees which, what is answered, and under which code it is refused."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty.identity.models import Staff
from loyalty.testing.clients import with_login
from programs.rewards.models import Voucher
from programs.rewards.vouchers.codes import shown


@pytest.fixture
def at_the_canal(cafe, canal, person_named):
    """A partner's cashier who works at the canal only."""
    person = person_named("cashier")
    Staff.objects.create(person=person, brand=cafe, role=Staff.Role.PARTNER, location=canal)
    return with_login(person)


@pytest.fixture
def person_named(db):
    from loyalty.identity.models import Person

    return lambda name: Person.objects.create_user(f"{name}@example.com", "correct horse battery", name=name)


def test_a_voucher_is_shown_by_id_and_by_code_as_people_write_it(api, amount_off, ana):
    voucher = amount_off(500, member=ana, expires_at=clock.now() + timedelta(days=1))

    by_id = api.get(f"/api/vouchers/{voucher.pk}")
    by_code = api.get(f"/api/vouchers/{shown(voucher.code).lower()}")

    assert by_id.status_code == 200
    assert by_id.json() == by_code.json()
    answer = by_id.json()
    assert (answer["code"], answer["status"], answer["member_id"]) == (shown(voucher.code), "issued", str(ana.pk))
    assert (answer["uses"], answer["uses_max"], answer["redeemed_at"]) == (0, 1, None)
    assert answer["discount"]["words"] == "5.00 EUR off"


def test_a_voucher_that_ran_out_is_expired_whether_or_not_the_sweep_has_been(api, issued):
    voucher = issued(expires_at=clock.now())

    assert api.get(f"/api/vouchers/{voucher.pk}").json()["status"] == "expired"


def test_members_see_their_own_only(issued, ana, ben, ana_client):
    own, other, nobodys = issued("personal", member=ana), issued("personal", member=ben), issued()

    assert ana_client.get(f"/api/vouchers/{own.code}").status_code == 200
    assert ana_client.get(f"/api/vouchers/{other.code}").status_code == 404
    assert ana_client.get(f"/api/vouchers/{nobodys.pk}").status_code == 404
    assert ana_client.post(f"/api/vouchers/{own.code}/validate", {}).json()["is_valid"]


def test_members_do_not_redeem(issued, ana, ana_client):
    own = issued("personal", member=ana)

    answer = ana_client.post(f"/api/vouchers/{own.code}/redeem", {"idempotency_key": "k"})

    assert answer.status_code == 403


def test_another_brands_voucher_is_not_there(bistro_api, issued):
    voucher = issued()

    for ref in (voucher.pk, voucher.code):
        assert bistro_api.get(f"/api/vouchers/{ref}").status_code == 404
        assert bistro_api.post(f"/api/vouchers/{ref}/redeem", {"idempotency_key": "k"}).status_code == 404
        assert bistro_api.delete(f"/api/vouchers/{ref}").status_code == 404


def test_the_code_of_somebody_else_is_for_its_member_and_not_for_partners(issued, ana, ana_client, at_the_canal, api):
    voucher = issued("personal", member=ana, external_code="SPA-1", terms={"kind": "external_code"})

    seen = [
        one.get(f"/api/vouchers/{voucher.pk}").json().get("external_code") for one in (ana_client, api, at_the_canal)
    ]

    assert seen == ["SPA-1", "SPA-1", None]


def test_redeeming_answers_the_money_off_and_the_first_answer_again(api, amount_off, canal):
    voucher = amount_off(500)
    body = {
        "location_id": "canal",
        "currency": "EUR",
        "items": [
            {"sku": "A", "quantity": 1, "amount": "10.00"},
            {"sku": "B", "quantity": 2, "amount": "20.00", "category": "toys"},
        ],
        "reference": "receipt-1",
    }

    first = api.post(f"/api/vouchers/{voucher.code}/redeem", body, headers={"Idempotency-Key": "k-1"})
    again = api.post(f"/api/vouchers/{voucher.code}/redeem", body, headers={"Idempotency-Key": "k-1"})
    other = api.post(
        f"/api/vouchers/{voucher.code}/redeem", body | {"reference": "r-2"}, headers={"Idempotency-Key": "k-1"}
    )

    assert first.status_code == 200
    answer = first.json()
    assert (answer["discount"], answer["amount"], answer["amount_after"]) == ("5.00", "30.00", "25.00")
    assert [one["discount"] for one in answer["items"]] == ["1.67", "3.33"]
    assert (answer["voucher"]["status"], answer["location"], answer["reference"]) == ("redeemed", "canal", "receipt-1")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert "Idempotent-Replayed" not in first.headers
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_a_redemption_over_http_costs_two_round_trips(api, issued):
    one, other = issued(), issued()
    api.post(f"/api/vouchers/{one.code}/redeem", {"idempotency_key": "k-1"})

    with CaptureQueriesContext(connection) as queries:
        assert api.post(f"/api/vouchers/{other.code}/redeem", {"idempotency_key": "k-2"}).status_code == 200

    assert len(queries) == 2, [query["sql"][:120] for query in queries]


def test_redeeming_wants_a_key(api, issued):
    answer = api.post(f"/api/vouchers/{issued().code}/redeem", {})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-required")


def test_who_is_bound_to_a_location_redeems_there_only(at_the_canal, issued, canal, square):
    voucher = issued(uses_max=3)
    address = f"/api/vouchers/{voucher.code}/redeem"

    refused = at_the_canal.post(address, {"idempotency_key": "k-1", "location_id": "square"})
    unsaid = at_the_canal.post(address, {"idempotency_key": "k-2"})

    assert (refused.status_code, refused.json()["code"]) == (403, "other-location")
    assert (unsaid.status_code, unsaid.json()["location"]) == (200, "canal")


def test_who_is_bound_to_a_location_takes_back_only_what_was_used_there(at_the_canal, api, issued, canal, square):
    voucher = issued()
    api.post(f"/api/vouchers/{voucher.code}/redeem", {"idempotency_key": "k-1", "location_id": "square"})

    answer = at_the_canal.post(f"/api/vouchers/{voucher.code}/rollback", {"idempotency_key": "b-1"})

    assert (answer.status_code, answer.json()["code"]) == (403, "other-location")


def test_validating_says_why_not_as_a_redemption_would_be_refused(api, issued):
    voucher = issued(expires_at=clock.now())

    validated = api.post(f"/api/vouchers/{voucher.code}/validate", {})
    redeemed = api.post(f"/api/vouchers/{voucher.code}/redeem", {"idempotency_key": "k"})

    assert (validated.status_code, validated.json()["is_valid"]) == (200, False)
    assert validated.json()["code"] == redeemed.json()["code"] == "voucher-expired"
    assert (redeemed.status_code, Voucher.objects.get().uses) == (409, 0)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"amount": "10.00"}, "/currency", "required"),
        ({"amount": "10.001", "currency": "EUR"}, "/amount", "too-many-decimals"),
        (
            {"amount": "10.00", "currency": "EUR", "items": [{"sku": "A", "quantity": 1, "amount": "9.00"}]},
            "/amount",
            "not-the-sum",
        ),
    ],
)
def test_bodies_that_make_no_sense(api, amount_off, body, pointer, code):
    answer = api.post(f"/api/vouchers/{amount_off(500).code}/validate", body)

    assert answer.status_code == 400
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]


def test_a_gift_card_pays_a_part_and_tells_what_is_left(api, issued):
    card = issued("gift", value_minor=2_500, terms={"kind": "gift_card"})

    body = {"amount": "30.00", "currency": "EUR", "gift_amount": "5.00", "idempotency_key": "k-1"}
    first = api.post(f"/api/vouchers/{card.code}/redeem", body).json()
    rest = api.post(f"/api/vouchers/{card.code}/redeem", {"amount": "30.00", "currency": "EUR", "idempotency_key": "k"})

    assert (first["discount"], first["amount_after"], first["balance"]) == ("5.00", "25.00", "20.00")
    assert (rest.json()["discount"], rest.json()["amount_after"], rest.json()["balance"]) == ("20.00", "10.00", "0.00")
    assert rest.json()["voucher"]["status"] == "redeemed"


def test_a_voucher_gets_another_end_and_is_disabled(api, issued):
    voucher = issued(expires_at=clock.now() + timedelta(days=1))

    changed = api.patch(f"/api/vouchers/{voucher.code}", {"expires_at": "2199-01-01T00:00:00Z"})
    disabled = api.delete(f"/api/vouchers/{voucher.code}?reason=lost")

    assert (changed.status_code, changed.json()["expires_at"]) == (200, "2199-01-01T00:00:00Z")
    assert (disabled.status_code, disabled.json()["status"]) == (200, "disabled")
    assert Voucher.objects.get().disabled_reason == "lost"


def test_a_weighed_item_is_one_piece(api, issued):
    voucher = issued(terms={"kind": "discount", "discount_kind": "cheapest", "percent": "50.00"})
    items = [{"sku": "A", "quantity": "1.250", "amount": "5.00"}, {"sku": "B", "quantity": 1, "amount": "8.00"}]

    body = {"currency": "EUR", "items": items}

    assert api.post(f"/api/vouchers/{voucher.code}/validate", body).json()["discount"] == "2.50"
