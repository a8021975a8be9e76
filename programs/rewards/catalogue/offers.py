"""What a member may claim now, and what stands against the rest: some questions, however many rewards there are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.errors import InsufficientPoints
from ledger.selectors import balances
from loyalty import clock
from loyalty.errors import LoyaltyError, NotFound
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from programs.activity.places import Names, Place, find_places, refusal_at
from programs.membership.models import Program
from programs.rewards.catalogue.eligibility import refusal_to_claim, shelf_of, with_member
from programs.rewards.catalogue.selectors import visible_rewards
from programs.rewards.catalogue.standing import Standing, standings
from programs.rewards.models import Reward

REWARDS_MAX = 2_000
"""So many rewards are looked at at once, those that stand first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward as a member has it before them; `refusal` is what stands against a claim, `points_missing` how many more
    it needs (0: enough)."""

    reward: Reward
    refusal: LoyaltyError | None = None
    points_missing: int = 0

    @property
    def reason(self) -> str | None:
        """The code of what stands against it."""
        return self.refusal.code if self.refusal else None


def available(
    principal: Principal, member: Member, program: Program | None = None, *, all: bool = False
) -> list[Offer]:
    """The active rewards that the member may claim now, of the programs that the principal may see or of one of them,
    in the order of the catalogue; with `all` also the others, with what stands against them. Of a member who does not
    take part only what is open to all is told. Eight questions at most, however many rewards there are."""
    at = clock.now()
    rewards = _asked(visible_rewards(principal), member.pk, program, at, all=all)
    places = _places(principal, rewards, member.pk)
    stands = standings(list(places.values()), rewards, at=at)
    accounts = {place.account_id for place in places.values() if place.account_id is not None}
    points = {account: view.available for account, view in balances(accounts).items()} if accounts else {}
    offers = []
    for reward in rewards:
        if place := places.get(reward.program_id):
            offer = _offer(reward, place, stands.get(reward.program_id, Standing()), points, at)
            offers += [offer] if all or offer.refusal is None else []
    return offers


def _asked(
    rewards: QuerySet[Reward], member_id: UUID, program: Program | None, at: datetime, *, all: bool
) -> list[Reward]:
    rewards = rewards.filter(status=Reward.Status.ACTIVE)
    if program:
        rewards = rewards.filter(program=program)
    if not all:
        is_on = (Q(starts_at=None) | Q(starts_at__lte=at)) & (Q(ends_at=None) | Q(ends_at__gt=at))
        rewards = rewards.filter(is_on, program__status=Program.Status.ACTIVE)
    return list(with_member(rewards, member_id, at=at).order_by("position", "-id")[:REWARDS_MAX])


def _places(principal: Principal, rewards: list[Reward], member_id: UUID) -> dict[UUID, Place]:
    """Where the member stands in each program that the principal may see them in, and that they could take part in."""
    programs = list(dict.fromkeys(reward.program_id for reward in rewards))
    found = find_places(principal, [Names(str(program), str(member_id)) for program in programs])
    places = {one.program.id: one for one in found if not isinstance(one, NotFound)}
    return {key: one for key, one in places.items() if one.account_id is not None or one.program.is_community}


def _offer(reward: Reward, place: Place, standing: Standing, points: dict[int, int], at: datetime) -> Offer:
    refusal = refusal_at(place) or refusal_to_claim(reward, standing, shelf_of(reward), at=at)
    missing = max(0, reward.points_cost - points.get(place.account_id, 0))
    if refusal is None and missing:
        facts = {"available": reward.points_cost - missing, "requested": reward.points_cost}
        refusal = InsufficientPoints(f"{missing:,} more points are needed.", **facts)
    return Offer(reward, refusal, missing)
