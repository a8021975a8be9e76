"""Tiers that people give by hand, and what brands note of a member. A tier that was given is a floor: a higher one that
is reached holds as long as it is deserved."""

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec
from django.db import connection, transaction

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.http.parsers import is_keepable
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from programs.membership.errors import MembershipClosed
from programs.membership.models import Membership, Tier, TierChange

NOTE_MAX = 200
ATTRIBUTES_MAX = 50
ATTRIBUTE_MAX = 200
_NAME = re.compile(r"[a-z0-9_]{1,40}\Z")
SETTLE = "select programs_settle_tiers(%s::uuid[], %s, %s, %s, %s)"
STANDING = "select code, measure from programs_tier_standings(%s::uuid[], %s)"
TELL = "select programs_tell_tiers(%s::jsonb, %s, %s)"


@transaction.atomic
def set_tier(
    principal: Principal, membership: Membership, tier: Tier | None, reason: str, *, until: datetime | None = None
) -> Membership:
    """Gives the member a tier of the program until an instant, for good without one; None takes back what was given,
    and the member has what they reached. The event says why, and where the member's tier is another one now, the log
    of tiers. Repeating it changes nothing. Refusals, in order of precedence: Forbidden, ScopeMissing, OwnRequest (to
    oneself), MembershipClosed, Invalid (a tier of another program, an end that has passed)."""
    membership = _locked(principal, membership, "memberships.set_tier")
    now = clock.now()
    if tier is not None and tier.program_id != membership.program_id:
        raise _mistake("/tier", "unknown-tier", "The program has no such tier.")
    if until is not None and (tier is None or until <= now):
        detail = "A tier ends later than now." if tier else "Without a tier there is nothing that ends."
        raise _mistake("/tier_until", "out-of-range", detail)
    if (membership.given_tier, membership.given_tier_until) == (tier, until):
        return membership
    _settle(membership, now)
    before, _ = _standing(membership, now)
    membership.given_tier, membership.given_tier_until = tier, until
    membership.given_tier_since = now if tier else None
    membership.save(update_fields=["given_tier", "given_tier_until", "given_tier_since"])
    told = {"tier": tier and tier.code, "until": until and until.isoformat(), "reason": reason[:NOTE_MAX]}
    _record(principal, membership, "tier.given" if tier else "tier.taken_back", told)
    _tell(principal, membership, reason, now, before=before)
    return membership


def clear_manual_tier(principal: Principal, membership: Membership, reason: str) -> Membership:
    """Takes back the tier that was given by hand: the member has what they deserve. Refusals: those of `set_tier`."""
    return set_tier(principal, membership, None, reason)


@transaction.atomic
def protect_tier(principal: Principal, membership: Membership, until: datetime | None, reason: str) -> Membership:
    """Keeps the member from going down before an instant; None ends that, and the member has what they deserve.
    Repeating it changes nothing. Refusals, in order of precedence: Forbidden, ScopeMissing, OwnRequest (oneself),
    MembershipClosed, Invalid (an instant that has passed)."""
    membership = _locked(principal, membership, "memberships.set_tier")
    now = clock.now()
    if until is not None and until <= now:
        raise _mistake("/tier_protected_until", "out-of-range", "Members are protected until later than now.")
    if membership.tier_protected_until == until:
        return membership
    _settle(membership, now)
    membership.tier_protected_until = until
    membership.save(update_fields=["tier_protected_until"])
    data = {"until": until and until.isoformat(), "reason": reason[:NOTE_MAX]}
    _record(principal, membership, "tier.protected", data)
    if until is None:
        _settle(membership, now, up=TierChange.Reason.MANUAL, down=TierChange.Reason.MANUAL, actor=principal.actor)
    membership.refresh_from_db()
    return membership


@transaction.atomic
def set_attributes(principal: Principal, membership: Membership, attributes: Mapping[str, str]) -> Membership:
    """Writes what the brand knows of the member, in the place of all there was. The event tells the names and not the
    texts. Repeating it changes nothing. Refusals, in order of precedence: Forbidden, ScopeMissing, MembershipClosed,
    Invalid (every mistake at once)."""
    membership = _locked(principal, membership, "memberships.note")
    refuse_attributes(attributes)
    before = membership.attributes
    if before == dict(attributes):
        return membership
    membership.attributes = dict(attributes)
    membership.save(update_fields=["attributes"])
    names = [name for name in {**before, **attributes} if before.get(name) != attributes.get(name)]
    _record(principal, membership, "membership.updated", {"fields": [f"attributes.{name}" for name in sorted(names)]})
    return membership


def refuse_attributes(attributes: Mapping[str, str]) -> None:
    """Raises Invalid with every mistake in these attributes."""
    errors = []
    if len(attributes) > ATTRIBUTES_MAX:
        errors.append(("/attributes", "too-many", f"At most {ATTRIBUTES_MAX} of them."))
    for name, text in list(attributes.items())[:ATTRIBUTES_MAX]:
        if not _NAME.match(name):
            errors.append((f"/attributes/{name}", "invalid-format", "A name has 1 to 40 small letters, digits or _."))
        elif len(text) > ATTRIBUTE_MAX or not is_keepable(text):
            errors.append((f"/attributes/{name}", "invalid-length", f"At most {ATTRIBUTE_MAX} characters."))
    if errors:
        raise Invalid([{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in errors])


def _locked(principal: Principal, membership: Membership, permission: str) -> Membership:
    """The membership for the one who may change it, after whatever moves its points."""
    principal.require(permission, membership.program.brand_id)
    is_own = Member.objects.filter(pk=membership.member_id, person=principal.id)
    if permission == "memberships.set_tier" and principal.kind == "person" and is_own.exists():
        raise OwnRequest("Nobody gives themselves a tier.")
    with connection.cursor() as cursor:
        cursor.execute("select from ledger_balance where account_id = %s for update", [membership.account_id])
    found = Membership.objects.select_for_update(of=("self",)).select_related("program", "member", "given_tier")
    found = found.get(pk=membership.pk)
    if found.status == Membership.Status.CLOSED:
        raise MembershipClosed()
    return found


def _settle(
    membership: Membership,
    at: datetime,
    *,
    up: str = TierChange.Reason.REACHED,
    down: str = TierChange.Reason.LAPSED,
    actor: str = "system:tiers",
) -> None:
    """Writes down first what time or purchases have made of the tier."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [[membership.pk], at, up, down, actor])
    membership.refresh_from_db(fields=["tier", "tier_since", "tier_until", "given_tier", "given_tier_until"])


def _standing(membership: Membership, at: datetime) -> tuple[str | None, int]:
    """The code of the tier that the member has, and what counts."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [[membership.pk], at])
        return cursor.fetchone()


def _tell(principal: Principal, membership: Membership, reason: str, at: datetime, *, before: str | None) -> None:
    """Writes the change of tier, where there is one."""
    after, measure = _standing(membership, at)
    if after == before:
        return
    change = {
        "membership_id": membership.pk, "before": before, "after": after, "reason": TierChange.Reason.MANUAL.value,
        "measure": measure, "at": at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TELL, [msgspec.json.encode([change]).decode(), principal.actor, reason[:NOTE_MAX]])


def _record(principal: Principal, membership: Membership, type_: str, data: dict) -> None:
    log.record(
        type_,
        brand_id=membership.program.brand_id,
        aggregate_id=membership.pk,
        member_id=membership.member_id,
        program_id=membership.program_id,
        data={"actor": principal.actor} | data,
    )


def _mistake(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid([{"pointer": pointer, "code": code, "detail": detail}])
