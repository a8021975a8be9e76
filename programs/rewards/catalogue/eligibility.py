"""Whether a member may claim a reward, and what stands against it: one order of asking, for the list of offers and for
a claim. Pure, but for `with_member`, which says how the question to the database is put."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from loyalty.errors import LoyaltyError
from programs.rewards.catalogue.errors import MemberLimit, NotInSegment, OfferNotOpen, OutOfStock, TierTooLow
from programs.rewards.catalogue.standing import Standing
from programs.rewards.models import PoolCode, Reward, RewardTaken, StockHold


@dataclass(frozen=True, slots=True)
class Shelf:
    """How much of a reward there is for a member: what they claimed, what of it is set aside for them and for others,
    and how many there are (None: no end of them)."""

    taken: int
    is_held: bool
    held_by_others: int
    left: int | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left for them."""
        return self.left is not None and self.left <= self.held_by_others


def with_member(rewards: QuerySet[Reward], member_id: UUID, *, at: datetime) -> QuerySet[Reward]:
    """The rewards with what `shelf_of` needs to know about the member at `at`, in the same question."""
    of_reward = {"reward": OuterRef("pk")}
    open_holds = StockHold.objects.filter(**of_reward, status=StockHold.Status.OPEN, expires_at__gt=at)
    own = open_holds.filter(member_id=member_id)
    taken = RewardTaken.objects.filter(**of_reward, member_id=member_id).values("count")
    free = PoolCode.objects.filter(**of_reward, voucher=None)
    return rewards.annotate(
        taken=Coalesce(Subquery(taken), Value(0)),
        held_by_others=_counted(open_holds.exclude(member_id=member_id)),
        held_by_member=_counted(own),
        pool_left=_counted(free),
    )


def shelf_of(reward: Reward) -> Shelf:
    """What `with_member` found."""
    is_pool = reward.kind == Reward.Kind.EXTERNAL_CODE
    return Shelf(
        taken=reward.taken,
        is_held=reward.held_by_member > 0,
        held_by_others=reward.held_by_others,
        left=reward.pool_left if is_pool else reward.stock_left,
    )


def refusal_to_claim(reward: Reward, standing: Standing, shelf: Shelf, *, at: datetime) -> LoyaltyError | None:
    """What stands against a claim at `at`, but for the points. In order of precedence: OfferNotOpen (status, window),
    TierTooLow, NotInSegment, MemberLimit, OutOfStock."""
    if refusal := _not_open(reward, at):
        return refusal
    if reward.tiers and standing.tier not in reward.tiers:
        return TierTooLow(f"It is for {_listed(reward.tiers)}.", tiers=list(reward.tiers), tier=standing.tier or None)
    if reward.segments and standing.segments.isdisjoint(reward.segments):
        return NotInSegment()
    if reward.member_max is not None and shelf.taken >= reward.member_max:
        return MemberLimit(f"One member can claim it {reward.member_max} times.", member_max=reward.member_max)
    return OutOfStock() if shelf.is_empty else None


def _not_open(reward: Reward, at: datetime) -> OfferNotOpen | None:
    if reward.status != Reward.Status.ACTIVE:
        return OfferNotOpen(f"It is {Reward.Status(reward.status).label.lower()}.", reward_status=reward.status)
    if reward.starts_at and at < reward.starts_at:
        return OfferNotOpen("It cannot be claimed yet.", starts_at=_written(reward.starts_at))
    if reward.ends_at and at >= reward.ends_at:
        return OfferNotOpen("Its time is over.", ends_at=_written(reward.ends_at))
    return None


def _counted(rows: QuerySet):
    """How many rows there are of each reward, as a part of another question."""
    counted = rows.order_by().values("reward").annotate(many=Count("pk")).values("many")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
