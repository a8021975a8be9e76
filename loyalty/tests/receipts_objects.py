"""What a brand has of receipts, for the registries of objects and of calls: enters its maker in the one when it is
imported, and the other takes its IDS and BODIES."""

from datetime import timedelta

from loyalty import clock
from loyalty.tests.backoffice_objects import kind
from programs.activity.gateway.models import Receipt
from programs.rewards.vouchers.codes import new_code

IDS = {"receipt": lambda house: [house.objects(Receipt).get().pk]}
BODIES = {
    "receipts_claim": lambda house: {"code": house.objects(Receipt).get().code, "member_id": house.external_id},
}


@kind(Receipt, "program__brand")
def make_receipt(house) -> None:
    Receipt.objects.create(
        program=house.program, reference=f"{house.code.upper()}-T1", code=new_code(), amount_minor=1_000,
        currency="EUR", location_id=f"{house.code} street", fingerprint=b"", occurred_at=clock.now(),
        expires_at=clock.now() + timedelta(days=30),
    )  # fmt: skip
