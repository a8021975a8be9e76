"""Events of tiers as lines of a member's page: which way it went, to what, and why."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils import formats, timezone

from loyalty.events.models import Event
from programs.membership.models import Tier, TierChange


class TiersInWords:
    """Knows the tiers of some programs, in one query; none for none."""

    def __init__(self, program_ids: Collection[UUID]):
        found = Tier.objects.filter(program__in=program_ids) if program_ids else ()
        self.tiers = {(tier.program_id, tier.code): tier for tier in found}

    def tell(self, moment, event: Event) -> None:
        """Puts the event into the moment's title and details."""
        data = event.data
        if event.type == "tier.changed":
            moment.title, moment.icon = self._change(event)
            reason = data.get("reason", "")
            known = dict(TierChange.Reason.choices)
            moment.details = [text for text in (str(known.get(reason, reason)), data.get("note", "")) if text]
            return
        named = self._name(event, data["tier"]) if data.get("tier") else ""
        until = data.get("until") or data.get("ends_at")
        told = f"until {_day(until)}" if until else ""
        moment.details = [text for text in (named, told, data.get("reason", "")) if text]

    def _change(self, event: Event) -> tuple[str, str]:
        if "after" not in event.data:
            # The words of old events have been taken out.
            return "Tier changed", "swap_vert"
        before, after = event.data.get("before"), event.data["after"]
        if not after:
            return f"Fell below {self._name(event, before)}", "trending_down"
        is_rise = self._from(event, after) > self._from(event, before)
        verb, icon = ("Rose", "trending_up") if is_rise else ("Fell", "trending_down")
        return f"{verb} to {self._name(event, after)}", icon

    def _name(self, event: Event, code: str | None) -> str:
        tier = self.tiers.get((event.program_id, code))
        return tier.name if tier else code or ""

    def _from(self, event: Event, code: str | None) -> int:
        tier = self.tiers.get((event.program_id, code))
        return tier.points_min if tier else -1


def _day(text: str) -> str:
    return formats.date_format(timezone.localtime(datetime.fromisoformat(text)), "SHORT_DATE_FORMAT")
