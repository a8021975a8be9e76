"""One code scanned by many at the same moment, over HTTP and with connections of their own: one of them gets it."""

import pytest

from loyalty.testing.clients import with_key
from programs.activity.tests.together import all_at_once
from programs.rewards.models import VoucherUse
from programs.rewards.qr.models import UsedToken
from programs.rewards.stamps.models import Stamp

pytestmark = pytest.mark.django_db(transaction=True)

ONE_OF_EIGHT = [(200, None)] + [(409, "token-used")] * 7


def outcomes(answers) -> list[tuple[int, str | None]]:
    return sorted((answer.status_code, answer.json().get("code")) for answer in answers)


def test_of_eight_tills_with_eight_keys_one_redeems_the_voucher(api, cafe_key, issued, show, scan):
    voucher = issued(kind="generic", code="MANY", uses_max=None)
    token = show(api, "voucher", voucher_id="MANY")["token"]

    answers = all_at_once(8, lambda n: scan(with_key(cafe_key), token, key=f"k-{n}"))

    voucher.refresh_from_db()
    assert outcomes(answers) == ONE_OF_EIGHT
    assert (voucher.uses, VoucherUse.objects.count(), UsedToken.objects.count()) == (1, 1, 1)


def test_of_eight_tills_with_eight_keys_one_learns_who_it_is(api, cafe_key, ana_beans, show, scan):
    token = show(api, "member", member_id="ana")["token"]

    answers = all_at_once(8, lambda n: scan(with_key(cafe_key), token, key=f"k-{n}"))

    assert outcomes(answers) == ONE_OF_EIGHT


def test_of_eight_scans_of_a_code_on_a_screen_one_gets_a_stamp(api, as_person, ana, ana_beans, card, show, scan):
    token = show(api, "stamp", stamp_card_id="coffee")["token"]

    answers = all_at_once(8, lambda n: scan(as_person(ana.person), token, key=f"k-{n}"))

    assert outcomes(answers) == ONE_OF_EIGHT
    assert Stamp.objects.count() == 1


def test_the_same_key_eight_times_is_one_scan_with_one_answer(api, cafe_key, ana_beans, show, scan):
    token = show(api, "member", member_id="ana")["token"]

    answers = all_at_once(8, lambda n: scan(with_key(cafe_key), token, key="k"))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert UsedToken.objects.count() == 1
