"""What stamp cards know of somebody: how many stamps they got, when, for which receipt. The figures stay under an id
that leads to nobody, as those of purchases do; what tills and people wrote goes."""

from django.db import connection

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, patterns_of
from programs.rewards.stamps.models import Stamp, StampSheet

# A reference is stamped once on a card, so one that goes leaves another in its place.
OWN = """
update programs_stamp s set undone_reason = '',
    reference = case when s.reference ilike any(%(patterns)s::text[]) then 'forgotten:' || s.id else s.reference end
from programs_stampcard c join programs_program p on p.id = c.program_id
where c.id = s.card_id and s.member_id = %(member)s and (%(brand)s::uuid is null or p.brand_id = %(brand)s)
"""
OTHERS = """
update programs_stamp s set
    undone_reason = case when s.undone_reason ilike any(%(patterns)s::text[]) then '' else s.undone_reason end,
    reference = case when s.reference ilike any(%(patterns)s::text[]) then 'forgotten:' || s.id else s.reference end
from programs_stampcard c join programs_program p on p.id = c.program_id
where c.id = s.card_id and (%(brand)s::uuid is null or p.brand_id = %(brand)s)
  and (s.reference ilike any(%(patterns)s::text[]) or s.undone_reason ilike any(%(patterns)s::text[]))
"""


def export(subject: Subject) -> Told:
    """The sheets, and the stamps on them, by card."""
    asked = {"member": subject.member, **subject.of_brand("card__program__brand")}
    sheets, stamps = StampSheet.objects.filter(**asked), Stamp.objects.filter(**asked)
    return {
        name: [row | {"card": each.card.code} for row, each in zip(rows_of(found), found, strict=True)]
        for name, found in (
            ("stamp_sheets", list(sheets.select_related("card").order_by("joined_at", "id"))),
            ("stamps", list(stamps.select_related("card").order_by("id"))),
        )
    }


def erase(erasing: Erasing) -> Counts:
    """Of their stamps the figures stay; why some were undone, and references that name them, go, those of other
    people's stamps too."""
    subject, traces = erasing.subject, erasing.traces
    asked = {"member": subject.member_id, "brand": subject.brand and subject.brand.id}
    with connection.cursor() as cursor:
        cursor.execute(OWN, asked | {"patterns": patterns_of(traces.all_words)})
        count = cursor.rowcount
        cursor.execute(OTHERS, asked | {"patterns": traces.patterns})
    return {"stamps": count + cursor.rowcount}


register(
    Room(
        name="stamps",
        position=14,
        export=export,
        erase=erase,
        told={"programs.Stamp": "stamps", "programs.StampSheet": "stamp_sheets"},
    )
)
