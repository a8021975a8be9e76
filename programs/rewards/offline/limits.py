"""How far a till without a line is trusted: what holds an item for review. Pure."""

from datetime import datetime, timedelta

# An item that comes later than this after it was scanned waits for review.
AGE_MAX = timedelta(hours=72)
# How far a till's clock may be ahead of ours.
AHEAD_MAX = timedelta(minutes=2)
# How far a till's clock may be set back between two items.
BACK_MAX = timedelta(seconds=5)
# In this time a till redeems no more than its `offline_max` without a line, a member no more than OFFLINE_MEMBER_MAX.
DAY = timedelta(hours=24)
AHEAD, OLD, BACK = WRONG_TIMES = ("in-the-future", "too-old", "back-dated")


def is_ahead(scanned_at: datetime, *, received_at: datetime) -> bool:
    return scanned_at > received_at + AHEAD_MAX


def wrong_time(scanned_at: datetime, *, received_at: datetime, last_scanned_at: datetime | None) -> tuple[str, str]:
    """The code and the words of why the till's time is not believed; empty where it is."""
    if is_ahead(scanned_at, received_at=received_at):
        return AHEAD, "By the till's clock it was scanned later than it came."
    if scanned_at < received_at - AGE_MAX:
        return OLD, f"It came more than {int(AGE_MAX.total_seconds()) // 3600} hours after it was scanned."
    if last_scanned_at and scanned_at < last_scanned_at - BACK_MAX:
        return BACK, "By the till's clock it was scanned before the item in front of it."
    return "", ""
