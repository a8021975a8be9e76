"""Where points would move: from the names in a request to program, member, membership and ledger account, for any
number of requests in one round trip; and what stands against moving them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.errors import LoyaltyError, NotFound
from loyalty.identity.devices.stepping_up import refusal_to_spend
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.activity.errors import MembershipRequired
from programs.earning.facts import Terms
from programs.earning.lifetimes import LifeTerms
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive

SPENDING = frozenset(
    {"points.redeem", "points.hold", "points.exchange", "offers.claim", "gifts.give", "households.spend"}
)
PLACES = "select programs_places(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[])"
# A value is written into a statement in a fraction of the time that a list of one takes.
PLACE = PLACES.replace("%s", "array[%s]")


class ProgramFacts(msgspec.Struct, frozen=True, dict=True):
    """What a program says about moving its points; the names are the model's."""

    id: UUID
    brand_id: UUID
    code: str
    status: str
    is_community: bool
    money_currency: str
    earn_points: int
    earn_per: Decimal
    pending_days: int
    expiry_months: int | None
    timezone: str
    return_policy: str
    redeem_points_min: int
    expiry_kind: str
    expiry_dates: list[str]
    pending_until: str
    edition: int
    needs: frozenset[str]
    has_tiers: bool
    tier_factors: list[tuple[str, str]] | None

    @cached_property
    def terms(self) -> Terms:
        """What the program gives by itself."""
        return Terms.of(self)

    @cached_property
    def life_terms(self) -> LifeTerms:
        """How long its points live."""
        return LifeTerms.of(self)

    @property
    def is_ruled(self) -> bool:
        """Whether more decides than the program's rate."""
        return self.edition > 0 or bool(self.tier_factors)

    @property
    def is_by_turns(self) -> bool:
        """Whether what a member is given depends on their purchases before, not only by what these used of limits."""
        return bool(self.tier_factors) or not self.needs.isdisjoint(("orders", "tier"))


class FactsOfMember(msgspec.Struct, frozen=True):
    """What the rules ask about a member, as far as they ask."""

    joined_at: datetime | None = None
    tier: str | None = None
    attributes: dict[str, str] | None = None
    segments: frozenset[str] | None = None
    orders: int | None = None
    spend_minor: int = 0
    referrer: UUID | None = None
    referrer_account: int | None = None
    counters: list[tuple[str, str, str, str, str, int, int]] | None = None


class _Found(msgspec.Struct):
    programs: list[ProgramFacts] | None
    pairs: list[tuple[UUID | None, UUID | None, str, int | None, bool, FactsOfMember | None]]


_decoder = msgspec.json.Decoder(_Found)


@dataclass(frozen=True, slots=True)
class Names:
    """How a request names a program (id or code) and a member (id, external id, "me" or card number)."""

    program: str
    member: str = ""
    card_number: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A member in a program. `account_id` is None where the member does not take part; `facts` are there where it was
    asked for a time and the program has rules."""

    program: ProgramFacts
    member_id: UUID
    status: str
    account_id: int | None
    facts: FactsOfMember | None = None


def find_places(
    principal: Principal, names: Sequence[Names], *, ats: Sequence[datetime] = ()
) -> list[Place | NotFound]:
    """The place of each name, in order, in one round trip; NotFound for a program or member that does not exist or is
    not the principal's to see. A brand's people and keys see its programs and the members it knows; a member sees
    themselves, in programs they take part in or that are open to all. `ats` says for each name when what the rules are
    to decide happens; without it nothing is decided."""
    if not names:
        return []
    programs = {name.program: as_uuid(name.program) for name in names}
    members = [principal.member_id if name.member == "me" else as_uuid(name.member) for name in names]
    asked = [
        [programs[name.program] for name in names],
        [None if programs[name.program] else _clean(name.program) for name in names],
        members,
        [_clean(name.member) or None for name in names],
        [_clean(name.card_number) or None for name in names],
        list(ats) or [None] * len(names),
    ]
    with connection.cursor() as cursor:
        if len(names) == 1:
            cursor.execute(PLACE, [only for (only,) in asked])
        else:
            cursor.execute(PLACES, asked)
        found = _decoder.decode(cursor.fetchone()[0])
    by_id = {program.id: program for program in found.programs or ()}
    return [_place(principal, by_id.get(pair[0]), pair) for pair in found.pairs]


def is_visible(principal: Principal, brand_id: UUID, member_id: UUID) -> bool:
    """Whether what belongs to this member in a program of this brand is the principal's to see."""
    if principal.is_operator or brand_id in principal.brands:
        return True
    return principal.member_id is not None and principal.member_id == member_id


def refusal_of(principal: Principal, place: Place, permission: str) -> LoyaltyError | None:
    """What stands against it at this place. In order of precedence: Forbidden, ScopeMissing, StepUpRequired (members
    who spend in a cool-down), ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed."""
    try:
        principal.require(permission, place.program.brand_id, member_id=place.member_id)
    except LoyaltyError as refusal:
        return refusal
    if permission in SPENDING:
        refusal = refusal_to_spend(principal, brand_id=place.program.brand_id, member_id=place.member_id)
        if refusal:
            return refusal
    return refusal_at(place)


def refusal_at(place: Place) -> LoyaltyError | None:
    """What of the place itself stands against it, whoever asks. In order of precedence: ProgramNotActive,
    MembershipRequired, MembershipSuspended, MembershipClosed."""
    if place.program.status != "active":
        return ProgramNotActive(status=place.program.status)
    if place.account_id is None:
        return MembershipRequired(program_id=place.program.id)
    if place.status != "active":
        return MembershipSuspended() if place.status == "suspended" else MembershipClosed()
    return None


def _clean(text: str) -> str:
    """PostgreSQL keeps no NUL in text, so no name has one."""
    return text.replace("\0", "") if "\0" in text else text


def _place(principal: Principal, program: ProgramFacts | None, pair: tuple) -> Place | NotFound:
    _, member_id, status, account_id, is_known, facts = pair
    is_self = principal.member_id is not None and member_id == principal.member_id
    works_here = program is not None and (principal.is_operator or program.brand_id in principal.brands)
    joined_or_open = program is not None and is_self and (account_id is not None or program.is_community)
    if not works_here and not joined_or_open:
        return NotFound("There is no such program, or it is not yours to see.", pointer="/program_id")
    if member_id is None or not (is_known or is_self or principal.is_operator):
        return NotFound("There is no such member, or they are not yours to see.")
    return Place(program, member_id, status, account_id, facts)
