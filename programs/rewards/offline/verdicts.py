"""What became of an item, as it is answered: from its row, or of one that is in no queue."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.selectors import bearer_of

ACCEPTED, ALREADY_USED, EXPIRED_THEN, HELD, REFUSED = OfflineScan.Verdict.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A verdict and why. `discount_minor` is what the voucher took off, None where it was not redeemed."""

    verdict: str
    reason: str = ""
    detail: str = ""
    sequence: int | None = None
    scan_id: UUID | None = None
    use_id: UUID | None = None
    discount_minor: int | None = None
    currency: str = ""
    received_at: datetime | None = None


def outcome_of(scan: OfflineScan) -> Outcome:
    """The verdict in the books. Reads the use of an accepted one."""
    use = scan.use
    return Outcome(
        verdict=scan.verdict,
        reason=scan.reason,
        detail=scan.detail,
        sequence=scan.sequence,
        scan_id=scan.id,
        use_id=use.id if use else None,
        discount_minor=use.discount_minor if use else None,
        currency=use.currency if use else "",
        received_at=scan.received_at,
    )


def put_loss(scan: OfflineScan, till: TillDevice, *, discount_minor: int) -> None:
    """Writes on the item what was handed out and no voucher covers: the points paid for it, and the money that it took
    off. Who bears it is the brand, or the partner whose post registered the till."""
    scan.loss_points, scan.loss_minor = scan.voucher.points, discount_minor
    scan.borne_by = bearer_of(till)
