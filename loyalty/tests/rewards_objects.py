"""What a brand has of rewards, for the registry of objects: enters its makers there when it is imported."""

from datetime import timedelta

from django.db import transaction

from loyalty import clock
from loyalty.identity.models import Location, Member
from loyalty.tests.backoffice_objects import KINDS, PARAMETERS, Kind, kind
from programs.rewards.models import Reward, StockHold, Voucher, VoucherBatch, VoucherUse
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.qr.models import SigningKey
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.vouchers.issue import issue_voucher

ACTOR = "system:test"
KINDS[SigningKey] = Kind(None, is_platforms=True)
PARAMETERS |= {"use_id": VoucherUse, "member_id": Member}


@kind(Location, "brand")
def make_location(house) -> None:
    Location.objects.get_or_create(
        brand=house.brand, code=f"{house.code}-shop", defaults={"name": f"{house.code} shop"}
    )


@kind(Reward, "program__brand")
def make_reward(house) -> None:
    Reward.objects.create(
        program=house.program, code=f"{house.code}-coffee", name=f"{house.code} coffee", status="active",
        kind="discount", discount_kind="amount", value_minor=250, points_cost=100, stock_left=3, stock_low_at=5,
        description=f"{house.code} beans", translations={"nl": {"name": f"{house.code} koffie"}},
    )  # fmt: skip


@kind(StockHold, "reward__program__brand")
def make_stock_hold(house) -> None:
    ends = clock.now() + timedelta(hours=1)
    StockHold.objects.create(reward=house.objects(Reward).first(), member=house.member, expires_at=ends)


@kind(VoucherBatch, "program__brand")
def make_batch(house) -> None:
    VoucherBatch.objects.create(
        program=house.program, reward=house.objects(Reward).first(), name=f"{house.code} mailing", count=2, made=1,
        terms={"kind": "discount", "discount_kind": "amount", "value_minor": 250, "currency": "EUR"}, created_by=ACTOR,
    )  # fmt: skip


@kind(Voucher, "brand")
def make_voucher(house) -> None:
    with transaction.atomic():
        issue_voucher(
            program=house.program, actor=ACTOR, kind="unique", reward=house.objects(Reward).first(),
            member=house.member, batch=house.objects(VoucherBatch).first(), uses_max=3,
        )  # fmt: skip


@kind(VoucherUse, "brand")
def make_use(house) -> None:
    voucher = house.objects(Voucher).first()
    VoucherUse.objects.create(
        brand=house.brand, voucher=voucher, program=house.program, member=house.member,
        location=house.objects(Location).first(), reference=f"{house.code}-receipt", order_minor=1_000,
        discount_minor=250, currency="EUR", key=f"{house.code}-use", fingerprint=b"0" * 32, actor=ACTOR,
        occurred_at=clock.now(),
    )  # fmt: skip
    Voucher.objects.filter(pk=voucher.pk).update(uses=1)


@kind(StampCard, "program__brand")
def make_stamp_card(house) -> None:
    StampCard.objects.create(
        program=house.program, code=f"{house.code}-stamps", name=f"{house.code} stamps", stamps_needed=2,
        reward=house.objects(Reward).first(), description=f"{house.code} cups",
    )  # fmt: skip


@kind(StampSheet, "card__program__brand")
def make_sheet(house) -> None:
    StampSheet.objects.create(
        card=house.objects(StampCard).first(), member=house.member, stamps=2, stamps_needed=2, status="full",
        filled_at=clock.now(),
    )  # fmt: skip


@kind(Stamp, "card__program__brand")
def make_stamp(house) -> None:
    sheet = house.objects(StampSheet).first()
    lying = {"sheet": str(sheet.pk), "number": 1, "needed": 2, "given": 2, "stamps": 2, "count": 2}
    Stamp.objects.create(
        card=sheet.card, member=house.member, count=2, reference=f"{house.code}-stamped", source="staff", actor=ACTOR,
        location=house.objects(Location).first(), occurred_at=clock.now(), sheets=[lying],
    )  # fmt: skip


@kind(TillDevice, "brand")
def make_till(house) -> None:
    TillDevice.objects.create(
        brand=house.brand, location=house.objects(Location).first(), name=f"{house.code} till",
        public_key=f"{house.code:_<43}", status="quarantined", created_by=ACTOR,
    )  # fmt: skip


@kind(OfflineScan, "till__brand")
def make_scan(house) -> None:
    OfflineScan.objects.create(
        till=house.objects(TillDevice).first(), sequence=1, digest=f"{house.code:0<64}", item={},
        voucher=house.objects(Voucher).first(), member=house.member, verdict="held", reason="quarantined",
        detail=f"{house.code} detail", scanned_at=clock.now(),
    )  # fmt: skip
