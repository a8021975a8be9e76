"""One of a reward's stock set aside for a member for a while, say while they pay: it is nobody else's meanwhile, and
goes back by itself."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.events import log
from loyalty.identity.principals import Principal
from programs.activity.places import Names, is_visible, refusal_of
from programs.activity.points import find_place
from programs.rewards.catalogue.eligibility import refusal_to_claim, shelf_of, with_member
from programs.rewards.catalogue.errors import StockHoldOver
from programs.rewards.catalogue.selectors import find_offer, shown
from programs.rewards.catalogue.standing import Standing, standings
from programs.rewards.models import Reward, StockHold

PERMISSION = "offers.claim"
HOLD_SECONDS = 15 * 60
HOLD_SECONDS_MAX = 60 * 60

Status = StockHold.Status


@transaction.atomic
def hold_stock(
    principal: Principal, reward_ref: str | UUID, *, member: str = "me", ttl_seconds: int = HOLD_SECONDS
) -> StockHold:
    """Sets one of the reward aside for the member for `ttl_seconds`; a claim then finds it. A member has one such hold
    of a reward: repeating it moves its end. Points are not set aside.
    Refusals: as for `claim_reward`, without what is about keys and points."""
    at = clock.now()
    found = find_offer(principal, reward_ref)
    place = find_place(principal, Names(str(found.program_id), member))
    if refusal := refusal_of(principal, place, PERMISSION):
        raise refusal
    # What is set aside is counted once nobody else can set anything aside.
    Reward.objects.select_for_update(no_key=True).filter(pk=found.pk).values("pk").first()
    reward = with_member(shown(), place.member_id, at=at).get(pk=found.pk)
    standing = standings([place], [reward], at=at).get(reward.program_id, Standing())
    if refusal := refusal_to_claim(reward, standing, shelf_of(reward), at=at):
        raise refusal
    ends = at + timedelta(seconds=ttl_seconds)
    own = StockHold.objects.filter(reward=reward.pk, member=place.member_id, status=Status.OPEN, expires_at__gt=at)
    held = own.select_related("reward__program").first()
    if held:
        held.expires_at = ends
        held.save(update_fields=["expires_at"])
        return held
    held = StockHold.objects.create(reward=reward, member_id=place.member_id, expires_at=ends, created_at=at)
    _record("reward.held", held, principal.actor)
    return held


@transaction.atomic
def release_stock(principal: Principal, hold_id: UUID | None) -> StockHold:
    """Gives back what was set aside, before its time. Repeating it, or doing it when the time is over, changes nothing.
    Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing, StockHoldOver (it was claimed)."""
    holds = StockHold.objects.select_related("reward__program").filter(pk=hold_id)
    held = holds.select_for_update(of=("self",), no_key=True).first()
    if held is None or not is_visible(principal, held.reward.program.brand_id, held.member_id):
        raise NotFound("There is no such hold, or it is not yours to see.")
    principal.require(PERMISSION, held.reward.program.brand_id, member_id=held.member_id)
    if held.status == Status.USED:
        raise StockHoldOver("It has been claimed.")
    if held.status == Status.OPEN:
        held.status = Status.RELEASED
        held.save(update_fields=["status"])
        _record("reward.released", held, principal.actor)
    return held


def _record(type_: str, held: StockHold, actor: str) -> None:
    reward = held.reward
    log.record(
        type_,
        brand_id=reward.program.brand_id,
        aggregate_id=held.pk,
        member_id=held.member_id,
        program_id=reward.program_id,
        data={"actor": actor, "reward": reward.code, "reward_id": str(reward.pk)},
    )
