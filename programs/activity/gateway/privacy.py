"""What receipts tell of somebody: amounts and times stay, as the books do; what tills wrote beside them goes."""

from django.db import connection

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, patterns_of
from programs.activity.gateway.models import Receipt

# What came back still counts for so much when the receipt is claimed, if only as an amount.
SLIM = """(select coalesce(jsonb_agg(
             case when (item - '{{name,labels}}'::text[])::text ilike any(%(patterns)s::text[])
               then jsonb_strip_nulls(jsonb_build_object('sku', '', 'amount_minor', item -> 'amount_minor',
                                                         'quantity', item -> 'quantity'))
               else item - '{{name,labels}}'::text[] end order by place), '[]')
          from jsonb_array_elements(items) with ordinality i (item, place))"""
CAME_BACK = """(select coalesce(jsonb_agg(
             case when told::text ilike any(%(patterns)s::text[])
               then told || jsonb_build_object('reference', 'forgotten:' || place, 'description', '', 'amount', null,
                                               'items', '[]'::jsonb, 'amount_minor', told -> 'minor')
               else told end order by place), '[]')
          from jsonb_array_elements(returns) with ordinality i (told, place))"""
RECEIPTS = f"""
update programs_receipt p set metadata = '{{{{}}}}', tenders = '[]', items = {SLIM}, returns = {CAME_BACK},
    reference = case when p.reference ilike any(%(patterns)s::text[]) then 'forgotten:' || p.id else p.reference end,
    location_id = case when p.location_id ilike any(%(patterns)s::text[]) then '' else p.location_id end,
    source = case when p.source ilike any(%(patterns)s::text[]) then '' else p.source end
where {{which}}
"""
THEIRS = "p.member_id = %(member)s"
OF_BRAND = " and p.program_id in (select id from programs_program where brand_id = %(brand)s)"
MENTIONING = """lower(concat_ws(' ', p.reference, p.location_id, p.source, p.items::text, p.tenders::text,
             p.metadata::text, p.returns::text)) like any(array(select lower(w) from unnest(%(patterns)s::text[]) w))"""


def export(subject: Subject) -> Told:
    found = Receipt.objects.filter(member=subject.member, **subject.of_brand("program__brand"))
    return {"receipts": rows_of(found, without=["fingerprint", "code"]) if subject.member else []}


def erase(erasing: Erasing) -> Counts:
    """Of the receipts they claimed the figures stay, of others what does not name them."""
    subject, traces = erasing.subject, erasing.traces
    asked = {"member": subject.member_id, "brand": subject.brand and subject.brand.id}
    of_brand = OF_BRAND if subject.brand else ""
    count = 0
    with connection.cursor() as cursor:
        for which, patterns in ((THEIRS, patterns_of(traces.all_words)), (MENTIONING, traces.patterns)):
            cursor.execute(RECEIPTS.format(which=which + of_brand), asked | {"patterns": patterns})
            count += cursor.rowcount
    return {"receipts": count}


register(Room(name="receipts", position=11, export=export, erase=erase, told={"programs.Receipt": "receipts"}))
