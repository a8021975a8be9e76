"""What households know of somebody: which they were in, and what they paid of what was spent together. The figures stay
under ids that lead to nobody; what people wrote goes, and whoever is erased is in no household any more."""

from django.db import connection
from django.db.models import Q

from exchange.households.models import Household, HouseholdMember, PooledSpend
from exchange.households.operations import end_part
from exchange.households.selectors import THERE, Status
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, patterns_of

SPENDS = """
update exchange_pooledspend s set description = '', key = 'forgotten:' || s.id,
    reference = case when s.reference ilike any(%(patterns)s::text[]) then '' else s.reference end
from programs_program p
where p.id = s.program_id and (%(brand)s::uuid is null or p.brand_id = %(brand)s)
  and (s.member_id = %(member)s or s.description ilike any(%(others)s::text[])
       or s.reference ilike any(%(others)s::text[]) or s.key ilike any(%(others)s::text[]))
  and (s.description <> '' or s.key not like 'forgotten:%%')
"""


def export(subject: Subject) -> Told:
    """Their households, their parts in them, and what they spent or helped to pay."""
    asked, member = subject.of_brand("program__brand"), subject.member
    parts = HouseholdMember.objects.filter(member=member, **asked).order_by("id")
    households = Household.objects.filter(Q(owner=member) | Q(members__in=parts), **asked).distinct()
    paid = Q(member=member) | Q(parts__contains=[[str(member.pk)]]) if member else Q(pk__in=[])
    spends = PooledSpend.objects.filter(paid, household__in=households)
    return {
        "households": rows_of(households.order_by("id")),
        "household_parts": rows_of(parts),
        "pooled_spends": rows_of(spends.order_by("id")),
    }


def erase(erasing: Erasing) -> Counts:
    """They leave their households; what they wrote beside what was spent goes, as what others wrote that names them."""
    subject, traces = erasing.subject, erasing.traces
    asked = subject.of_brand("program__brand")
    there = list(HouseholdMember.objects.filter(member=subject.member_id, status__in=THERE, **asked))
    for part in there:
        end_part(part, Status.LEFT if part.status == Status.JOINED else Status.DECLINED, actor=erasing.actor)
    patterns = {"patterns": patterns_of(traces.all_words), "others": traces.patterns}
    with connection.cursor() as cursor:
        cursor.execute(SPENDS, {"member": subject.member_id, "brand": subject.brand and subject.brand.id} | patterns)
        return {"households": len(there), "pooled_spends": cursor.rowcount}


register(
    Room(
        name="households",
        position=31,
        export=export,
        erase=erase,
        told={
            "exchange.Household": "households",
            "exchange.HouseholdMember": "household_parts",
            "exchange.PooledSpend": "pooled_spends",
        },
    )
)
