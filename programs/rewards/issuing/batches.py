"""Codes in bulk: a batch says what its vouchers are and how many there are to be, and is filled chunk by chunk. What is
made and that it is made are written in one transaction, so that a batch never has more nor fewer than it says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.http.idempotency import KeyReused
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program
from programs.rewards.issuing.copying import copy_vouchers
from programs.rewards.issuing.errors import BatchDisabled, RewardNotIssuable
from programs.rewards.models import Reward, Voucher, VoucherBatch
from programs.rewards.vouchers.terms import expiry_of, terms_of

CHUNK = 10_000
COUNT_MAX = 1_000_000
NOT_ISSUABLE = {
    Reward.Kind.EXTERNAL_CODE: "Codes of somebody else are handed out as they come; they are not made here.",
    Reward.Kind.DONATION: "A donation is used up by being claimed.",
}
Kind = Voucher.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """So many codes of a kind. Without `expires_at` they end as the reward says; without `terms` they are worth what
    the reward is. `uses_max` None: each of them can be used without end. `key` names the batch in its program."""

    count: int
    name: str = ""
    reward: Reward | None = None
    kind: str = Kind.UNIQUE
    terms: dict | None = None
    uses_max: int | None = 1
    member_uses_max: int | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    key: str = ""


@transaction.atomic
def make_batch(program: Program, request: BatchRequest, *, actor: str) -> VoucherBatch:
    """Writes down a batch without any codes yet, and what its vouchers are worth as the reward is now. They take
    nothing of the reward's stock, which is for claims. Repeating it with the same key answers the first batch.
    Refusals, in order of precedence: KeyReused (another batch of this key), ProgramArchived, RewardNotIssuable, Invalid
    (its end, a gift that holds nothing)."""
    reward = request.reward
    if request.key and (known := VoucherBatch.objects.filter(program=program, key=request.key).first()):
        return _same(known, request)
    if program.status == Program.Status.ARCHIVED:
        raise ProgramArchived()
    if reward is not None and (why := reason_not_to_issue(reward)):
        raise RewardNotIssuable(why)
    is_gift = reward is not None and reward.kind == Reward.Kind.GIFT_CARD
    _refuse_mistakes(request, is_gift=is_gift)
    ends = request.expires_at or (expiry_of(reward, clock.now()) if reward else None)
    values = {
        "reward": reward,
        "name": request.name,
        "count": request.count,
        "kind": Kind.GIFT if is_gift else request.kind,
        "terms": request.terms if request.terms is not None else terms_of(reward) if reward else {},
        "uses_max": None if is_gift or request.kind == Kind.GIFT else request.uses_max,
        "member_uses_max": request.member_uses_max,
        "starts_at": request.starts_at,
        "expires_at": ends,
        "created_by": actor,
    }
    if not request.key:
        return VoucherBatch.objects.create(program=program, **values)
    made, is_new = VoucherBatch.objects.get_or_create(program=program, key=request.key, defaults=values)
    return made if is_new else _same(made, request)


def _refuse_mistakes(request: BatchRequest, *, is_gift: bool) -> None:
    errors = []
    if request.kind == Kind.GIFT and request.reward is not None and not is_gift:
        errors.append(("/kind", "not-a-gift-card", "A gift is of a reward that is a gift card."))
    if request.kind == Kind.GIFT and request.reward is None and not (request.terms or {}).get("value_minor"):
        errors.append(("/value", "required", "Say what each gift card holds."))
    now = clock.now()
    if request.expires_at and request.expires_at <= max(now, request.starts_at or now):
        errors.append(("/expires_at", "out-of-range", "They end in the future, and after they begin."))
    if errors:
        raise Invalid([{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in errors])


def _same(known: VoucherBatch, request: BatchRequest) -> VoucherBatch:
    """The batch of this key, if it is the one that is asked for."""
    reward_id = request.reward and request.reward.pk
    if (known.count, known.reward_id, known.name) != (request.count, reward_id, request.name):
        raise KeyReused("There is another batch by this key.", batch_id=str(known.pk))
    return known


def reason_not_to_issue(reward: Reward) -> str:
    """Why no codes are made for the reward; "" where they are."""
    if reward.status == Reward.Status.ARCHIVED:
        return "The reward has been archived."
    return NOT_ISSUABLE.get(reward.kind, "")


def fill_chunk(batch_id: UUID, *, most: int = CHUNK) -> VoucherBatch:
    """Makes the next codes of a batch, as many as `most` and no more than it lacks, in the caller's transaction, with
    one event for all of them. The batch stays locked until that ends: two who fill it share the work. On a full one
    it changes nothing. Refusals: BatchDisabled."""
    assert connection.in_atomic_block, "codes belong to the transaction that counts them"
    batch = VoucherBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)
    missing = min(most, batch.count - batch.made)
    if not missing:
        return batch
    if batch.disabled_at:
        raise BatchDisabled()
    now = clock.now()
    copy_vouchers(batch, missing, at=now)
    batch.made += missing
    batch.save(update_fields=["made"])
    log.record(
        "vouchers.issued",
        brand_id=batch.program.brand_id,
        aggregate_id=batch.pk,
        program_id=batch.program_id,
        data={
            "actor": batch.created_by, "kind": batch.kind, "reward_id": batch.reward_id and str(batch.reward_id),
            "issued": missing, "made": batch.made, "count": batch.count,
        },
        occurred_at=now,
    )  # fmt: skip
    return batch


def fill_batch(
    batch: VoucherBatch, *, most: int = CHUNK, progress: Callable[[int], None] = lambda made: None
) -> VoucherBatch:
    """Makes all codes that a batch lacks, each chunk a transaction of its own; `progress` hears how many there are.
    Ended anywhere and done again, by two at once too, there are in the end as many as it says. Refusals:
    BatchDisabled."""
    while batch.made < batch.count:
        with transaction.atomic():
            batch = fill_chunk(batch.pk, most=most)
        progress(batch.made)
    return batch
