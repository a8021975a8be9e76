"""How many vouchers get into the database at once: as a text that PostgreSQL copies. They differ by id and code."""

from datetime import datetime

import msgspec
from django.db import connection

from loyalty.ids import uuid7
from programs.rewards.models import Voucher, VoucherBatch
from programs.rewards.vouchers.codes import new_codes

_SPECIAL = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
NOTHING = r"\N"


def copy_vouchers(batch: VoucherBatch, count: int, *, at: datetime) -> None:
    """Writes so many vouchers of the batch, with codes by chance, in the caller's transaction. Repeating it writes as
    many more."""
    columns = _columns(batch, at)
    names = ", ".join(["id", "code", *columns])
    same = "".join(f"\t{_text(value)}" for value in columns.values())
    lines = "".join([f"{uuid7()}\t{code}{same}\n" for code in new_codes(count)])
    statement = f"copy programs_voucher ({names}) from stdin"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.write(lines)


def _columns(batch: VoucherBatch, at: datetime) -> dict:
    """What all vouchers of the batch have in common."""
    value_minor = batch.terms.get("value_minor") if batch.kind == Voucher.Kind.GIFT else None
    return {
        "brand_id": batch.program.brand_id,
        "program_id": batch.program_id,
        "reward_id": batch.reward_id,
        "batch_id": batch.pk,
        "external_code": "",
        "kind": batch.kind,
        "status": Voucher.Status.ISSUED.value,
        "terms": msgspec.json.encode(batch.terms).decode(),
        "uses": 0,
        "uses_max": batch.uses_max,
        "member_uses_max": batch.member_uses_max,
        "value_minor": value_minor,
        "balance_minor": value_minor,
        "points": 0,
        "occasion": "",
        "starts_at": batch.starts_at,
        "expires_at": batch.expires_at,
        "issued_at": at,
        "disabled_reason": "",
        "created_by": batch.created_by,
    }


def _text(value) -> str:
    """A value as the text format of COPY has it."""
    if value is None:
        return NOTHING
    return (value.isoformat() if isinstance(value, datetime) else str(value)).translate(_SPECIAL)
