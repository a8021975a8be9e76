"""Events that came before what they need: by what they are woken, and when they are tried in any case."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from loyalty.sealed.fields import normalized
from loyalty.sealed.ring import ring
from programs.activity.inbound.models import InboundEvent

PURPOSE = "inbound"
STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 1, 5, 30, 120, 480, 1440))
"""How long after each try the next one comes; the last step goes on until it has waited too long."""
LONGEST = timedelta(days=3)


def for_member(brand_id: UUID, names: Iterable[str]) -> list[str]:
    """What is waited for where a member of one of these names (id, number, e-mail, phone, card) is missing, hashed."""
    return [f"member:{_hash(brand_id, name)}" for name in sorted(set(names))]


def for_purchase(brand_id: UUID, reference: str) -> list[str]:
    """What is waited for where the purchase of this reference is missing, hashed: some have addresses in them."""
    return [f"purchase:{_hash(brand_id, reference)}"]


def next_try(tries: int, *, received_at: datetime, now: datetime) -> datetime | None:
    """When it is tried again after so many tries; None: not any more."""
    return now + STEPS[min(tries, len(STEPS)) - 1] if now - received_at < LONGEST else None


def who_waits(brand_id: UUID, brought: Collection[str]) -> list[UUID]:
    """The events that wait for one of these, the oldest first. One query."""
    if not brought:
        return []
    waiting = InboundEvent.objects.filter(brand=brand_id, status=InboundEvent.Status.WAITING, waits_for__in=brought)
    return list(waiting.order_by("id").values_list("id", flat=True))


def _hash(brand_id: UUID, name: str) -> str:
    return ring().blind_index(PURPOSE, normalized(name), scope=brand_id)
