"""What the front door keeps of purchases: amounts and times stay, as the books and the tax do; what tills and shops
wrote beside them goes."""

from django.db import connection

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, patterns_of
from programs.activity.models import MemberEvent, PassedOn, Purchase, Return, Submission
from programs.earning import privacy as earning

# What was given for some lines goes back with them, so each stays in its place, if only as what it cost.
SLIM = """(select coalesce(jsonb_agg(
             case when (item - '{{name,labels}}'::text[])::text ilike any(%(patterns)s::text[])
               then jsonb_strip_nulls(jsonb_build_object('sku', '', 'amount_minor', item -> 'amount_minor',
                                                         'quantity', item -> 'quantity'))
               else item - '{{name,labels}}'::text[] end order by place), '[]')
          from jsonb_array_elements(items) with ordinality i (item, place))"""
# Of what was true of them then, what names them or tells of their birthday.
FACTS = """p.facts #- '{{member,attributes}}' #- '{{member,is_birthday}}' #- '{{member,is_birthday_month}}'"""
PURCHASES = f"""
update programs_purchase p set metadata = '{{{{}}}}', tenders = '[]', items = {SLIM}, facts = {FACTS},
    reference = case when p.reference ilike any(%(patterns)s::text[]) then '' else p.reference end,
    location_id = case when p.location_id ilike any(%(patterns)s::text[]) then '' else p.location_id end,
    source = case when p.source ilike any(%(patterns)s::text[]) then '' else p.source end
where {{which}}
"""
RETURNS = f"""
update programs_return p set items = {SLIM},
    reference = case when p.reference ilike any(%(patterns)s::text[]) then 'forgotten:' || p.id else p.reference end
where {{which}}
"""
# What an event of somebody else told stays, but for what names them.
EVENTS = f"""
update programs_memberevent p set facts = {FACTS},
    data = case when p.member_id = %(member)s then '{{{{}}}}' else (
      select coalesce(jsonb_object_agg(d.key, d.value), '{{{{}}}}') from jsonb_each(p.data) d
      where not d.value::text ilike any(%(patterns)s::text[])) end,
    reference = case when p.reference ilike any(%(patterns)s::text[]) then 'forgotten:' || p.id else p.reference end,
    source = case when p.source ilike any(%(patterns)s::text[]) then '' else p.source end
where {{which}}
"""
THEIRS = "p.member_id = %(member)s"
OF_BRAND = " and p.program_id in (select id from programs_program where brand_id = %(brand)s)"
# Reads every row: lowered once, which takes a third of the time that ILIKE takes.
WORDS = "array(select lower(w) from unnest(%(patterns)s::text[]) w)"
BOUGHT = f"""lower(concat_ws(' ', p.reference, p.location_id, p.source, p.items::text, p.tenders::text,
             p.metadata::text, p.facts #>> '{{member,attributes}}')) like any({WORDS})"""
TOLD_OF = f"""lower(concat_ws(' ', p.reference, p.source, p.data::text, p.facts #>> '{{member,attributes}}'))
              like any({WORDS})"""
BROUGHT_BACK = f"lower(concat_ws(' ', p.reference, p.items::text)) like any({WORDS})"
SUBMISSIONS = """
delete from programs_submission p
where (p.member_id = %(member)s or to_jsonb(p)::text ilike any(%(patterns)s::text[])) and p.status <> 'pending'
   {brand}
"""


def export(subject: Subject) -> Told:
    found = {"member": subject.member}
    of_program = subject.of_brand("program__brand")
    purchases = Purchase.objects.filter(**found, **of_program)
    return {
        "purchases": rows_of(purchases),
        "returns": rows_of(Return.objects.filter(**found, **of_program)),
        "submissions": rows_of(Submission.objects.filter(**found, **subject.of_brand()), without=["fingerprint"]),
        "member_events": rows_of(MemberEvent.objects.filter(**found, **of_program)),
        "passed_on": rows_of(PassedOn.objects.filter(purchase__in=purchases)),
        **earning.export(subject),
    }


def erase(erasing: Erasing) -> Counts:
    """Of their purchases and returns the figures stay, of other people's what does not name them. What was asked to be
    answered later goes."""
    subject, traces = erasing.subject, erasing.traces
    asked = {"member": subject.member_id, "brand": subject.brand and subject.brand.id}
    own, others = asked | {"patterns": patterns_of(traces.all_words)}, asked | {"patterns": traces.patterns}
    of_brand = OF_BRAND if subject.brand else ""
    if subject.member:
        Submission.objects.filter(member=subject.member, **subject.of_brand()).delete()
    counts = {}
    with connection.cursor() as cursor:
        for name, statement, mentioning in (
            ("purchases", PURCHASES, BOUGHT), ("returns", RETURNS, BROUGHT_BACK), ("member_events", EVENTS, TOLD_OF),
        ):  # fmt: skip
            cursor.execute(statement.format(which=THEIRS + of_brand), own)
            counts[name] = cursor.rowcount
            cursor.execute(statement.format(which=mentioning + of_brand), others)
            counts[name] += cursor.rowcount
        cursor.execute(SUBMISSIONS.format(brand="and p.brand_id = %(brand)s" if subject.brand else ""), others)
        counts["submissions"] = cursor.rowcount
    return counts | earning.erase(erasing)


register(
    Room(
        name="activity",
        position=10,
        export=export,
        erase=erase,
        told={
            "programs.Purchase": "purchases",
            "programs.Return": "returns",
            "programs.Submission": "submissions",
            "programs.MemberEvent": "member_events",
            "programs.PassedOn": "passed_on",
            **earning.TOLD,
        },
        untold={"programs.ExpiryWarning": "that the points left were spoken of; opaque ids, thrown away when they go"},
    )
)
