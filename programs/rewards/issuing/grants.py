"""What rules give that is no points. The statements that write purchases and events leave it in an outbox; here it is
handed out, each grant in a transaction of its own, and taken back when all of what earned it came back."""

import logging
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.text import Truncator

from loyalty import clock, sql
from loyalty.errors import LoyaltyError, NotFound
from loyalty.events import log as event_log
from programs.membership.errors import MembershipClosed
from programs.membership.selectors import takes_part
from programs.rewards.catalogue.giving import give_reward
from programs.rewards.issuing.errors import RewardNotIssuable
from programs.rewards.issuing.models import Grant
from programs.rewards.models import Reward, Voucher
from programs.rewards.stamps.models import Stamp, StampCard
from programs.rewards.stamps.operations import add_stamps, undo_stamps
from programs.rewards.vouchers.disabling import disable
from programs.rewards.vouchers.errors import VoucherInUse

log = logging.getLogger(__name__)

CHUNK = 500
ACTOR = "system:grants"
CAME_BACK = "purchase came back"
DUE = "select id from programs_grant where asked > done and id > %s order by id limit %s"
# A purchase has come back wholly when its transaction was reversed, or when all of it was returned; an event when its
# transaction was reversed.
STATE = """
select exists (
  select from ledger_posting p join ledger_posting r on r.reverses_id = p.id and r.kind = 'reverse'
  where p.public_id = %(id)s
) or exists (
  select from programs_purchase u join programs_return r on r.purchase_id = u.id
  where u.id = %(id)s and u.refunded_minor >= u.amount_minor
) as is_back
"""
Kind, Outcome = Grant.Kind, Grant.Outcome


@dataclass(slots=True)
class HandedOut:
    """How many grants were given, refused, taken back, and looked at without anything to do."""

    given: int = 0
    refused: int = 0
    taken_back: int = 0
    unchanged: int = 0

    @property
    def total(self) -> int:
        return self.given + self.refused + self.taken_back + self.unchanged


def hand_out_grants(*, limit: int | None = None) -> HandedOut:
    """Hands out what rules gave, and takes back what of it nobody has used where all that earned it came back, `limit`
    grants at most. Ended anywhere and done again, by two at once too, each is given once and taken back once. One that
    fails for want of something else than a rule is left to the next time, and keeps nobody from theirs."""
    done, last = HandedOut(), 0
    while limit is None or done.total < limit:
        due = [row["id"] for row in sql.rows(DUE, [last, CHUNK if limit is None else min(CHUNK, limit - done.total)])]
        if not due:
            break
        for grant_id in due:
            try:
                name = _settle(grant_id)
            except Exception:  # Whatever it is, others behind it wait for theirs.
                log.exception("grant %s failed", grant_id)
                continue
            if name:
                setattr(done, name, getattr(done, name) + 1)
        last = due[-1]
    return done


@transaction.atomic
def _settle(grant_id: int) -> str:
    """Does what there is to do for one grant; says what came of it, or "" where somebody else is doing it."""
    locked = Grant.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=grant_id)
    grant = locked.select_related("program", "member", "voucher").first()
    if grant is None or grant.asked <= grant.done:
        return ""
    # Read after the lock was got: who returns goods raises what is asked in the transaction that says so.
    is_back = sql.rows(STATE, {"id": grant.source_id})[0]["is_back"]
    before = grant.outcome
    if grant.kind == Kind.BADGE:
        # Whatever comes back, it stays.
        is_back = False
    if not before:
        grant.outcome = Outcome.TAKEN_BACK if is_back else _given(grant)
        grant.reason = CAME_BACK if is_back else grant.reason
    elif before == Outcome.GIVEN and is_back:
        _take_back(grant)
    grant.done = grant.asked
    grant.save(update_fields=["done", "outcome", "reason", "voucher"])
    return grant.outcome if grant.outcome != before else "unchanged"


def _given(grant: Grant) -> str:
    """Gives it, or tells why not."""
    try:
        with transaction.atomic():
            if not takes_part(grant.program, grant.member_id):
                raise MembershipClosed()
            if grant.kind == Kind.REWARD:
                grant.voucher = _give_reward(grant)
            elif grant.kind == Kind.STAMPS:
                _add_stamps(grant)
            else:
                _tell("badge.awarded", grant)
    except LoyaltyError as refusal:
        grant.reason = Truncator(f"{refusal.code}: {refusal.detail}").chars(200)
        _tell("grant.refused", grant, code=refusal.code, reason=refusal.detail)
        return Outcome.REFUSED
    return Outcome.GIVEN


def _give_reward(grant: Grant) -> Voucher:
    """Refusals, in order of precedence: NotFound, RewardNotIssuable (not active), OutOfStock."""
    found = Reward.objects.select_related("program").filter(program=grant.program_id, code=grant.code)
    reward = found.first()
    if reward is None:
        raise NotFound(f"The program has no reward {grant.code}.")
    if reward.status != Reward.Status.ACTIVE:
        raise RewardNotIssuable(f"The reward is {reward.get_status_display().lower()}.")
    return give_reward(
        reward, grant.member, kind=Voucher.Kind.PERSONAL, occasion="", actor=ACTOR, at=clock.now(),
        status=Voucher.Status.CLAIMED,
    )  # fmt: skip


def _add_stamps(grant: Grant) -> None:
    """Refusals: NotFound, and those of adding stamps."""
    card = StampCard.objects.select_related("program").filter(program=grant.program_id, code=grant.code).first()
    if card is None:
        raise NotFound(f"The program has no stamp card {grant.code}.")
    add_stamps(
        card, grant.member, count=grant.count, reference=_reference(grant.source_id, grant.number),
        source=Stamp.Source.RULE, actor=ACTOR, at=grant.occurred_at,
    )  # fmt: skip


def _take_back(grant: Grant) -> None:
    """Disables the voucher if nobody has used it, or undoes the stamps if no sheet of theirs was turned in; else says
    why it stays."""
    try:
        with transaction.atomic():
            if grant.kind == Kind.REWARD:
                _disable(grant)
            else:
                _undo_stamps(grant)
    except LoyaltyError as refusal:
        grant.reason = Truncator(f"{refusal.code}: {refusal.detail}").chars(200)
        return
    grant.outcome, grant.reason = Outcome.TAKEN_BACK, CAME_BACK
    _tell("grant.taken_back", grant)


def _disable(grant: Grant) -> None:
    """What was taken for it goes back into stock; a code of somebody else stays spent, for it was shown. Refusals:
    VoucherInUse."""
    voucher = Voucher.objects.select_for_update(of=("self",), no_key=True).get(pk=grant.voucher_id)
    if voucher.uses:
        raise VoucherInUse()
    if voucher.status not in (Voucher.Status.ISSUED, Voucher.Status.CLAIMED):
        return
    disable(voucher, actor=ACTOR, reason=CAME_BACK)
    Reward.objects.filter(pk=voucher.reward_id, stock_left__isnull=False).update(stock_left=F("stock_left") + 1)


def _undo_stamps(grant: Grant) -> None:
    """Refusals: StampSpent."""
    reference = _reference(grant.source_id, grant.number)
    stamp = Stamp.objects.select_related("card__program").filter(
        card__program=grant.program_id, card__code=grant.code, reference=reference
    )
    if found := stamp.first():
        undo_stamps(found, actor=ACTOR, reason=CAME_BACK)


def _reference(source_id: UUID, number: int) -> str:
    return f"grant:{source_id}:{number}"


def _tell(type_: str, grant: Grant, **more) -> None:
    """An event in the stream of what earned it."""
    event_log.record(
        type_,
        brand_id=grant.program.brand_id,
        aggregate_id=grant.source_id,
        member_id=grant.member_id,
        program_id=grant.program_id,
        data={"kind": grant.kind, "name": grant.code, "count": grant.count, "rule": grant.rule} | more,
    )
