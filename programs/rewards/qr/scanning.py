"""Codes that somebody scans: a till a voucher or a member card, a member the code at a counter. What a code does and
that it was used are written together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from ledger.selectors import BalanceView, balances
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.identity.locations import location_named
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import find_member
from programs.membership.models import Membership, Tier
from programs.membership.selectors import tiers_of
from programs.rewards.models import Voucher
from programs.rewards.qr.errors import TokenExpired, WrongAudience, WrongPurpose
from programs.rewards.qr.models import UsedToken
from programs.rewards.qr.tokens import LEEWAY, MEMBER, STAMP, VOUCHER, Claims, is_printed, judge_time, open_token
from programs.rewards.stamps.models import Stamp, StampCard
from programs.rewards.stamps.operations import Added, add_stamps
from programs.rewards.stamps.scans import scan_stamp
from programs.rewards.vouchers.errors import TokenUsed, WrongMember
from programs.rewards.vouchers.redeeming import Redeemed, RedeemRequest, redeem_voucher

USE = """
insert into programs_usedtoken (token_id, brand_id, purpose, subject, key, expires_at)
values (%s, %s, %s, %s, %s, %s) on conflict (token_id) do nothing
"""

WAYS_OUT = {
    VOUCHER: "This is the code of a voucher: show it at a till of the brand, which scans it.",
    MEMBER: "This is a member card: a till of the brand scans it.",
    STAMP: "This is the code at a counter: members scan it themselves, logged in. Staff give stamps on the stamp card.",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """Who showed a member card: their part in the program, with program and member fetched, tier and balance."""

    membership: Membership
    tier: Tier | None
    balance: BalanceView


def open_code(principal: Principal, text: str, *, member: str | None = None) -> Claims:
    """What a code says, if it is one that the principal can scan: tills and brands' people vouchers and member cards,
    members the code at a counter. Whether its time is over is asked with its use, for who asks again may come later.
    `member` is whom the scan names. Refusals, in order of precedence: those of `open_token`, NotFound and
    AmbiguousMember (the member, but of a voucher, where that is asked with its use), WrongPurpose."""
    claims = open_token(text, at=clock.now())
    is_till = bool(principal.brands) or principal.is_operator
    can_scan = principal.member_id is not None if claims.purpose == STAMP else is_till
    if member is not None and not (can_scan and claims.purpose == VOUCHER):
        find_member(principal, member)
    if not can_scan:
        raise WrongPurpose(WAYS_OUT[claims.purpose])
    return claims


def scan_voucher(principal: Principal, claims: Claims, request: RedeemRequest) -> Redeemed:
    """Redeems the voucher of a code, and uses the code up in the same statement. The same key again answers the first
    answer, though the code's time be over by then. Refusals, in order of precedence: TokenNotYetValid, TokenExpired,
    NotFound (also of another brand), WrongAudience, then as `redeem_voucher`; TokenUsed is one of them."""
    _judge_time(claims, f"{principal.actor}:{request.key}")
    facts = Voucher.objects.filter(pk=claims.subject).values_list("brand_id", "brand__code").first()
    _refuse_elsewhere(principal, claims, *(facts or (None, "")))
    return redeem_voucher(principal, request)


@transaction.atomic
def scan_member(principal: Principal, claims: Claims, *, key: str, member: str | None = None) -> Seen:
    """Who shows the code, and what they hold now; the code is used up. Repeating it is refused. Refusals, in order of
    precedence: TokenNotYetValid, TokenExpired, NotFound (also of another brand), WrongAudience, Forbidden,
    ScopeMissing, WrongMember (`member` names somebody else), TokenUsed."""
    judge_time(claims, at=clock.now())
    parts = Membership.objects.select_related("program__brand", "program__unit", "member")
    part = parts.filter(pk=claims.subject, member__is_active=True).first()
    _refuse_elsewhere(principal, claims, part and part.program.brand_id, part.program.brand.code if part else "")
    for permission in ("qr.scan", "members.look_up", "balances.view"):
        principal.require(permission, part.program.brand_id)
    _refuse_another(principal, member, part.member_id)
    use_token(claims, brand_id=part.program.brand_id, key=f"{principal.actor}:{key}")
    return Seen(part, tiers_of([part])[part.pk], balances([part.account_id])[part.account_id])


@transaction.atomic
def scan_counter(
    principal: Principal, claims: Claims, *, key: str, member: str | None = None, location: str = ""
) -> Added:
    """Gives the member who scans it one stamp. A code from a screen is used up by it; a printed one is not, and gives
    each member one in the card's `scan_hours`. Refusals, in order of precedence: TokenNotYetValid, TokenExpired,
    NotFound, WrongAudience, WrongMember (`member` names somebody else), Invalid (unknown-location), TokenUsed, then as
    `add_stamps`, or `scan_stamp` of a printed one."""
    judge_time(claims, at=clock.now())
    cards = StampCard.objects.select_related("program__brand", "reward__program")
    card = cards.filter(pk=claims.subject).first()
    scanned_by = Member.objects.filter(pk=principal.member_id, is_active=True).first()
    if card is None or scanned_by is None:
        raise NotFound("There is no such stamp card.")
    if card.program.brand.code != claims.audience:
        raise WrongAudience()
    _refuse_another(principal, member, scanned_by.pk)
    where = location_named(principal, card.program.brand_id, location) if location else None
    given = {"actor": principal.actor, "location": where}
    if is_printed(claims):
        return scan_stamp(card, scanned_by, token_id=claims.token_id, **given)
    use_token(claims, brand_id=card.program.brand_id, key=f"{principal.actor}:{key}")
    return add_stamps(card, scanned_by, reference=f"scan:{claims.token_id}", source=Stamp.Source.SCAN, **given)


def use_token(claims: Claims, *, brand_id: UUID, key: str) -> None:
    """Writes down that the code was used, in the caller's transaction: of many at once one is first, and the others
    wait for what becomes of it. Refusals: TokenUsed."""
    over = claims.expires_at + LEEWAY
    values = [claims.token_id, brand_id, claims.purpose, str(claims.subject), key, over]
    with connection.cursor() as cursor:
        cursor.execute(USE, values)
        if cursor.rowcount == 0:
            raise TokenUsed()


def forget_used_tokens(*, before: datetime, limit: int = 10_000) -> int:
    """Removes what was written of codes that were over before that instant, at most `limit` of them; says how many.
    Safe to repeat."""
    past = UsedToken.objects.filter(expires_at__lt=before).order_by("expires_at").values("pk")[:limit]
    return UsedToken.objects.filter(pk__in=list(past.values_list("pk", flat=True))).delete()[0]


def _judge_time(claims: Claims, key: str) -> None:
    """As `judge_time`, but who used the code under this key may ask again when it is over."""
    try:
        judge_time(claims, at=clock.now())
    except TokenExpired:
        if not UsedToken.objects.filter(token_id=claims.token_id, key=key).exists():
            raise


def _refuse_another(principal: Principal, member: str | None, member_id: UUID) -> None:
    if member is not None and find_member(principal, member).pk != member_id:
        raise WrongMember()


def _refuse_elsewhere(principal: Principal, claims: Claims, brand_id: UUID | None, brand_code: str) -> None:
    """Whether what the code is about is at a brand of who asks, and the code meant for that brand."""
    if brand_id is None or not (principal.is_operator or brand_id in principal.brands):
        raise NotFound("There is no such code, or it is not for your brand.")
    if claims.audience != brand_code:
        raise WrongAudience()
