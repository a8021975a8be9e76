"""What memberships know of somebody: a card number, a code for friends, what the brand noted of them for its rules, and
how their tier went. Those go; that an account of the books belonged to a part in a program stays, under an id."""

from django.db import connection

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, Traces
from programs.membership.cards import new_card_number
from programs.membership.models import Membership, TierChange

NOTES = """
update programs_tierchange c set note = '' from programs_membership s join programs_program p on p.id = s.program_id
where s.id = c.membership_id and c.note <> '' and (s.member_id = %(member)s or c.note ilike any(%(patterns)s::text[]))
  and (%(brand)s::uuid is null or p.brand_id = %(brand)s)
"""
# What a brand noted of others stays, but for what names them.
ATTRIBUTES = """
update programs_membership s set attributes = (
  select coalesce(jsonb_object_agg(a.key, a.value), '{}') from jsonb_each(s.attributes) a
  where not a.value::text ilike any(%(patterns)s::text[]))
from programs_program p
where p.id = s.program_id and s.attributes <> '{}' and s.attributes::text ilike any(%(patterns)s::text[])
  and (%(brand)s::uuid is null or p.brand_id = %(brand)s)
"""


def _of(subject: Subject):
    return Membership.objects.filter(member=subject.member, **subject.of_brand("program__brand"))


def find(subject: Subject, traces: Traces) -> None:
    for membership in _of(subject):
        traces.ids.add(str(membership.pk))
        traces.add([membership.card_number, membership.referral_code])


def export(subject: Subject) -> Told:
    """The parts in programs, with what they are called."""
    found = _of(subject).select_related("program")
    changes = TierChange.objects.filter(membership__in=found).order_by("occurred_at", "id")
    return {
        "memberships": [row | {"program": each.program.code} for row, each in zip(rows_of(found), found, strict=True)],
        "tier_changes": rows_of(changes),
    }


def erase(erasing: Erasing) -> Counts:
    """Ends the memberships. The card numbers are exchanged for ones that nobody carries."""
    subject, traces = erasing.subject, erasing.traces
    found = list(_of(subject))
    for membership in found:
        membership.card_number, membership.status = new_card_number(), Membership.Status.CLOSED
        membership.referral_code, membership.attributes = None, {}
    Membership.objects.bulk_update(found, ["card_number", "status", "referral_code", "attributes"])
    asked = {"member": subject.member_id, "brand": subject.brand and subject.brand.id, "patterns": traces.patterns}
    with connection.cursor() as cursor:
        cursor.execute(NOTES, asked)
        notes = cursor.rowcount
        cursor.execute(ATTRIBUTES, asked)
    return {"memberships": len(found), "tier_changes": notes}


register(
    Room(
        name="memberships",
        position=30,
        find=find,
        export=export,
        erase=erase,
        told={"programs.Membership": "memberships", "programs.TierChange": "tier_changes"},
    )
)
