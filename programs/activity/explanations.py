"""Why a transaction gave the points it gave, and why other rules gave nothing: told on demand, from the rules as they
were and what was known of the member then."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from loyalty import sql
from loyalty.errors import Invalid
from programs.activity.bought import Bought
from programs.activity.facts import member_as_kept, names_of, terms_as_kept, used_as_kept
from programs.earning.editions import snapshot_of
from programs.earning.engine import Names
from programs.earning.facts import ItemFacts
from programs.earning.models import EventType
from programs.earning.rules.catalogue import BIRTHDAY, EVENT, JOINED
from programs.earning.rules.explaining import Explained, explain
from programs.earning.rules.happening import Happening, read_event

FIND_PURCHASE = """
select u.id, u.program_id, u.member_id, u.amount_minor, u.refunded_minor, u.currency, u.items::text as items,
       u.edition,
       u.facts::text as facts, u.gifts::text as gifts, u.tenders::text as tenders, u.source, u.location_id,
       u.occurred_at,
       pr.brand_id, pr.return_policy, pr.timezone, null as account_id, 0 as points, false as has_tiers,
       false as is_reversed
from programs_purchase u join programs_program pr on pr.id = u.program_id
where u.id = %s and u.facts is not null
"""
FIND_EVENT = """
select e.type, e.program_id, e.member_id, e.edition, e.data::text as data, e.facts::text as facts, e.occurred_at,
       pr.brand_id, pr.money_currency, pr.timezone
from programs_memberevent e join programs_program pr on pr.id = e.program_id
where e.id = %s and e.facts is not null
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Every rule that was asked, in the order of asking, and what they are called outside."""

    rules: tuple[Explained, ...]
    names: Names


def explain_transaction(public_id: UUID) -> Told | None:
    """Why the purchase or event with this id gave what it gave; None where no rules decided, but the program's rate."""
    return _purchase(public_id) or _event(public_id)


def _purchase(public_id: UUID) -> Told | None:
    for row in sql.rows(FIND_PURCHASE, [public_id]):
        told = {name: msgspec.json.decode(row.pop(name) or "null") for name in ("facts", "gifts", "tenders")}
        items = msgspec.json.decode(row.pop("items"), type=list[ItemFacts])
        bought = Bought(**row, **told, items=items, references=set(), returned=[])
        happening = bought.happening(amount_minor=bought.amount_minor, items=items)
        rules = explain(bought.rules(), happening, used_as_kept(bought.facts))
        return Told(rules, names_of(bought.program_id, bought.edition))
    return None


def _event(public_id: UUID) -> Told | None:
    for row in sql.rows(FIND_EVENT, [public_id]):
        facts, data = msgspec.json.decode(row["facts"]), msgspec.json.decode(row["data"])
        currency = row["money_currency"]
        kind = EventType.objects.filter(brand=row["brand_id"], name=row["type"]).first()
        try:
            event = read_event(kind.fields, data, currency) if kind else {}
        except Invalid:
            # The brand has changed what such events tell since; what it told then cannot be read any more.
            event = {}
        trigger = row["type"] if row["type"] in (JOINED, BIRTHDAY) else EVENT + row["type"]
        member = member_as_kept(row["member_id"], facts)
        terms = terms_as_kept(facts, currency=currency, timezone=row["timezone"])
        rules = snapshot_of(row["program_id"], row["edition"], terms)
        happening = Happening(at=row["occurred_at"], member=member, trigger=trigger, event=event)
        told = explain(rules, happening, used_as_kept(facts))
        return Told(told, names_of(row["program_id"], row["edition"]))
    return None
