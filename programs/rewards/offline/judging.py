"""The verdict on one item of a till's queue, with its effect: the voucher redeemed, or a loss and who bears it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from loyalty.errors import LoyaltyError
from loyalty.events import log
from loyalty.identity.principals import Principal
from programs.rewards.models import Voucher
from programs.rewards.offline.items import Item
from programs.rewards.offline.limits import DAY, WRONG_TIMES, wrong_time
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.verdicts import ACCEPTED, ALREADY_USED, EXPIRED_THEN, HELD, REFUSED, put_loss
from programs.rewards.qr.errors import TokenExpired, TokenRefused, WrongAudience, WrongPurpose
from programs.rewards.qr.tokens import VOUCHER, Claims, judge_time, open_token
from programs.rewards.vouchers.discounts import discount
from programs.rewards.vouchers.errors import MemberUsedUp, TokenUsed, VoucherExpired, VoucherUsedUp
from programs.rewards.vouchers.redeeming import RedeemRequest, redeem_voucher

VERDICT_OF = {
    TokenExpired: EXPIRED_THEN,
    VoucherExpired: EXPIRED_THEN,
    VoucherUsedUp: ALREADY_USED,
    MemberUsedUp: ALREADY_USED,
    TokenUsed: ALREADY_USED,
}
"""What refusals come to; all others are `refused`."""

LOCK_MEMBER = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


def judge(principal: Principal, till: TillDevice, item: Item, scan: OfflineScan, *, is_lifted: bool = False) -> None:
    """Puts the verdict on the item, which the caller saves in the same transaction, having locked the till's row; does
    what it says and writes the events. With `is_lifted` somebody of the brand vouches for what would hold it: that the
    till is trusted, its clock, its limits. Verdicts in order of precedence: held (the till's state), refused (the till
    was revoked), held (its time), refused or expired_then (the token), held (limits), then as the voucher says."""
    claims, refusal = describe(till, item, scan)
    if not is_lifted and (held := _state_of(till, item) or _time_of(till, scan)):
        return _close(till, item, scan, *held)
    is_believed = scan.reason not in WRONG_TIMES
    refusal = refusal or _wrong(claims, till, scan.scanned_at if is_believed else None)
    if refusal is None and not is_lifted and (held := _limit_of(till, scan)):
        return _close(till, item, scan, *held)
    if refusal is None:
        refusal = _redeem(principal, till, item, scan, claims, scan.scanned_at if is_believed else claims.issued_at)
    if refusal is None:
        return _close(till, item, scan, ACCEPTED)
    verdict = next((found for kind, found in VERDICT_OF.items() if isinstance(refusal, kind)), REFUSED)
    return _close(till, item, scan, verdict, refusal.code, refusal.detail)


def describe(till: TillDevice, item: Item, scan: OfflineScan) -> tuple[Claims | None, LoyaltyError | None]:
    """Puts on the item whose voucher it is about, and gives what the token says or why it is not to be believed."""
    claims, refusal = _opened(item, scan)
    scan.voucher = _voucher(till, claims)
    scan.member = scan.voucher.member if scan.voucher else None
    scan.token_id = claims.token_id if claims else ""
    return claims, refusal


def refuse(till: TillDevice, item: Item, scan: OfflineScan, *, detail: str) -> None:
    """The verdict of somebody who does not accept what was held."""
    _close(till, item, scan, REFUSED, "refused-in-review", detail)


def _close(till: TillDevice, item: Item, scan: OfflineScan, verdict: str, reason: str = "", detail: str = "") -> None:
    """Puts the verdict on the row, with the loss where it is final and something was handed out for nothing."""
    scan.verdict, scan.reason, scan.detail = verdict, reason, detail[:300]
    if verdict == HELD:
        return
    about = {"scan_id": str(scan.id), "sequence": scan.sequence, "verdict": verdict, "reason": reason}
    _record("offline.settled", till, scan, about)
    if verdict != ACCEPTED and scan.voucher:
        put_loss(scan, till, discount_minor=_worth(scan.voucher, item))
        loss = {"points": scan.loss_points, "minor": scan.loss_minor, "borne_by": scan.borne_by}
        _record("offline.loss", till, scan, about | loss)


def _opened(item: Item, scan: OfflineScan) -> tuple[Claims | None, LoyaltyError | None]:
    """What the token says, whatever the time; or why it is not to be believed."""
    try:
        return open_token(item.token, at=min(scan.scanned_at, scan.received_at)), None
    except TokenRefused as refusal:
        return None, refusal


def _voucher(till: TillDevice, claims: Claims | None) -> Voucher | None:
    if claims is None or claims.purpose != VOUCHER or claims.audience != till.brand.code:
        return None
    vouchers = Voucher.objects.select_related("member")
    return vouchers.filter(pk=claims.subject, brand=till.brand_id).first()


def _state_of(till: TillDevice, item: Item) -> tuple[str, str, str] | None:
    if till.status == TillDevice.Status.QUARANTINED:
        return HELD, "quarantined", "The till is in quarantine."
    if till.status != TillDevice.Status.REVOKED:
        return None
    if item.scanned_at < till.revoked_at:
        return HELD, "till-revoked", "The till was revoked before this came."
    return REFUSED, "till-revoked", "The till had been revoked."


def _time_of(till: TillDevice, scan: OfflineScan) -> tuple[str, str, str] | None:
    reason, detail = wrong_time(scan.scanned_at, received_at=scan.received_at, last_scanned_at=till.last_scanned_at)
    return (HELD, reason, detail) if reason else None


def _wrong(claims: Claims, till: TillDevice, at: datetime | None) -> LoyaltyError | None:
    """Why a genuine token is none for this till at that moment; None of the moment: that is not asked."""
    try:
        if claims.audience != till.brand.code:
            raise WrongAudience()
        if claims.purpose != VOUCHER:
            raise WrongPurpose("Off line only vouchers are redeemed.")
        if at:
            judge_time(claims, at=at)
    except TokenRefused as refusal:
        return refusal
    return None


def _limit_of(till: TillDevice, scan: OfflineScan) -> tuple[str, str, str] | None:
    """Whether the till, or the member with all tills, would redeem more than they may off line within a day."""
    accepted = OfflineScan.objects.filter(verdict=ACCEPTED)
    day = (scan.scanned_at - DAY + timedelta(microseconds=1), scan.scanned_at)
    if accepted.filter(till=till, scanned_at__range=day).count() >= till.offline_max:
        return HELD, "till-limit", f"The till redeems {till.offline_max} a day without a line."
    if scan.member_id is None:
        return None
    with connection.cursor() as cursor:
        # Another till may be counting for the same member at this moment.
        cursor.execute(LOCK_MEMBER, [f"offline {till.brand_id} {scan.member_id}"])
    around = (scan.scanned_at - DAY, scan.scanned_at + DAY)
    theirs = accepted.filter(member=scan.member_id, till__brand=till.brand_id, scanned_at__range=around)
    if theirs.count() >= settings.OFFLINE_MEMBER_MAX:
        return HELD, "member-limit", f"A member redeems {settings.OFFLINE_MEMBER_MAX} a day without a line."
    return None


def _redeem(
    principal: Principal, till: TillDevice, item: Item, scan: OfflineScan, claims: Claims, at: datetime
) -> LoyaltyError | None:
    """Redeems the voucher as of that moment; gives the refusal instead of raising it."""
    request = RedeemRequest(
        voucher=str(claims.subject),
        key=f"offline:{till.id}:{item.sequence}:{scan.digest[:16]}",
        location_id=till.location.code if till.location and till.location.is_active else "",
        order=item.order,
        reference=item.reference,
        at=at,
        is_offline=True,
        token=claims,
    )
    try:
        with transaction.atomic():
            scan.use_id = redeem_voucher(principal, request).use_id
    except LoyaltyError as refusal:
        return refusal
    return None


def _worth(voucher: Voucher, item: Item) -> int:
    """What the voucher would have taken off this order, in minor units: of a gift card what the order came to, up to
    what it held at first; without an order the amount that it takes off any."""
    if item.lines and item.currency == voucher.terms.get("currency", item.currency):
        return discount(voucher.terms, item.lines, balance_minor=voucher.value_minor).minor
    return voucher.terms.get("value_minor") or 0 if not item.lines and voucher.value_minor is None else 0


def _record(type_: str, till: TillDevice, scan: OfflineScan, data: dict) -> None:
    program_id = scan.voucher.program_id if scan.voucher else None
    log.record(
        type_, brand_id=till.brand_id, aggregate_id=till.id, data=data, member_id=scan.member_id, program_id=program_id
    )
