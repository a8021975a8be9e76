"""Closing sheets whose time is over. They take no stamps from then on whether or not this has run."""

from datetime import datetime

from django.db import transaction

from programs.rewards.stamps.models import StampSheet
from programs.rewards.stamps.sheets import Status, close

BATCH = 500


def close_expired_sheets(*, at: datetime, limit: int = 10_000, actor: str = "job:programs.close_stamp_sheets") -> int:
    """Closes the sheets that were not full in time, those that ended first; says how many, at most `limit`. One that
    somebody is stamping at the moment is passed over. Repeating it changes nothing."""
    closed = 0
    while closed < limit:
        with transaction.atomic():
            over = StampSheet.objects.filter(status=Status.OPEN, expires_at__lte=at).order_by("expires_at", "id")
            over = over.select_for_update(skip_locked=True, no_key=True, of=("self",))
            found = list(over.select_related("card__program")[: min(BATCH, limit - closed)])
            for sheet in found:
                close(sheet.card, sheet, actor=actor)
        closed += len(found)
        if len(found) < BATCH:
            break
    return closed
