"""A receipt that can be claimed, for the registry of calls."""

from datetime import timedelta

from loyalty import clock
from programs.activity.gateway.models import Receipt
from programs.rewards.vouchers.codes import new_code

IDS = {"receipt": lambda house: [_open(house).pk]}
BODIES = {"receipts_claim": lambda house: {"code": _open(house).code, "member_id": house.external_id}}


def add_receipt(house) -> None:
    """Enters one that nobody has claimed."""
    Receipt.objects.create(
        program=house.program, reference=_reference(house), code=new_code(), amount_minor=1_000, currency="EUR",
        location_id=f"{house.code} street", fingerprint=b"", occurred_at=clock.now(),
        expires_at=clock.now() + timedelta(days=30),
    )  # fmt: skip


def _open(house) -> Receipt:
    return Receipt.objects.get(program=house.program, reference=_reference(house))


def _reference(house) -> str:
    return f"{house.code.upper()}-T1"
