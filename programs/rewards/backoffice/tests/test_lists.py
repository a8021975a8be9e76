"""Every list of rewards asks the database as often for many rows as for few, and pages of each open."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty.identity import operations as identity
from programs.rewards.backoffice.tests.pages import ACTOR, at, logged_in
from programs.rewards.catalogue import operations
from programs.rewards.models import Reward, Voucher, VoucherBatch, VoucherUse
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.stamps.cards import create_card
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet

pytestmark = pytest.mark.django_db

LISTS = (Reward, Voucher, VoucherBatch, VoucherUse, StampCard, StampSheet, Stamp, TillDevice, OfflineScan)
QUERIES_MAX = 20


@pytest.fixture
def grow(cafe, beans, canal, issue):
    """A function that makes one more of everything."""

    def more(n: int) -> None:
        member = identity.create_member(cafe, external_id=f"m{n}", name=f"Member {n}")
        reward = operations.create_reward(beans, code=f"r{n}", name=f"R {n}", kind="product", actor=ACTOR, stock_left=n)
        batch = VoucherBatch.objects.create(program=beans, reward=reward, name=f"B {n}", count=1, created_by=ACTOR)
        voucher = issue(reward=reward, member=member, batch=batch)
        used = VoucherUse.objects.create(
            brand=cafe, voucher=voucher, program=beans, member=member, location=canal, currency="EUR", key=f"k{n}",
            fingerprint=b"0", actor=ACTOR, occurred_at=clock.now(),
        )  # fmt: skip
        card = create_card(beans, code=f"c{n}", name=f"C {n}", reward=reward, actor=ACTOR)
        StampSheet.objects.create(card=card, member=member, stamps_needed=10)
        Stamp.objects.create(
            card=card, member=member, count=1, reference=f"s{n}", source="staff", location=canal, actor=ACTOR,
            occurred_at=clock.now(),
        )  # fmt: skip
        till = TillDevice.objects.create(
            brand=cafe, location=canal, name=f"T {n}", public_key=f"{n:_<43}", created_by=ACTOR
        )
        OfflineScan.objects.create(
            till=till, sequence=1, digest="d" * 64, item={}, voucher=voucher, member=member, use=used,
            verdict="accepted", scanned_at=clock.now(),
        )  # fmt: skip

    return more


def test_many_rows_take_as_many_queries_as_few(desk, grow, operator):
    def queries() -> dict[str, int]:
        counted = {}
        for model in LISTS:
            with CaptureQueriesContext(connection) as asked:
                assert desk.admin.get(at(f"programs_{model._meta.model_name}_changelist")).status_code == 200
            counted[model.__name__] = len(asked)
        return counted

    grow(1)
    queries()
    few = queries()
    for n in range(2, 7):
        grow(n)

    assert queries() == few
    assert max(few.values()) <= QUERIES_MAX


def test_a_page_of_each_opens_and_shows_no_deletion(desk, grow):
    grow(1)
    for model in LISTS:
        one, screen = model.objects.first(), admin.site._registry[model]
        page = desk.admin.get(at(f"programs_{model._meta.model_name}_change", one.pk))
        assert page.status_code == 200, model
        assert not screen.has_delete_permission(page.wsgi_request, one)


def test_who_looks_at_no_brand_sees_all_of_them(grow, operator):
    grow(1)

    assert logged_in(operator).get(at("programs_voucher_changelist")).context["cl"].result_list
