"""Events that come by a broker: taken in as though the source had sent them here, which is entered for it."""

from collections.abc import Mapping
from uuid import UUID

from loyalty.delivery.brokers.errors import SenderClosed
from loyalty.delivery.brokers.taking import register_taker
from programs.activity.inbound.adapters import adapter_of
from programs.activity.inbound.intake import take_in_all
from programs.activity.inbound.models import EventSource


def take(source_id: UUID, headers: Mapping[str, str], body: bytes) -> str:
    """Takes in the events of a message of that source; answers what came of it: an event's status, or "told" for
    several. Who can write to the broker's topic is trusted, so nothing is signed. Repeating it changes nothing.
    Refusals, in order of precedence: SenderClosed, those of a body that cannot be read, EventIdReused."""
    source = _source(source_id)
    told = adapter_of(source).told(source, {name.lower(): value for name, value in headers.items()}, body)
    taken = take_in_all(source.brand_id, told, sender=source)
    return str(taken[0].event.status) if len(taken) == 1 else "told"


def check(source_id: UUID) -> None:
    """Refusals: SenderClosed (there is no such source, or it is switched off)."""
    _source(source_id)


def _source(source_id: UUID) -> EventSource:
    source = EventSource.objects.filter(pk=source_id, is_active=True).first()
    if source is None:
        raise SenderClosed("There is no such source, or it is switched off.")
    return source


register_taker(take, check=check)
