"""The codes of a batch as a file, sent while it is read. Who takes it away could use them, so it is written down."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from loyalty import clock
from loyalty.csv_files import csv_lines
from loyalty.events import log
from loyalty.identity.principals import Principal
from programs.rewards.models import Voucher, VoucherBatch
from programs.rewards.vouchers.codes import shown

COLUMNS = ("code", "status", "expires_at")
READ_AT_ONCE = 2_000
OPEN = (Voucher.Status.ISSUED, Voucher.Status.CLAIMED)


def take_codes(principal: Principal, batch: VoucherBatch) -> Iterator[str]:
    """The lines of a CSV file with each code as people read it, its status now, and when it ends. That they were taken
    is recorded before the first line. Repeating it records it again. Refusals: Forbidden, ScopeMissing."""
    principal.require("vouchers.export", batch.program.brand_id)
    with transaction.atomic():
        log.record(
            "vouchers.downloaded",
            brand_id=batch.program.brand_id,
            aggregate_id=batch.pk,
            program_id=batch.program_id,
            data={"actor": principal.actor, "codes": batch.made},
        )
    return csv_lines(COLUMNS, _rows(batch, clock.now()))


def file_name(batch: VoucherBatch) -> str:
    """What the file is called."""
    return f"codes-{batch.created_at:%Y-%m-%d}-{batch.pk.hex[-6:]}.csv"


def _rows(batch: VoucherBatch, now: datetime) -> Iterator[tuple]:
    found = Voucher.objects.filter(batch=batch).order_by("pk").values_list("code", "status", "expires_at")
    for code, status, ends in found.iterator(chunk_size=READ_AT_ONCE):
        is_over = status in OPEN and ends is not None and ends <= now
        yield shown(code), Voucher.Status.EXPIRED.value if is_over else status, ends
