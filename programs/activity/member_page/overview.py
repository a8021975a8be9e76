"""What a member has in the programs that somebody may see: points, tier and how far the next one is. Nothing is written
here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.selectors import BalanceView, balances
from loyalty import clock
from programs.membership.models import Membership, Tier
from programs.membership.selectors import qualifying_points
from programs.membership.tiers import next_tier, tier_for

MONTHS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A membership with its points. `counted` points count for the tier, `missing` more make the next one."""

    membership: Membership
    balance: BalanceView
    tier: Tier | None
    next_tier: Tier | None
    counted: int
    per_cent: int

    @property
    def missing(self) -> int:
        return self.next_tier.points_min - self.counted if self.next_tier else 0

    @property
    def expiring(self) -> dict | None:
        """The points that expire first, and when."""
        first = self.balance.expiring[0] if self.balance.expiring else None
        return first and {"points": first["points"], "at": datetime.fromisoformat(str(first["expires_at"]))}

    @property
    def months(self) -> list[date]:
        """The first days of this month and some before it, by the program's calendar."""
        today = clock.now().astimezone(ZoneInfo(self.membership.program.timezone))
        months = [today.year * 12 + today.month - 1 - back for back in range(MONTHS_SHOWN)]
        return [date(month // 12, month % 12 + 1, 1) for month in months]


def parts_of(memberships: Sequence[Membership]) -> list[Part]:
    """The memberships with their points, in three queries for any number of them."""
    if not memberships:
        return []
    accounts = [membership.account_id for membership in memberships]
    held, counted = balances(accounts), qualifying_points(accounts)
    tiers: dict[UUID, list[Tier]] = {membership.program_id: [] for membership in memberships}
    for tier in Tier.objects.filter(program__in=tiers):
        tiers[tier.program_id].append(tier)
    return [_part(m, held[m.account_id], counted[m.account_id], tiers[m.program_id]) for m in memberships]


def _part(membership: Membership, balance: BalanceView, counted: int, tiers: list[Tier]) -> Part:
    now, after = tier_for(counted, tiers), next_tier(counted, tiers)
    floor = now.points_min if now else 0
    span = after.points_min - floor if after else 0
    per_cent = min(max((counted - floor) * 100 // span, 0), 100) if span else 100
    return Part(membership, balance, now, after, counted, per_cent)
