"""Codes that are scanned over HTTP: what each of them does, once, and for whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.posting import Move, post_one
from loyalty import clock
from loyalty.identity.models import BrandMember, Staff
from loyalty.ids import uuid7
from programs.membership.models import Membership
from programs.rewards.models import Voucher, VoucherUse
from programs.rewards.qr import jobs, tokens
from programs.rewards.qr.models import UsedToken
from programs.rewards.stamps.models import Stamp

pytestmark = pytest.mark.django_db


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_till_redeems_the_voucher_that_a_member_shows(api, ana_client, voucher, canal, show, scan):
    token = show(ana_client, "voucher", voucher_id=str(voucher.pk))["token"]

    answer = scan(api, token, key="k-1", location_id="canal", reference="receipt-1")

    body = answer.json()
    assert (answer.status_code, body["purpose"], set(body)) == (200, "voucher", {"purpose", "redemption"})
    assert (body["redemption"]["voucher"]["id"], body["redemption"]["location"]) == (str(voucher.pk), "canal")
    voucher.refresh_from_db()
    use, used = VoucherUse.objects.get(), UsedToken.objects.get()
    claims = tokens.open_token(token, at=clock.now())
    assert (voucher.status, use.reference, use.token_id) == ("redeemed", "receipt-1", claims.token_id)
    assert (used.token_id, used.purpose, used.subject) == (claims.token_id, "voucher", str(voucher.pk))
    assert used.key.endswith(":k-1")


def test_what_is_bought_is_sent_along(api, ana, ana_beans, issued, show, scan):
    terms = {"kind": "discount", "discount_kind": "amount", "value_minor": 2000}
    found = issued(ana, terms=terms)
    token = show(api, "voucher", voucher_id=str(found.pk))["token"]

    body = scan(api, token, amount="10.00", currency="EUR").json()

    assert (body["redemption"]["discount"], body["redemption"]["amount_after"]) == ("10.00", "0.00")


def test_a_code_redeems_once_and_the_same_key_answers_again_when_it_is_over(api, voucher, show, scan):
    token = show(api, "voucher", voucher_id=str(voucher.pk))["token"]
    first = scan(api, token, key="k-1")

    with clock.at(clock.now() + timedelta(hours=1)):
        again = scan(api, token, key="k-1")
        other_body = scan(api, token, key="k-1", reference="another")
        other_key = scan(api, token, key="k-2")

    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (200, first.json(), "true")
    assert code_of(other_body) == (422, "idempotency-key-reused")
    assert code_of(other_key) == (422, "token-expired")
    assert VoucherUse.objects.count() == 1


def test_a_code_of_a_voucher_with_many_uses_is_used_once_all_the_same(api, issued, show, scan):
    found = issued(kind="generic", code="MANY", uses_max=None)
    first, second = (show(api, "voucher", voucher_id="MANY")["token"] for _ in range(2))

    assert scan(api, first).status_code == 200
    assert code_of(scan(api, first)) == (409, "token-used")
    assert scan(api, second).status_code == 200
    assert Voucher.objects.get(pk=found.pk).uses == 2


def test_a_code_that_was_refused_is_not_used_up(api, ana, ana_beans, issued, show, scan):
    found = issued(ana, terms={"kind": "discount", "discount_kind": "percent", "percent": "10"})
    token = show(api, "voucher", voucher_id=str(found.pk))["token"]

    assert code_of(scan(api, token)) == (422, "order-needed")
    assert scan(api, token, amount="10.00", currency="EUR").status_code == 200


def test_a_redemption_by_code_takes_one_round_trip_more_than_by_id(api, voucher, show, scan):
    token = show(api, "voucher", voucher_id=str(voucher.pk))["token"]

    with CaptureQueriesContext(connection) as asked:
        scan(api, token)

    of_vouchers = [one["sql"] for one in asked if "programs_" in one["sql"] and "signingkey" not in one["sql"]]
    assert len(of_vouchers) == 3, of_vouchers


def test_a_till_learns_who_shows_a_member_card(api, ana_client, ana, ana_beans, beans, show, scan):
    ana.name = "Ana Maria Silva"
    ana.save()
    post_one(
        Move(
            kind="deposit",
            account_id=ana_beans.account_id,
            key="d",
            fingerprint=b"",
            actor="t",
            points=70,
            at=clock.now(),
        )
    )
    token = show(ana_client, "member")["token"]

    answer = scan(api, token, key="k-1")

    assert answer.json() == {
        "purpose": "member",
        "member": {
            "membership_id": str(ana_beans.pk),
            "member_id": str(ana.pk),
            "name": "Ana S.",
            "card_number": "1000000000000009",
            "program_id": str(beans.pk),
            "program_code": "BEANS",
            "currency": "beans",
            "status": "active",
            "tier": None,
            "balance": {"available": 70, "pending": 0, "held": 0, "debt": 0},
        },
    }
    assert (UsedToken.objects.get().purpose, UsedToken.objects.get().subject) == ("member", str(ana_beans.pk))


def test_a_member_card_is_scanned_once_and_the_same_key_hears_the_same_again(api, ana_beans, show, scan):
    token = show(api, "member", member_id="ana")["token"]
    first = scan(api, token, key="k-1")
    Membership.objects.filter(pk=ana_beans.pk).update(status="suspended")

    with clock.at(clock.now() + timedelta(hours=1)):
        again = scan(api, token, key="k-1")

    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert code_of(scan(api, token)) == (409, "token-used")


def test_a_partners_till_scans_a_member_card(as_person, cafe, operator, api, ana_beans, show, scan):
    partner = type(operator).objects.create_user("partner@example.com", "correct horse battery")
    Staff.objects.create(person=partner, brand=cafe, role=Staff.Role.PARTNER)
    token = show(api, "member", member_id="ana")["token"]

    assert scan(as_person(partner), token).json()["member"]["card_number"] == "1000000000000009"


def test_a_member_scans_the_code_on_a_screen_for_one_stamp(ana_client, ana, ana_beans, api, card, show, scan):
    token = show(api, "stamp", stamp_card_id="coffee")["token"]

    answer = scan(ana_client, token, key="k-1")

    body = answer.json()
    assert (answer.status_code, body["purpose"], body["stamp"]["count"]) == (200, "stamp", 1)
    assert (body["stamp"]["source"], body["stamp"]["stamps"]) == ("scan", 1)
    assert scan(ana_client, token, key="k-1").json() == body
    assert code_of(scan(ana_client, token)) == (409, "token-used")
    assert (Stamp.objects.get().member_id, Stamp.objects.get().actor) == (ana.pk, f"person:{ana.person_id}")


def test_the_code_on_a_screen_is_for_the_first_who_scans_it(ana_client, as_person, ben, ana_beans, ben_beans, api,
                                                            card, show, scan):  # fmt: skip
    token = show(api, "stamp", stamp_card_id="coffee")["token"]

    assert scan(ana_client, token).status_code == 200
    assert code_of(scan(as_person(ben.person), token)) == (409, "token-used")
    assert scan(as_person(ben.person), show(api, "stamp", stamp_card_id="coffee")["token"]).status_code == 200


def test_a_printed_code_gives_each_member_a_stamp_in_so_many_hours(ana_client, as_person, ben, ana_beans, ben_beans,
                                                                   api, card, show, scan):  # fmt: skip
    token = show(api, "stamp", stamp_card_id="coffee", printed=True)["token"]

    assert scan(ana_client, token).status_code == 200
    assert scan(as_person(ben.person), token).status_code == 200
    assert code_of(scan(ana_client, token)) == (429, "scanned-lately")
    with clock.at(clock.now() + timedelta(hours=12, seconds=1)):
        ana_client = as_person(ana_beans.member.person)
        assert scan(ana_client, token).json()["stamp"]["stamps"] == 2
    assert UsedToken.objects.count() == 0


def test_a_member_who_does_not_take_part_gets_no_stamp(ana_client, api, card, show, scan):
    token = show(api, "stamp", stamp_card_id="coffee")["token"]

    assert code_of(scan(ana_client, token)) == (409, "membership-required")
    assert UsedToken.objects.count() == 0


def test_who_cannot_scan_a_code_is_told_who_does(api, ana_client, as_person, ben, voucher, card, show, scan):
    shown = {
        "voucher": show(api, "voucher", voucher_id=str(voucher.pk))["token"],
        "member": show(api, "member", member_id="ana")["token"],
        "stamp": show(api, "stamp", stamp_card_id="coffee")["token"],
    }

    for purpose, client, words in (
        ("voucher", ana_client, "show it at a till"),
        ("member", as_person(ben.person), "a till of the brand scans it"),
        ("stamp", api, "members scan it themselves"),
    ):
        answer = scan(client, shown[purpose])
        assert code_of(answer) == (422, "wrong-purpose")
        assert words in answer.json()["detail"]
    assert UsedToken.objects.count() == 0


def test_staff_who_are_members_too_scan_both(barista, barista_client, ana, voucher, ana_beans, card, show, scan):
    type(ana).objects.filter(pk=ana.pk).update(person=barista)
    stamp = show(barista_client, "stamp", stamp_card_id="coffee")["token"]
    coupon = show(barista_client, "voucher", voucher_id=str(voucher.pk))["token"]

    assert scan(barista_client, stamp).json()["purpose"] == "stamp"
    assert scan(barista_client, coupon).json()["purpose"] == "voucher"


@pytest.mark.parametrize("purpose", ["voucher", "member"])
def test_a_code_of_another_brand_is_not_found_and_leaves_no_row(api, bistro_api, voucher, purpose, show, scan):
    about = {"voucher_id": str(voucher.pk)} if purpose == "voucher" else {"member_id": "ana"}
    token = show(api, purpose, **about)["token"]

    assert code_of(scan(bistro_api, token)) == (404, "not-found")
    assert (UsedToken.objects.count(), VoucherUse.objects.count()) == (0, 0)
    assert scan(api, token).status_code == 200


def test_a_key_without_the_scope_scans_nothing(api, key_with, voucher, show, scan):
    token = show(api, "voucher", voucher_id=str(voucher.pk))["token"]

    assert code_of(scan(key_with("read", "earn"), token)) == (403, "scope-missing")
    assert UsedToken.objects.count() == 0


def test_an_erased_member_is_shown_to_nobody(api, ana, ana_beans, show, scan):
    token = show(api, "member", member_id="ana")["token"]
    type(ana).objects.filter(pk=ana.pk).update(is_active=False)
    BrandMember.objects.filter(member=ana).delete()

    assert code_of(scan(api, token)) == (404, "not-found")


def test_a_scan_needs_a_key_in_the_header_or_in_the_body(api, voucher, show):
    token = show(api, "voucher", voucher_id=str(voucher.pk))["token"]

    assert code_of(api.post("/api/qr/scan", {"token": token})) == (400, "idempotency-key-required")
    assert api.post("/api/qr/scan", {"token": token, "idempotency_key": "k-1"}).status_code == 200


def test_a_used_code_is_forgotten_a_month_after_its_time(cafe):
    now = clock.now()
    for days in (29, 31, 60):
        over = now - timedelta(days=days)
        kind = {"brand": cafe, "purpose": "member", "subject": str(uuid7()), "key": "k"}
        UsedToken.objects.create(token_id=str(days), expires_at=over, **kind)

    jobs.forget_used_codes(0)
    jobs.forget_used_codes(0)

    assert list(UsedToken.objects.values_list("token_id", flat=True)) == ["29"]


def test_a_scan_that_names_a_member_is_for_that_member_only(api, ana_client, ana, ben, ana_beans, ben_beans, card,
                                                             voucher, show, scan):  # fmt: skip
    shown = {
        "voucher": show(api, "voucher", voucher_id=str(voucher.pk))["token"],
        "member": show(api, "member", member_id="ana")["token"],
        "stamp": show(api, "stamp", stamp_card_id="coffee")["token"],
    }

    for purpose, client in (("voucher", api), ("member", api), ("stamp", ana_client)):
        assert code_of(scan(client, shown[purpose], member_id=str(uuid7()))) == (404, "not-found")
        if client is api:
            assert code_of(scan(client, shown[purpose], member_id="ben")) == (422, "wrong-member")
        assert scan(client, shown[purpose], member_id=str(ana.pk)).status_code == 200
