"""The member of an order that is tried: a real one as they are, or one made up by a few fields. Reads only."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from loyalty.identity.models import Member
from loyalty.sql import rows
from programs.earning.models import LimitCounter, Referral, SegmentMember
from programs.earning.rules.counting import Counter, Used
from programs.earning.rules.happening import MemberFacts
from programs.membership.models import Membership, Program
from programs.membership.selectors import tiers_of

BOUGHT = "select orders, spend_minor from programs_bought_before(%(program)s, %(member)s, %(at)s)"
REAL_MAX = 5_000


def real_member(program: Program, membership: Membership, at: datetime) -> tuple[MemberFacts, dict[Counter, Used]]:
    """The member as the rules would see them at `at`, whatever the rules ask, and how much of limits is used."""
    member, zone = membership.member, ZoneInfo(program.timezone)
    day = at.astimezone(zone).date()
    (bought,) = rows(BOUGHT, {"program": program.pk, "member": member.pk, "at": at})
    tier = tiers_of([membership]).get(membership.pk)
    referral = Referral.objects.filter(program=program, friend=member).values_list("referrer_id", flat=True).first()
    listed = SegmentMember.objects.filter(member=member, segment__brand=program.brand_id, segment__kind="list")
    facts = MemberFacts(
        id=str(member.pk),
        referrer_id=str(referral) if referral else "",
        tier=tier.code if tier else "",
        segments=frozenset(listed.values_list("segment__key", flat=True)),
        orders_before=bought["orders"],
        spend_before_minor=bought["spend_minor"],
        is_birthday=_is_birthday(member, day),
        is_birthday_month=bool(member.birth_date and member.birth_date.month == day.month),
        days_since_joining=max(0, (day - membership.joined_at.astimezone(zone).date()).days),
        attributes={str(name): str(value) for name, value in (membership.attributes or {}).items()},
    )
    return facts, _used(program, facts)


def _used(program: Program, facts: MemberFacts) -> dict[Counter, Used]:
    subjects = Q(subject="") | Q(subject=facts.id)
    if facts.referrer_id:
        subjects |= Q(subject=facts.referrer_id)
    found = LimitCounter.objects.filter(subjects, program=program).order_by("-since")[:REAL_MAX]
    return {
        Counter(one.scope, one.owner, one.subject, one.period, one.since): Used(one.points, one.times) for one in found
    }


def _is_birthday(member: Member, day: date) -> bool:
    born = member.birth_date
    if not born:
        return False
    if (born.month, born.day) == (2, 29) and not _is_leap(day.year):
        return (day.month, day.day) == (2, 28)
    return (born.month, born.day) == (day.month, day.day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
