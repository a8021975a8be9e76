"""What a member has in the programs that somebody may see: points, tier and how far the next one is. Nothing is written
here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.selectors import BalanceView, balances
from loyalty import clock
from programs.activity.member_page.friends import Friends, friends_of
from programs.membership.models import Membership, Tier
from programs.membership.selectors import Standing, standings_of
from programs.membership.tiers import next_tier

MONTHS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A membership with its points. `counted` is what counts for the tier (points, whole money or
    purchases), `missing` more make the next one; `is_given`: somebody gave the tier."""

    membership: Membership
    balance: BalanceView
    tier: Tier | None
    next_tier: Tier | None
    counted: int
    per_cent: int
    friends: Friends
    is_given: bool = False

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
    """A member's memberships with their points, in a few queries for any number of them."""
    if not memberships:
        return []
    held = balances([membership.account_id for membership in memberships])
    standings = standings_of(memberships)
    tiers: dict[UUID, list[Tier]] = {membership.program_id: [] for membership in memberships}
    for tier in Tier.objects.filter(program__in=tiers):
        tiers[tier.program_id].append(tier)
    friends = friends_of(memberships[0].member_id, tiers)
    return [
        _part(m, held[m.account_id], standings[m.id], tiers[m.program_id], friends.get(m.program_id, Friends()))
        for m in memberships
    ]


def _part(
    membership: Membership, balance: BalanceView, standing: Standing, tiers: list[Tier], friends: Friends
) -> Part:
    """The next tier is the one above what the member has, also where that was given or is kept."""
    now = next((tier for tier in tiers if tier.id == standing.tier_id), None)
    floor = now.points_min if now else 0
    after = next_tier(max(standing.counted, floor), tiers)
    span = after.points_min - floor if after else 0
    per_cent = min(max((standing.counted - floor) * 100 // span, 0), 100) if span else 100
    return Part(membership, balance, now, after, standing.counted, per_cent, friends, standing.is_given)
