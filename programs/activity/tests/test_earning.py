"""Purchases that come in one by one: points, keys and references, and what is refused."""

from datetime import timedelta

import pytest

from loyalty import clock
from programs.activity.models import Purchase
from programs.activity.tests.tills import available, earn, fresh, pointers, purchase, refusal
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


def post(api, body, *, member="ana", **headers):
    return api.post(f"/api/members/{member}/earn", body, **headers)


def test_a_purchase_gives_the_base_rate_with_its_reason(api, ana, beans, ana_beans):
    body = purchase(
        "152.99", reference="r-1", source="till", location_id="door 3", occurred_at="2026-10-01T14:00:00+02:00"
    )

    response = post(api, body)

    answer = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/api/transactions/{answer['id']}"
    assert "Idempotent-Replayed" not in response.headers
    answer.pop("created_at")
    assert answer == {
        "id": answer["id"],
        "type": "earn",
        "status": "completed",
        "member_id": str(ana.id),
        "program_id": str(beans.id),
        "points": 152,
        "balance_after": 152,
        "amount": "152.99",
        "currency": "EUR",
        "reference": "r-1",
        "description": "",
        "source": "till",
        "campaign_ids": [],
        "occurred_at": "2026-10-01T12:00:00Z",
        "breakdown": answer["breakdown"],
    }
    (line,) = answer["breakdown"]
    assert (line["rule_id"], line["points"]) == ("base", 152)
    assert "152.99 EUR" in line["reason"]


def test_the_purchase_is_kept_as_it_was_told(api, ana_beans):
    items = [
        {"sku": "A", "quantity": 2, "amount": "30.00", "category": "toys", "labels": {"colour": "red"}},
        {"sku": "B", "quantity": "1.250", "amount": "2.00"},
    ]
    tenders = [{"type": "card", "amount": "32.00"}]

    answer = earn(api, "32.00", items=items, tenders=tenders, location_id="L1", metadata={"till": 7})

    kept = Purchase.objects.get(pk=answer["id"])
    assert (kept.amount_minor, kept.currency, kept.refunded_minor) == (3200, "EUR", 0)
    assert (kept.location_id, kept.metadata) == ("L1", {"till": 7})
    assert [(item["sku"], item["amount_minor"], item["quantity"]) for item in kept.items] == [
        ("A", 3000, 2),
        ("B", 200, "1.250"),
    ]
    assert kept.tenders == [{"type": "card", "amount_minor": 3200}]


def test_ten_euros_a_point_rounds_down(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(earn_per="10.00")

    assert earn(api, "105.00")["points"] == 10


def test_a_purchase_worth_no_point_is_recorded_with_none(api, ana_beans):
    answer = earn(api, "0.99")

    assert (answer["type"], answer["points"], answer["balance_after"]) == ("earn", 0, 0)
    assert Purchase.objects.filter(pk=answer["id"]).exists()
    assert api.get(f"/api/transactions/{answer['id']}").json() == answer


@pytest.mark.parametrize("amount", ["80.00", "0.50"])
def test_the_same_paid_order_twice_is_one_award(api, ana_beans, amount):
    body = purchase(amount, items=[{"sku": "A", "quantity": 1, "amount": amount}])

    first, second = post(api, body), post(api, body)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    assert Purchase.objects.count() == 1
    assert available(api) == int(float(amount))


def test_a_reference_means_the_same_purchase_by_whatever_way_it_comes(api, ana, beans, ana_beans):
    body = purchase("80.00")
    first = post(api, body)

    by_card = body | {"card_number": ana_beans.card_number, "program_id": str(beans.id)}
    again = api.post("/api/transactions/accrue", by_card)
    batch = api.post("/api/transactions/accrue/batch", {"transactions": [body | {"member_id": str(ana.id)}]})

    assert again.content == first.content
    assert batch.json()["results"] == [{"status": 201, "replayed": True, "transaction": first.json()}]


@pytest.mark.parametrize(
    "change",
    [{"amount": "81.00"}, {"occurred_at": "2026-01-01T00:00:00Z"}, {"source": "web"}, {"metadata": {"a": 1}}],
)
def test_a_key_that_came_with_another_purchase_is_refused(api, ana_beans, change):
    body = purchase("80.00")
    post(api, body, HTTP_IDEMPOTENCY_KEY="k-1")

    assert refusal(post(api, body | change, HTTP_IDEMPOTENCY_KEY="k-1")) == (422, "idempotency-key-reused")
    assert available(api) == 80


def test_a_reference_under_another_key_is_a_duplicate(api, ana_beans):
    body = purchase("80.00")
    post(api, body)

    assert refusal(post(api, body, HTTP_IDEMPOTENCY_KEY=fresh())) == (409, "duplicate-reference")


def test_two_senders_may_use_the_same_key(api, key_with, ana_beans):
    post(api, purchase("80.00"), HTTP_IDEMPOTENCY_KEY="k-1")

    other = post(key_with("earn"), purchase("7.00"), HTTP_IDEMPOTENCY_KEY="k-1")

    assert (other.status_code, other.json()["points"]) == (201, 7)


def test_an_answer_is_given_again_whatever_has_changed_since(api, beans, ana_beans):
    body = purchase("80.00")
    first = post(api, body)
    Program.objects.filter(pk=beans.pk).update(status="paused", money_currency="USD", earn_points=5)
    Membership.objects.update(status="suspended")

    again = post(api, body)

    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert refusal(post(api, body | {"amount": "81.00"})) == (422, "idempotency-key-reused")
    assert refusal(post(api, purchase())) == (409, "program-not-active")


@pytest.mark.parametrize("status", ["draft", "paused", "archived"])
def test_a_program_that_is_not_active_gives_nothing(api, beans, ana_beans, status):
    Program.objects.filter(pk=beans.pk).update(status=status)

    assert refusal(post(api, purchase())) == (409, "program-not-active")


@pytest.mark.parametrize(("status", "code"), [("suspended", "membership-suspended"), ("closed", "membership-closed")])
def test_a_membership_that_is_not_active_earns_nothing(api, ana_beans, status, code):
    Membership.objects.update(status=status)

    assert refusal(post(api, purchase())) == (409, code)


def test_who_does_not_take_part_earns_nothing(api, beans, ana):
    assert refusal(post(api, purchase())) == (409, "membership-required")


def test_another_currency_is_refused(api, ana_beans):
    assert pointers(post(api, purchase(currency="USD"))) == ["/currency"]


def test_a_purchase_may_be_a_little_ahead_of_our_clock(api, ana_beans):
    soon = (clock.now() + timedelta(minutes=4)).isoformat()
    later = (clock.now() + timedelta(minutes=6)).isoformat()

    assert post(api, purchase(occurred_at=soon)).status_code == 201
    assert pointers(post(api, purchase(occurred_at=later))) == ["/occurred_at"]
    assert pointers(post(api, purchase(occurred_at="1989-12-31T23:59:59Z"))) == ["/occurred_at"]


def test_every_amount_with_too_many_decimals_is_named(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(money_currency="JPY")
    items = [{"sku": "A", "quantity": 1, "amount": "1.5"}]
    tenders = [{"type": "cash", "amount": "0.10"}]

    response = post(api, purchase("1.0", currency="JPY", items=items, tenders=tenders))

    assert pointers(response) == ["/amount", "/items/0/amount", "/tenders/0/amount"]


def test_more_points_than_can_be_counted_are_refused(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(earn_points=10**15)

    assert refusal(post(api, purchase("999999.00"))) == (422, "too-many-points")


def test_a_card_names_the_member(api, ana_beans):
    body = purchase("5.00", card_number="1000 0000 0000 0009")

    assert api.post("/api/transactions/accrue", body).json()["points"] == 5


@pytest.mark.parametrize("names", [{}, {"member_id": "ana", "card_number": "1000000000000009"}])
def test_a_till_names_the_member_once(api, ana_beans, names):
    assert pointers(api.post("/api/transactions/accrue", purchase() | names)) == ["/member_id"]


def test_points_may_count_later_and_be_gone_some_day(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(pending_days=14, expiry_months=13, timezone="Europe/London")

    answer = earn(api, "30.00", occurred_at="2026-11-20T12:00:00Z")

    assert answer["available_at"] == "2026-12-04T12:00:00Z"
    assert answer["expires_at"] == "2028-01-01T00:00:00Z"
    assert api.get("/api/members/ana/balance").json()["pending"] == 30


def test_a_preview_says_what_a_purchase_would_give_and_moves_nothing(api, ana, beans):
    response = api.post("/api/transactions/preview", purchase("12.00", member_id="ana"))

    assert response.status_code == 200
    answer = response.json()
    assert (answer["points"], answer["breakdown"][0]["points"]) == (12, 12)
    assert answer["member_id"] == str(ana.id)
    assert Purchase.objects.count() == 0


def test_a_preview_does_without_the_reference_that_the_till_has_not_got_yet(api, ana, beans):
    cart = {"program_id": "BEANS", "member_id": "ana", "amount": "12.00", "currency": "EUR"}

    assert api.post("/api/transactions/preview", cart).json()["points"] == 12
    assert pointers(api.post("/api/transactions/accrue", cart)) == ["/reference"]


def test_an_explanation_adds_up(api, ana_beans):
    earned = earn(api, "12.00")

    answer = api.get(f"/api/transactions/{earned['id']}/explanation").json()

    assert answer["breakdown"] == earned["breakdown"]
    assert answer["total"] == answer["points"] == 12


def test_a_person_tries_five_times_a_minute(as_person, barista, ana_beans):
    client = as_person(barista)

    tries = [post(client, purchase("1.00")).status_code for _ in range(6)]

    assert tries == [201] * 5 + [429]


def test_a_key_without_the_scope_earns_nothing(key_with, ana_beans):
    assert refusal(post(key_with("read", "redeem"), purchase())) == (403, "scope-missing")


def test_members_do_not_earn_by_themselves(ana_client, ana_beans):
    assert refusal(post(ana_client, purchase(), member="me")) == (403, "forbidden")


def test_a_single_purchase_takes_three_round_trips_at_most(api, ana_beans, django_assert_max_num_queries):
    earn(api)

    with django_assert_max_num_queries(2):
        earn(api)


@pytest.mark.parametrize("program", ["NONE", "0193b2a0-0000-7000-8000-000000000000"])
def test_a_member_named_by_id_earns_nothing_in_a_program_that_is_not_there(api, ana_beans, program):
    answer = api.post(f"/api/members/{ana_beans.member_id}/earn", purchase(program_id=program))

    assert refusal(answer) == (404, "not-found")
