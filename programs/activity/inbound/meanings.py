"""What an event of another system means here: by the brand's own mappings, or where it has none by what is usual."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import msgspec

from loyalty import sql
from loyalty.identity.selectors import as_uuid
from programs.activity.happenings import OWN
from programs.activity.inbound.models import EventMapping, EventSource
from programs.activity.inbound.parts import ALIKE, DEFAULT_PARTS

Act = EventMapping.Act
USUAL = {"guest.registered": Act.ENROL, "order.paid": Act.EARN, "order.returned": Act.RETURN}
"""What these types mean where the brand says nothing else."""
PROGRAMS_MAX = 50
TYPE_MAX = 64

# The most particular mapping, whether rules or waiting points know the type, and the programs that may be meant.
FOUND = """
select m.act, m.event_type, m.parts::text as parts, m.facts::text as facts, m.program_id,
  exists (select from programs_eventtype t where t.brand_id = b.id and t.name = %(type)s)
    or exists (select from programs_program p where p.brand_id = b.id and p.pending_until = %(type)s) as is_awaited,
  (select json_agg(json_build_array(p.id, p.code, p.money_currency, p.status) order by p.code) from (
     select * from programs_program p where p.brand_id = b.id and (
       p.status = 'active' or p.id = any(%(ids)s::uuid[]) or p.id = m.program_id or p.code = %(code)s)
     order by coalesce(p.id = any(%(ids)s::uuid[]) or p.id = m.program_id or p.code = %(code)s, false) desc, p.code
     limit %(limit)s) p)::text as programs
from loyalty_brand b
left join lateral (
  select * from programs_eventmapping m where m.brand_id = b.id and m.type = %(type)s and m.is_active
    and (m.source_id is null or m.source_id = %(sender)s) order by m.source_id nulls last limit 1) m on true
where b.id = %(brand)s
"""


class ProgramThere(msgspec.Struct, frozen=True, array_like=True):
    """A program in which an event may count."""

    id: UUID
    code: str
    currency: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """An act and where its parts are; `act` is empty for what nobody knows. `programs` are those in which it may count:
    the one that is named, or without a name all active ones of the brand."""

    act: str = ""
    event_type: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    programs: tuple[ProgramThere, ...] = ()
    is_own: bool = False


def meaning_of(brand_id: UUID, type: str, *, sender: EventSource | None = None, program: str = "") -> Meaning:
    """What an event of this type from that sender means; `program` is the one that it names itself, by id or code, and
    goes before the mapping's and the sender's. One query."""
    named = as_uuid(program) if program else None
    given = {
        "brand": brand_id,
        "type": type,
        "sender": sender and sender.id,
        "ids": [one for one in (named, sender and sender.program_id) if one],
        "code": program.replace("\0", "") or None,
        "limit": PROGRAMS_MAX,
    }
    (row,) = sql.rows(FOUND, given)
    there = msgspec.json.decode(row["programs"] or "[]", type=list[ProgramThere])
    wanted = named or program or row["program_id"] or (sender and sender.program_id)
    chosen = [one for one in there if wanted in (one.id, one.code) or (not wanted and one.status == "active")]
    if row["act"]:
        facts, parts = msgspec.json.decode(row["facts"]), msgspec.json.decode(row["parts"])
        meaning = Meaning(act=row["act"], event_type=row["event_type"] or type, parts=parts, facts=facts, is_own=True)
    else:
        act = USUAL.get(type, "") or (Act.TRIGGER if row["is_awaited"] and _is_telling(type) else "")
        meaning = Meaning(act=str(act), event_type=type)
    return with_usual_parts(meaning, tuple(chosen))


def with_usual_parts(meaning: Meaning, programs: tuple[ProgramThere, ...]) -> Meaning:
    """The parts that the meaning does not speak of are where they usually are; who says by what the member is named, or
    in which form an amount is, means that and no other."""
    parts = {**DEFAULT_PARTS.get(meaning.act, {})}
    for alike in ALIKE:
        if not alike.isdisjoint(meaning.parts):
            parts = {name: where for name, where in parts.items() if name not in alike}
    return replace(meaning, parts={**parts, **meaning.parts}, programs=programs)


def _is_telling(type: str) -> bool:
    return type not in OWN and len(type) <= TYPE_MAX
