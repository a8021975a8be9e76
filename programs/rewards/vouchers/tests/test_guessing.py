"""Who sends too many wrong codes waits, with right ones too; and the brand is told once."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.principals import Principal
from loyalty.testing.clients import with_key
from programs.rewards.models import Voucher
from programs.rewards.vouchers.finding import find_voucher
from programs.rewards.vouchers.models import CodeGuesses


def test_a_thousand_wrong_codes_are_met_with_429_and_one_alert(api, issued):
    with clock.at(clock.now()):
        answers = [api.get(f"/api/vouchers/WRONG{n:05}") for n in range(1_000)]

    assert [answer.status_code for answer in answers] == [404] * 100 + [429] * 900
    assert {answer.json()["code"] for answer in answers[100:]} == {"rate-limited"}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in answers[100:])
    alert = Event.objects.get(type="voucher.guessing")
    assert (alert.data["of"], alert.data["tries"], alert.data["seconds"]) == ("key", 100, 60)
    assert "WRONG" not in str(alert.data)


def test_who_guessed_too_often_waits_with_a_right_code_too_and_goes_on_after_the_while(api, issued):
    voucher, began = issued(), clock.now()
    address = f"/api/vouchers/{voucher.code}/redeem"
    with clock.at(began):
        for n in range(100):
            api.post(f"/api/vouchers/WRONG{n}/redeem", {"idempotency_key": "k"})
        assert api.post(address, {"idempotency_key": "k"}).status_code == 429
    assert Voucher.objects.get().uses == 0

    with clock.at(began + timedelta(seconds=61)):
        assert api.post(address, {"idempotency_key": "k"}).status_code == 200


def test_a_right_code_costs_no_write(api, issued):
    voucher = issued()

    for _ in range(30):
        assert api.get(f"/api/vouchers/{voucher.code}").status_code == 200

    assert CodeGuesses.objects.count() == 0


def test_wrong_ids_do_not_count(api, issued):
    for _ in range(30):
        assert api.get("/api/vouchers/019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d61").status_code == 404

    assert CodeGuesses.objects.count() == 0


def test_one_sender_does_not_shut_out_another(api, key_with, issued):
    voucher, other = issued(), key_with("read")
    for n in range(110):
        api.get(f"/api/vouchers/WRONG{n}")

    assert other.get(f"/api/vouchers/{voucher.code}").status_code == 200


@pytest.fixture
def sender(cafe):
    """A function that makes a person of the cafe as the operations see them."""
    return lambda n: Principal(kind="person", id=cafe.id, actor=f"person:{n}", brands={cafe.id: "staff"})


def wrong(principal, n, address=""):
    try:
        find_voucher(principal, f"WRONG{n}", permission="vouchers.look_up", address=address)
    except Exception as refusal:
        return refusal.code
    return ""


def test_many_senders_at_one_address_have_one_budget(sender, settings, issued):
    settings.VOUCHER_GUESSES = settings.VOUCHER_GUESSES | {"address": "5/m"}

    told = [wrong(sender(n), n, "203.0.113.7") for n in range(7)]

    assert told == ["not-found"] * 5 + ["rate-limited"] * 2
    assert wrong(sender(99), 99, "203.0.113.8") == "not-found"
    assert [event.data["of"] for event in Event.objects.filter(type="voucher.guessing")] == ["address"]


def test_a_brands_budget_stops_those_who_guess_and_not_its_tills(sender, settings, issued):
    settings.VOUCHER_GUESSES = settings.VOUCHER_GUESSES | {"brand": "6/h"}
    voucher = issued()
    for n in range(6):
        wrong(sender(n % 2), n)

    assert [wrong(sender(0), 10), wrong(sender(1), 11)] == ["rate-limited"] * 2
    assert find_voucher(sender(2), voucher.code, permission="vouchers.look_up").pk == voucher.pk
    assert [event.data["of"] for event in Event.objects.filter(type="voucher.guessing")] == ["brand"]


def test_members_are_counted_too(ana_client, issued):
    told = [ana_client.get(f"/api/vouchers/WRONG{n}").status_code for n in range(21)]

    assert told == [404] * 20 + [429]


def test_what_is_long_past_is_forgotten(api, cafe_key, issued):
    began = clock.now()
    with clock.at(began):
        api.get("/api/vouchers/WRONG")
    before = set(CodeGuesses.objects.values_list("whose", flat=True))

    with clock.at(began + timedelta(hours=3)):
        with_key(cafe_key).get("/api/vouchers/WRONG2")

    assert not CodeGuesses.objects.filter(until__lt=began + timedelta(hours=3)).exists()
    assert before
