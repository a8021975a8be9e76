"""A gift: points leave one member and arrive at another, in one transaction. They keep the time at which they are gone,
are pending for a while, and know how often they changed hands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum

from exchange.gifts.errors import GiftAboveMaximum, GiftBelowMinimum, GiftsClosed
from exchange.gifts.models import Gift, TransferPolicy
from exchange.gifts.policies import policy_of
from exchange.gifts.receivers import Receiver, find_receiver
from exchange.requests.errors import DailyLimit
from ledger.accounts import lock_accounts
from ledger.errors import KeyReused
from ledger.posting import LotTerms, Move, Posted, post_one
from loyalty import clock, sql
from loyalty.events import log
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.models import Brand
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.activity import limits, own_gain
from programs.activity.places import Names, Place, refusal_of
from programs.activity.points import find_place, fingerprint_of

OWN = "gift"
LOTS_USED = """
select l.expires_at, l.hops, sum(u.points)::bigint as points
from ledger_ledgerentry e join ledger_lotuse u on u.entry_id = e.id join ledger_lot l on l.id = u.lot_id
where e.posting_id = %s group by 1, 2 order by 1 nulls last, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftRequest:
    """Whole `points` of the giver for `to_member`, named by id, external id or card number. `key` is the sender's
    idempotency key."""

    giver: Names
    to_member: str
    points: int
    key: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A gift; `is_replayed` when its key had come before."""

    gift: Gift
    is_replayed: bool = False


def give(principal: Principal, asked: GiftRequest) -> Given:
    """Takes points from the giver, those first that are gone first, and gives them to the receiver: with the times at
    which they were gone, pending for the policy's hours, and paying what the receiver owes before anything else. Points
    that changed hands as often as the policy allows stay where they are. Repeating it (same key) answers the first
    answer. Refusals, in order of precedence: NotFound (program, giver), KeyReused, Forbidden, ScopeMissing,
    StepUpRequired, ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, GiftsClosed,
    GiftBelowMinimum, GiftAboveMaximum, TooMany, NotFound (receiver), GiftToSelf, OwnRequest, ApprovalRequired,
    DailyLimit, AccountClosed, InsufficientPoints, HopLimit, BalanceLimit."""
    place = find_place(principal, asked.giver)
    key = f"{principal.actor}:{asked.key}"
    fingerprint = fingerprint_of(
        "gift", place.program.id, place.member_id, asked.to_member, asked.points, asked.message
    )
    earlier = _earlier(key, fingerprint)
    if earlier:
        return earlier
    refusal = refusal_of(principal, place, "gifts.give")
    if refusal:
        raise refusal
    policy = policy_of(place.program.id)
    _refuse_size(policy, asked.points)
    receiver = find_receiver(principal, place, asked.to_member)
    try:
        with transaction.atomic():
            scope = _scope_of(principal, place, receiver, asked.points, key=key)
            lock_accounts([place.account_id, receiver.account_id])
            asked_before = _earlier(key, fingerprint)
            return asked_before or _given(principal, place, receiver, policy, asked, scope, key, fingerprint)
    except IntegrityError:
        # The same key came at the same moment for another giver's account.
        earlier = _earlier(key, fingerprint)
        if earlier is None:
            raise
        return earlier


def _given(
    principal: Principal,
    place: Place,
    receiver: Receiver,
    policy: TransferPolicy,
    asked: GiftRequest,
    scope: str,
    key: str,
    fingerprint: bytes,
) -> Given:
    now = clock.now()
    _refuse_day(policy, place, asked.points, now)
    gift = Gift(
        program_id=place.program.id, giver_id=place.member_id, receiver_id=receiver.member_id, points=asked.points,
        message=asked.message, key=key, fingerprint=fingerprint, actor=principal.actor, created_at=now,
        out_id=uuid7(), in_id=uuid7(), available_at=now + timedelta(hours=policy.gift_hold_hours),
    )  # fmt: skip
    told = {
        "fingerprint": fingerprint, "actor": principal.actor, "points": asked.points, "at": now,
        "program_id": place.program.id, "data": {"gift_id": str(gift.pk)},
    }  # fmt: skip
    taken = post_one(
        Move(
            kind="gift_out", account_id=place.account_id, key=_leg(scope, principal, key, "out"), public_id=gift.out_id,
            hops_max=policy.gift_hops_max, **told,
        )
    )  # fmt: skip
    post_one(
        Move(
            kind="gift_in", account_id=receiver.account_id, key=_leg(scope, principal, key, "in"), public_id=gift.in_id,
            lots=_lots_after(taken, gift.available_at), **told,
        )
    )  # fmt: skip
    gift.save(force_insert=True)
    log.record(
        "gift.sent", brand_id=place.program.brand_id, aggregate_id=gift.pk, member_id=gift.giver_id,
        program_id=gift.program_id,
        data={"points": gift.points, "to_member_id": str(gift.receiver_id), "actor": principal.actor},
    )  # fmt: skip
    return Given(gift)


def _lots_after(taken: Posted, available_at: datetime) -> list[LotTerms]:
    """The points as they arrive: gone when they would have been gone, and passed on once more."""
    return [
        LotTerms(row["points"], available_at, row["expires_at"], row["hops"] + 1)
        for row in sql.rows(LOTS_USED, [taken.id])
    ]


def _earlier(key: str, fingerprint: bytes) -> Given | None:
    """The gift that the key made before. Refusals: KeyReused."""
    gift = Gift.objects.filter(key=key).first()
    if gift is None:
        return None
    if bytes(gift.fingerprint) != fingerprint:
        raise KeyReused()
    return Given(gift, is_replayed=True)


def _refuse_size(policy: TransferPolicy, points: int) -> None:
    if not policy.gifts_are_open:
        raise GiftsClosed()
    if points < policy.gift_min:
        detail = f"At least {policy.gift_min:,} points are given at once."
        raise GiftBelowMinimum(detail, pointer="/points", points_min=policy.gift_min, requested=points)
    if policy.gift_max is not None and points > policy.gift_max:
        detail = f"At most {policy.gift_max:,} points are given at once."
        raise GiftAboveMaximum(detail, pointer="/points", points_max=policy.gift_max, requested=points)


def _scope_of(principal: Principal, place: Place, receiver: Receiver, points: int, *, key: str) -> str:
    """What the ledger's keys of the gift begin with: it says whether somebody gives what is not theirs. A person does
    so neither to themselves, nor alone as many points as the brand wants a second person for. Asked before any balance
    is locked, as where points are given by hand. Refusals: OwnRequest, ApprovalRequired."""
    if principal.kind != "person" or own_gain.is_own(principal, place.member_id):
        return OWN
    if own_gain.is_own(principal, receiver.member_id):
        raise OwnRequest("Nobody gives points to themselves.")
    brand = Brand.objects.only("approval_points_min").get(pk=place.program.brand_id)
    refusal = limits.refusal_alone(
        brand, principal.actor, points=points, key=_leg(limits.GIVEN_FOR, principal, key, "out")
    )
    if refusal:
        raise refusal
    return limits.GIVEN_FOR


def _leg(scope: str, principal: Principal, key: str, side: str) -> str:
    """The key of one side in the ledger. What the sender wrote is not told in it: it would lie in the books of the
    other member too."""
    return f"{scope}:{principal.actor}:{fingerprint_of(key).hex()}:{side}"


def _refuse_day(policy: TransferPolicy, place: Place, points: int, now: datetime) -> None:
    """The day is the program's own; the giver's balance is locked, so no two gifts are both the last one."""
    zone = ZoneInfo(place.program.timezone)
    began = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Gift.objects.filter(giver=place.member_id, program=place.program.id, created_at__gte=began)
    given = today.aggregate(count=Count("id"), points=Sum("points", default=0))
    if given["count"] >= policy.gift_daily_count:
        detail = f"At most {policy.gift_daily_count:,} gifts are made in a day."
        raise DailyLimit(detail, gifts_max=policy.gift_daily_count, given=given["count"])
    most = policy.gift_daily_max
    if most is not None and given["points"] + points > most:
        detail = f"At most {most:,} points are given in a day."
        raise DailyLimit(detail, points_max=most, given=given["points"], requested=points)
