"""What gifts know of somebody: to whom they gave points, from whom they got some, and what was written with it. The
figures stay under ids that lead to nobody, as those of the ledger do; what people wrote goes."""

from django.db import connection
from django.db.models import Q

from exchange.gifts.models import Gift
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject

# What somebody wrote, and what was written to them, is theirs; others may have named them.
ERASE = """
update exchange_gift g set message = '', key = 'forgotten:' || g.id from programs_program p
where p.id = g.program_id and (%(brand)s::uuid is null or p.brand_id = %(brand)s)
  and (g.giver_id = %(member)s or g.receiver_id = %(member)s or g.message ilike any(%(patterns)s::text[])
       or g.key ilike any(%(patterns)s::text[]))
  and (g.message <> '' or g.key not like 'forgotten:%%')
"""


def export(subject: Subject) -> Told:
    """What they gave and were given."""
    theirs = Q(giver=subject.member) | Q(receiver=subject.member)
    found = Gift.objects.filter(theirs, **subject.of_brand("program__brand")).order_by("id")
    return {"gifts": rows_of(found)}


def erase(erasing: Erasing) -> Counts:
    """The figures of their gifts stay; messages to and from them go, and those of other people that name them."""
    subject = erasing.subject
    asked = {"member": subject.member_id, "brand": subject.brand and subject.brand.id}
    with connection.cursor() as cursor:
        cursor.execute(ERASE, asked | {"patterns": erasing.traces.patterns})
        return {"gifts": cursor.rowcount}


register(Room(name="gifts", position=30, export=export, erase=erase, told={"exchange.Gift": "gifts"}))
