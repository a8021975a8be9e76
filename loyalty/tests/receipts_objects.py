"""Receipts: one that can be claimed, for the registry of calls, and those that tell of somebody."""

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


def plant(api, mark, *, member: str, name: str, email: str) -> None:
    """Enters a receipt that somebody claims after a part came back, and one of nobody that names them."""
    kept = {
        "program_id": "BEANS", "amount": "20.00", "currency": "EUR", "reference": f"till-of-{email}",
        "items": [{"sku": "S2", "name": mark("receiptitem"), "quantity": 1, "amount": "20.00"}],
        "tenders": [{"type": mark("receipttender"), "amount": "20.00"}],
        "metadata": {"table": mark("receiptmetadata")}, "location_id": f"till at {name}", "source": f"at {name}"[:40],
    }  # fmt: skip
    receipt = api.post("/api/receipts", kept)
    back = {"program_id": "BEANS", "reference": f"back-to-{email}", "amount": "1.00", "currency": "EUR"}
    back["purchase_reference"] = kept["reference"]
    assert api.post("/api/transactions/return", back).status_code == 202
    claim = {"code": receipt.json()["code"], "member_id": member}
    assert api.post("/api/receipts/claim", claim).status_code == 201
    other = {**kept, "reference": f"for {name}", "items": [], "metadata": {"payer": name}}
    assert api.post("/api/receipts", other).status_code == 201


def _open(house) -> Receipt:
    return Receipt.objects.get(program=house.program, reference=_reference(house))


def _reference(house) -> str:
    return f"{house.code.upper()}-T1"
