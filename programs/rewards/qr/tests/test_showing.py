"""Codes that are asked for over HTTP: who can show what, for how long."""

from datetime import timedelta

import pytest

from ledger.accounts import open_accounts, open_unit
from loyalty import clock
from loyalty.identity.models import Brand
from programs.membership.models import Membership, Program
from programs.rewards.models import Voucher
from programs.rewards.qr import tokens
from programs.rewards.stamps.models import StampCard

pytestmark = pytest.mark.django_db


def said_by(body) -> tokens.Claims:
    return tokens.read_token(body["token"], at=clock.now())


def seconds_of(claims) -> float:
    return (claims.expires_at - claims.issued_at).total_seconds()


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_member_shows_a_voucher_of_their_own(ana_client, voucher, show):
    body = show(ana_client, "voucher", voucher_id=str(voucher.pk))

    claims = said_by(body)
    assert set(body) == {"token", "expires_at", "svg_url", "png_url"}
    assert (claims.purpose, claims.subject, claims.audience, claims.program) == ("voucher", voucher.pk, "cafe", "BEANS")
    assert seconds_of(claims) == 60
    assert body["expires_at"] == f"{claims.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    assert ana_client.get(body["png_url"]).status_code == 200


def test_a_voucher_can_be_named_by_its_code(ana_client, voucher, show):
    assert said_by(show(ana_client, "voucher", voucher_id=voucher.code)).subject == voucher.pk


def test_a_code_lives_as_long_as_asked_up_to_two_minutes(ana_client, voucher, show):
    assert seconds_of(said_by(show(ana_client, "voucher", voucher_id=str(voucher.pk), life_seconds=120))) == 120
    for seconds in (9, 121, 10**9, 60.0, "60", True):
        asked = {"purpose": "voucher", "voucher_id": str(voucher.pk), "life_seconds": seconds}
        assert code_of(ana_client.post("/api/qr", asked)) == (400, "validation-error")


def test_a_code_does_not_outlive_its_voucher(ana_client, voucher, show):
    Voucher.objects.filter(pk=voucher.pk).update(expires_at=clock.now() + timedelta(seconds=30))

    assert seconds_of(said_by(show(ana_client, "voucher", voucher_id=str(voucher.pk)))) <= 30


def test_a_voucher_that_cannot_be_used_is_not_shown(ana, ana_client, issued, ana_beans):
    now = clock.now()
    bad = {
        "voucher-disabled": {"status": "disabled", "disabled_at": now},
        "voucher-used-up": {"status": "redeemed", "uses": 1, "redeemed_at": now},
        "voucher-not-started": {"starts_at": now + timedelta(days=1)},
        "voucher-expired": {"expires_at": now - timedelta(seconds=1)},
    }
    for code, state in bad.items():
        found = issued(ana)
        Voucher.objects.filter(pk=found.pk).update(**state)

        assert code_of(ana_client.post("/api/qr", {"purpose": "voucher", "voucher_id": str(found.pk)})) == (409, code)


def test_what_is_somebody_elses_is_not_found(ben, voucher, as_person, bistro_api, issued):
    asked = {"purpose": "voucher", "voucher_id": str(voucher.pk)}

    assert code_of(as_person(ben.person).post("/api/qr", asked)) == (404, "not-found")
    assert code_of(bistro_api.post("/api/qr", asked)) == (404, "not-found")


def test_a_brands_server_shows_the_voucher_of_a_member(api, voucher, show):
    assert said_by(show(api, "voucher", voucher_id=str(voucher.pk))).subject == voucher.pk


def test_a_key_needs_the_scope(key_with, voucher):
    answer = key_with("read").post("/api/qr", {"purpose": "voucher", "voucher_id": str(voucher.pk)})

    assert code_of(answer) == (403, "scope-missing")


def test_a_member_shows_who_they_are_in_their_only_program(ana_client, ana_beans, show):
    claims = said_by(show(ana_client, "member"))

    assert (claims.purpose, claims.subject, claims.audience) == ("member", ana_beans.pk, "cafe")


def test_a_member_of_several_programs_says_which(ana, ana_client, ana_beans, cafe, show):
    teas = Program.objects.create(brand=cafe, unit=open_unit(cafe, name="teas"), code="TEAS", name="Teas")
    account = open_accounts(teas.unit, [ana.id], debt_max=0)[ana.id]
    Membership.objects.create(program=teas, member=ana, account=account, card_number="1000000000000025")

    assert code_of(ana_client.post("/api/qr", {"purpose": "member"})) == (400, "validation-error")
    assert said_by(show(ana_client, "member", program_id="TEAS")).program == "TEAS"


def test_a_brand_shows_the_card_of_its_member_and_no_other(api, ana, ana_beans, bistro_api, show):
    assert said_by(show(api, "member", member_id="ana")).subject == ana_beans.pk
    assert code_of(api.post("/api/qr", {"purpose": "member"})) == (400, "validation-error")
    assert code_of(bistro_api.post("/api/qr", {"purpose": "member", "member_id": str(ana.pk)})) == (404, "not-found")


@pytest.mark.parametrize(("status", "code"), [("suspended", "membership-suspended"), ("closed", "membership-closed")])
def test_a_part_that_is_suspended_or_over_is_not_shown(ana_client, ana_beans, status, code):
    Membership.objects.filter(pk=ana_beans.pk).update(status=status)

    assert code_of(ana_client.post("/api/qr", {"purpose": "member"})) == (409, code)


def test_a_member_without_a_program_has_no_card(ana_client):
    assert code_of(ana_client.post("/api/qr", {"purpose": "member"})) == (409, "membership-required")


def test_staff_show_the_code_of_a_stamp_card(barista_client, card, show):
    claims = said_by(show(barista_client, "stamp", stamp_card_id="coffee"))

    assert (claims.purpose, claims.subject, seconds_of(claims)) == ("stamp", card.pk, 60)


def test_a_member_cannot_make_the_code_that_gives_them_stamps(ana_client, ana_beans, card):
    answer = ana_client.post("/api/qr", {"purpose": "stamp", "stamp_card_id": str(card.pk)})

    assert code_of(answer) == (403, "forbidden")


def test_who_may_change_the_card_prints_a_code_that_lives_long(manager_client, barista_client, card, show):
    asked = {"purpose": "stamp", "stamp_card_id": "coffee", "printed": True}

    assert seconds_of(said_by(show(manager_client, **asked))) == 365 * 86400
    assert seconds_of(said_by(show(manager_client, **asked, printed_days=400))) == 400 * 86400
    assert code_of(barista_client.post("/api/qr", asked)) == (403, "forbidden")
    assert code_of(manager_client.post("/api/qr", {**asked, "printed_days": 401})) == (400, "validation-error")


def test_a_card_that_is_paused_has_no_code(barista_client, card):
    StampCard.objects.filter(pk=card.pk).update(status="paused")

    answer = barista_client.post("/api/qr", {"purpose": "stamp", "stamp_card_id": "coffee"})

    assert code_of(answer) == (409, "stamp-card-not-active")


@pytest.mark.parametrize("purpose", ["voucher", "stamp"])
def test_what_the_code_is_for_must_be_said(api, purpose):
    answer = api.post("/api/qr", {"purpose": purpose})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "required"


@pytest.mark.parametrize("body", [{}, {"purpose": "everything"}, {"purpose": "member", "sub": "me"}])
def test_what_cannot_be_understood_is_refused(ana_client, body):
    assert code_of(ana_client.post("/api/qr", body)) == (400, "validation-error")


def test_a_person_asks_sixty_times_a_minute_at_most(ana_client, ana_beans):
    answers = [ana_client.post("/api/qr", {"purpose": "member"}).status_code for _ in range(61)]

    assert answers == [201] * 60 + [429]


def test_the_codes_of_a_brand_say_its_code_of_now(ana_client, voucher, show):
    Brand.objects.filter(code="cafe").update(code="cafe-2")

    assert said_by(show(ana_client, "voucher", voucher_id=str(voucher.pk))).audience == "cafe-2"


def test_what_is_named_must_be_there_and_of_use(api, ana_client, voucher, card, ben, ana_beans):
    asked = {"purpose": "voucher", "voucher_id": str(voucher.pk)}

    assert code_of(ana_client.post("/api/qr", {**asked, "member_id": str(ben.pk)})) == (404, "not-found")
    assert code_of(api.post("/api/qr", {**asked, "program_id": "NONE"})) == (404, "not-found")
    for name, value in (("member_id", "ana"), ("program_id", "BEANS"), ("stamp_card_id", "coffee")):
        answer = api.post("/api/qr", {**asked, name: value})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "of-another-purpose")
