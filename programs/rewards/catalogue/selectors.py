"""Questions about the catalogue: which rewards somebody sees, and what is shown of them."""

from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.membership.models import Membership, Program
from programs.rewards.catalogue.errors import AmbiguousReward
from programs.rewards.models import PoolCode, Reward

MISSING = "There is no such reward, or it is not yours to see."


def shown() -> QuerySet[Reward]:
    """Rewards with all that an answer tells of them: the program, of the picture all but the picture itself, and
    whether the pool has a code left."""
    free = PoolCode.objects.filter(reward=OuterRef("pk"), voucher=None)
    return Reward.objects.select_related("program").annotate(
        picture_digest=F("picture__digest"),
        picture_width=F("picture__width"),
        picture_height=F("picture__height"),
        has_pool_code=Exists(free),
    )


def visible_rewards(principal: Principal, rewards: QuerySet[Reward] | None = None) -> QuerySet[Reward]:
    """The rewards that the principal may see: an operator all, those who work for a brand (and its keys) the brand's, a
    member the active ones of programs they take part in and of those open to all."""
    rewards = shown() if rewards is None else rewards
    if principal.is_operator:
        return rewards
    visible = Q(program__brand_id__in=principal.brand_ids)
    if principal.member_id:
        visible |= Q(status=Reward.Status.ACTIVE) & _of_member(principal.member_id)
    return rewards.filter(visible)


def find_reward(principal: Principal, ref: str | UUID, permission: str = "rewards.view") -> Reward:
    """The visible reward named by its id, or by its code where only one program has it, for whoever may do that.
    Refusals: NotFound, AmbiguousReward, Forbidden, ScopeMissing."""
    reward = named(visible_rewards(principal), ref)
    principal.require(permission, reward.program.brand_id, member_id=principal.member_id)
    return reward


def find_offer(principal: Principal, ref: str | UUID) -> Reward:
    """The reward that is asked for, also one that a member could see once; nobody but the brand's own people knows of a
    draft. Refusals: NotFound, AmbiguousReward."""
    rewards = shown()
    if not principal.is_operator:
        visible = Q(program__brand_id__in=principal.brand_ids)
        if principal.member_id:
            visible |= ~Q(status=Reward.Status.DRAFT) & _of_member(principal.member_id)
        rewards = rewards.filter(visible)
    return named(rewards, ref)


def named(rewards: QuerySet[Reward], ref: str | UUID) -> Reward:
    """That one of the rewards. Refusals: NotFound, AmbiguousReward."""
    uuid = as_uuid(ref)
    found = list(rewards.filter(Q(pk=uuid) if uuid else Q(code=str(ref).replace("\0", "")))[:2])
    if not found:
        raise NotFound(MISSING)
    if len(found) > 1:
        raise AmbiguousReward()
    return found[0]


def pool_counts(reward: Reward) -> dict[str, int]:
    """How many codes of somebody else were added, and how many of them are left."""
    codes = PoolCode.objects.filter(reward=reward)
    return {"added": codes.count(), "left": codes.filter(voucher=None).count()}


def _of_member(member_id: UUID) -> Q:
    """Of programs in which the member takes part, or that are open to all."""
    part = Membership.objects.filter(program_id=OuterRef("program_id"), member_id=member_id)
    is_joined = Exists(part.exclude(status=Membership.Status.CLOSED))
    return Q(program__is_community=True, program__status=Program.Status.ACTIVE) | Q(is_joined)
