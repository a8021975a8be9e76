"""The one way in which a single voucher comes to be; many at once are the issuing room's."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from loyalty import clock
from loyalty.events import log
from loyalty.identity.models import Member
from loyalty.ids import uuid7
from programs.membership.models import Program
from programs.rewards.models import Reward, Voucher, VoucherBatch
from programs.rewards.vouchers import codes
from programs.rewards.vouchers.errors import AlreadyGiven, CodeTaken
from programs.rewards.vouchers.terms import terms_of

CODE_TAKEN = "voucher_code_is_unique_in_the_brand"
ALREADY_GIVEN = "voucher_is_given_once_for_an_occasion"
TRIES = 5

Kind, Status = Voucher.Kind, Voucher.Status


def issue_voucher(
    *,
    program: Program,
    actor: str,
    kind: str,
    reward: Reward | None = None,
    member: Member | None = None,
    terms: dict | None = None,
    code: str = "",
    status: str = Status.ISSUED,
    uses_max: int | None = 1,
    member_uses_max: int | None = None,
    value_minor: int | None = None,
    points: int = 0,
    posting_id: UUID | None = None,
    occasion: str = "",
    starts_at: datetime | None = None,
    expires_at: datetime | None = None,
    external_code: str = "",
    batch: VoucherBatch | None = None,
    at: datetime | None = None,
) -> Voucher:
    """Writes one voucher and its event (voucher.issued, or voucher.claimed where it is a member's claim) in the
    caller's transaction. Without `code` it gets one by chance; without `terms` those of the reward. A gift holds
    `value_minor` (the terms' value) and is used until that is gone, however often. `status` redeemed is for what is
    used by being claimed, a donation. Points are whole, money is in the currency's smallest unit. Repeating it issues
    another one, but for an `occasion`. Refusals: CodeTaken (a chosen code), AlreadyGiven."""
    assert connection.in_atomic_block, "a voucher belongs to the transaction of what it is given for"
    moment = at or clock.now()
    terms = terms if terms is not None else terms_of(reward) if reward else {}
    if kind == Kind.GIFT:
        value_minor, uses_max = value_minor or terms.get("value_minor"), None
    else:
        value_minor = None
    is_used = status == Status.REDEEMED
    voucher = Voucher(
        brand_id=program.brand_id, program=program, reward=reward, member=member, batch=batch, kind=kind,
        code=codes.read_code(code), external_code=external_code, status=status, terms=terms,
        uses=(uses_max or 1) if is_used else 0, uses_max=uses_max, member_uses_max=member_uses_max,
        value_minor=value_minor, balance_minor=value_minor, points=points, posting_id=posting_id, occasion=occasion,
        starts_at=starts_at, expires_at=expires_at, issued_at=moment, created_by=actor,
        claimed_at=None if status == Status.ISSUED else moment, redeemed_at=moment if is_used else None,
    )  # fmt: skip
    _write(voucher)
    _tell("voucher.issued" if status == Status.ISSUED else "voucher.claimed", voucher, actor, moment)
    if is_used:
        _tell("voucher.redeemed", voucher, actor, moment)
    return voucher


def _write(voucher: Voucher) -> None:
    """Puts the voucher in the database; a code by chance that there is already is thrown again."""
    is_chosen = bool(voucher.code)
    for turn in range(TRIES):
        if not is_chosen:
            voucher.pk, voucher.code = uuid7(), codes.new_code()
        try:
            with transaction.atomic():
                voucher.save(force_insert=True)
            return
        except IntegrityError as error:
            constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
            if constraint == ALREADY_GIVEN:
                raise AlreadyGiven() from None
            if constraint != CODE_TAKEN or (not is_chosen and turn == TRIES - 1):
                raise
            if is_chosen:
                raise CodeTaken(pointer="/code") from None
    raise AssertionError("the last turn returns or raises")


def _tell(type: str, voucher: Voucher, actor: str, at: datetime) -> None:
    """An event never holds the code: who reads events must not be able to use it."""
    reward_code = voucher.terms.get("reward_code", "")
    log.record(
        type,
        brand_id=voucher.brand_id,
        aggregate_id=voucher.pk,
        member_id=voucher.member_id,
        program_id=voucher.program_id,
        data={
            "actor": actor,
            "kind": voucher.kind,
            "reward_id": str(voucher.reward_id) if voucher.reward_id else None,
            "reward": reward_code,
            "points": voucher.points,
            "expires_at": voucher.expires_at.isoformat() if voucher.expires_at else None,
        },
        occurred_at=at,
    )
