"""What the rules are told of a purchase or an event: the member as they were then, how much of limits was used, and the
rules themselves; and what of it is kept, so that the decision can be told again."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from loyalty.identity.models import Member
from programs.activity.places import FactsOfMember, Place, ProgramFacts
from programs.earning.editions import snapshot_of
from programs.earning.engine import Lifetime, Names
from programs.earning.facts import PurchaseFacts, Terms
from programs.earning.lifetimes import life_of
from programs.earning.models import Campaign, Edition
from programs.earning.rules.catalogue import ORDER
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.counting import Counter, Used
from programs.earning.rules.happening import Happening, MemberFacts
from programs.earning.rules.model import Life

BIRTHDAY = "birthday"
FACTS = """
select programs_member_facts(%s, %s, (select s from programs_membership s where s.program_id = x.program and
  s.member_id = x.member), %s, %s::text[])::text from (select %s::uuid as program, %s::uuid as member) x
"""


def birthdays_of(places: Iterable[Place], *, needs: Iterable[str] | None = None) -> dict[UUID, date]:
    """The birth dates of those members for whom the rules in force ask, or rules with these needs. No query where none
    do."""
    asked = {place.member_id for place in places if BIRTHDAY in (place.program.needs if needs is None else needs)}
    if not asked:
        return {}
    members = Member.objects.filter(pk__in=asked).only("birth_date", "data_key")
    return {member.pk: member.birth_date for member in members if member.birth_date}


def member_facts(place: Place, at: datetime, birth_date: date | None) -> MemberFacts:
    """The member as the rules see them at `at`."""
    facts = place.facts or FactsOfMember()
    day = at.astimezone(ZoneInfo(place.program.timezone)).date()
    joined = facts.joined_at.astimezone(ZoneInfo(place.program.timezone)).date() if facts.joined_at else day
    return MemberFacts(
        id=str(place.member_id),
        referrer_id=str(facts.referrer) if facts.referrer else "",
        tier=facts.tier or "",
        segments=facts.segments or frozenset(),
        orders_before=facts.orders or 0,
        spend_before_minor=facts.spend_minor,
        is_birthday=birth_date is not None and birthday_in(birth_date, day.year) == day,
        is_birthday_month=birth_date is not None and birth_date.month == day.month,
        days_since_joining=max(0, (day - joined).days),
        attributes=facts.attributes or {},
    )


def purchase_happening(purchase: PurchaseFacts, tenders: Sequence[Mapping], member: MemberFacts) -> Happening:
    """A purchase of a member."""
    kinds = frozenset(str(tender["type"]) for tender in tenders if "type" in tender)
    return Happening(at=purchase.occurred_at, member=member, trigger=ORDER, purchase=purchase, tenders=kinds)


def facts_for(place: Place, at: datetime, needs: Iterable[str]) -> FactsOfMember:
    """What rules that need this ask about the member at `at`, whatever the rules in force ask. One query."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [place.program.id, place.member_id, at, sorted(needs), place.program.id, place.member_id])
        (found,) = cursor.fetchone()
    return msgspec.json.decode(found, type=FactsOfMember)


def used_at(place: Place) -> dict[Counter, Used]:
    """How much of the limits that the rules ask about is used."""
    counters = place.facts.counters if place.facts else None
    return {Counter(*one[:5]): Used(*one[5:]) for one in counters or ()}


def rules_of(program: ProgramFacts) -> Snapshot:
    """The rules in force in the program."""
    return snapshot_of(program.id, program.edition, program.terms)


def live_at(program: ProgramFacts, at: datetime, *, is_purchase: bool = True):
    """When points that are given at `at` begin to count and are gone, by the life that a rule gives them."""
    known: dict[Life, Lifetime] = {}

    def live(life: Life) -> Lifetime:
        found = known.get(life)
        if found is None:
            found = known[life] = _live(program, at, is_purchase, life)
        return found

    return live


def _live(program: ProgramFacts, at: datetime, is_purchase: bool, life: Life):
    return life_of(
        program.life_terms, at,
        expiry_months=life.expiry_months, expiry_days=life.expiry_days, pending_days=life.pending_days,
        is_purchase=is_purchase,
    )  # fmt: skip


def names_of(program_id: UUID, edition: int) -> Names:
    """What the rules of an edition are called outside; of edition 0 there is nothing to tell."""
    return _names(program_id, edition) if edition else Names()


@lru_cache(maxsize=1024)
def _names(program_id: UUID, edition: int) -> Names:
    versions = Edition.objects.values_list("versions", flat=True).get(program=program_id, number=edition)
    campaigns = Campaign.objects.filter(program=program_id).values_list("key", "id")
    return Names(versions=versions, campaigns={key: str(pk) for key, pk in campaigns})


def kept_facts(program: ProgramFacts, member: MemberFacts, used: Mapping[Counter, Used]) -> dict | None:
    """What a decision by rules rested on, beside what happened itself; None where only the rate decided."""
    if not program.is_ruled:
        return None
    told = {
        "referrer": member.referrer_id,
        "tier": member.tier,
        "segments": sorted(member.segments),
        "orders_before": member.orders_before,
        "spend_before_minor": member.spend_before_minor,
        "is_birthday": member.is_birthday,
        "is_birthday_month": member.is_birthday_month,
        "days_since_joining": member.days_since_joining,
        "attributes": dict(member.attributes) if "attributes" in program.needs else {},
    }
    kept = {name: value for name, value in told.items() if value}
    terms = program.terms
    return {
        "member": kept,
        "used": [[*counter, *so_far] for counter, so_far in used.items()],
        "rate": [terms.earn_points, terms.earn_per_minor],
        "factors": [[code, str(factor)] for code, factor in terms.tier_factors],
    }


def member_as_kept(member_id: UUID, kept: Mapping) -> MemberFacts:
    """The member as they were kept by `kept_facts`."""
    told = dict(kept["member"])
    referrer = told.pop("referrer", "")
    segments = frozenset(told.pop("segments", ()))
    return MemberFacts(id=str(member_id), referrer_id=referrer, segments=segments, **told)


def used_as_kept(kept: Mapping) -> dict[Counter, Used]:
    """How much of limits was used, as kept."""
    return {Counter(*one[:5]): Used(*one[5:]) for one in kept["used"]}


def terms_as_kept(kept: Mapping, *, currency: str, timezone: str) -> Terms:
    """The program's own rate, as kept."""
    points, per_minor = kept["rate"]
    factors = tuple((code, Fraction(factor)) for code, factor in kept["factors"])
    return Terms(
        earn_points=points, earn_per_minor=per_minor, currency=currency, timezone=timezone, tier_factors=factors
    )


def birthday_in(born: date, year: int) -> date:
    """The birthday in that year; who was born on 29 February has it on the 28th in common years."""
    return born.replace(year=year, day=min(born.day, monthrange(year, born.month)[1]))
