"""What the books say of things that happened in a program, by their ids and in their order, and of the members to whom
they happened: of each as much as some rules ask for. Nothing is written."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import msgspec
from django.db import connection

from loyalty import sql
from programs.earning.facts import ItemFacts, LinesByFact
from programs.earning.returns import ReturnedItem
from programs.earning.rules.catalogue import LABELS
from programs.membership.models import Program

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What the books keep of each line, and what taking lines back needs to know of them whatever the rules read.
FIELDS: dict[str, type] = {
    "sku": list[str],
    "amount_minor": list[int],
    "quantity": list[int | Decimal],
    "category": list[str],
    "name": list[str],
    "labels": list[dict[str, str]],
}
DAYS = "member.days_since_joining"
ALWAYS = ("sku", "amount_minor", "quantity")
# Laterals leave the planner no choice but the indexes, however many are asked for, whatever it believes of the tables.
# Moments are counted and ids are text, for thousands are read; lines are unpacked once (`v`), not for each fact.
PURCHASES = """
select a.n, u.member_id::text, (extract(epoch from u.occurred_at) * 1000000)::bigint,
       case when %(tiers)s then coalesce(u.facts #>> '{member,tier}', {tier}) end,
       u.amount_minor, u.refunded_minor, u.source, u.location_id,
       case when %(tenders)s then nullif(u.tenders, '[]')::text end,
       case when %(lines)s then {lines} end,
       case when %(lines)s and u.refunded_minor > 0 then (
         select '[' || string_agg(r.items::text, ',' order by r.recorded_at, r.id) || ']'
         from programs_return r where r.purchase_id = u.id) end
from unnest(%(ids)s::uuid[]) with ordinality a (id, n)
cross join lateral (select * from programs_purchase p where p.id = a.id offset 0) u
left join lateral (
  select * from programs_membership m where m.program_id = u.program_id and m.member_id = u.member_id offset 0
) s on true
cross join lateral (select case when %(lines)s then u.items #> '{}' end as items offset 0) v order by a.n
"""
EVENTS = """
select a.n, u.member_id::text, (extract(epoch from u.occurred_at) * 1000000)::bigint,
       case when %(tiers)s then coalesce(u.facts #>> '{member,tier}', {tier}) end, u.type, u.data::text
from unnest(%(ids)s::uuid[]) with ordinality a (id, n)
cross join lateral (select * from programs_memberevent p where p.id = a.id offset 0) u
left join lateral (
  select * from programs_membership m where m.program_id = u.program_id and m.member_id = u.member_id offset 0
) s on true
order by a.n
"""
# What the member had just before; who never went up or down has had the tier of now all the time.
TIER = """coalesce(
  (select c.after from programs_tierchange c where c.membership_id = s.id and c.occurred_at < u.occurred_at
   order by c.occurred_at desc, c.recorded_at desc limit 1),
  (select c.before from programs_tierchange c where c.membership_id = s.id
   order by c.occurred_at, c.recorded_at limit 1),
  (select t.code from programs_tier t where t.id = coalesce(s.given_tier_id, s.tier_id)))"""
WHOLE_LINES = """
select u.items::text as items from unnest(%s::uuid[]) a (id) join programs_purchase u on u.id = a.id
"""
MEMBERS = """
select s.member_id::text as member_id, case when %(days)s then s.joined_at end as joined_at,
       case when %(attributes)s then s.attributes::text end as attributes,
       case when %(segments)s then array(
         select g.key::text from programs_segmentmember l join programs_segment g on g.id = l.segment_id
         where l.member_id = s.member_id and g.brand_id = %(brand)s and g.kind = 'list') end as segments,
       case when %(referral)s then (
         select r.referrer_id::text from programs_referral r join programs_membership m
           on m.program_id = r.program_id and m.member_id = r.referrer_id and m.status = 'active'
         where r.program_id = s.program_id and r.friend_id = s.member_id) end as referrer,
       %(birthday)s and exists (
         select from loyalty_member m where m.id = s.member_id and m.birth_date is not null) as has_birth_date
from programs_membership s where s.program_id = %(program)s and s.member_id = any(%(ids)s::uuid[])
"""
BEFORE = """
select u.member_id::text as member_id, count(*) as orders,
       sum(u.amount_minor - u.refunded_minor)::bigint as spend_minor
from programs_purchase u
where u.program_id = %s and u.member_id = any(%s::uuid[]) and u.occurred_at < %s
  and (u.refunded_minor < u.amount_minor or u.amount_minor = 0)
group by 1
"""
_returned = msgspec.json.Decoder(list[list[ReturnedItem]]).decode
_items = msgspec.json.Decoder(tuple[ItemFacts, ...]).decode


class BookedPurchase(NamedTuple):
    """A purchase of the books; `n` is its place among those that were asked for, from 1 on, moments in microseconds."""

    n: int
    member: str
    at: int
    tier: str | None
    amount_minor: int
    refunded_minor: int
    source: str
    location_id: str
    tenders: str | None
    items: str | None
    returned: str | None


class BookedEvent(NamedTuple):
    """An event of the books."""

    n: int
    member: str
    at: int
    tier: str | None
    type: str
    data: str


def moment(microseconds: int) -> datetime:
    """The moment so long after the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


@dataclass(frozen=True)
class Books:
    """The books of a program, for rules that need this (`needs`) and read these facts."""

    program: Program
    needs: frozenset[str]
    facts: frozenset[str]
    reads_lines: bool

    def purchases(self, ids: str) -> list[BookedPurchase]:
        """The purchases with these ids, parted by commas, in that order; those that are gone are left out."""
        asked = {"tenders": "order.tenders" in self.facts, "lines": self.reads_lines}
        return list(map(BookedPurchase._make, self._rows(PURCHASES, ids, asked)))

    def events(self, ids: str) -> list[BookedEvent]:
        """The events with these ids, in that order; those that are gone are left out."""
        return list(map(BookedEvent._make, self._rows(EVENTS, ids, {})))

    def _rows(self, statement: str, ids: str, asked: dict) -> list[tuple]:
        statement = statement.replace("{tier}", TIER).replace("{lines}", self._lines)
        with connection.cursor() as cursor:
            cursor.execute(statement, asked | {"ids": f"{{{ids}}}", "tiers": "tier" in self.needs})
            return cursor.fetchall()

    @cached_property
    def _fields(self) -> tuple[str, ...]:
        """What is read of each line."""
        more = [name for name in ("category", "name") if f"line.{name}" in self.facts]
        return (*ALWAYS, *more, *(["labels"] if any(name.startswith(LABELS) for name in self.facts) else ()))

    @cached_property
    def _lines(self) -> str:
        """The lines as one list for each field: a third of the bytes, and no object for each line."""
        lists = (f"jsonb_path_query_array(v.items, '$[*].{name}')::text" for name in self._fields)
        return f"'[' || {' || chr(44) || '.join(lists)} || ']'"

    @cached_property
    def _by_field(self) -> msgspec.json.Decoder:
        return msgspec.json.Decoder(tuple[tuple(FIELDS[name] for name in self._fields)])

    def lines(self, text: str) -> LinesByFact | None:
        """The lines of a booked purchase; None where some line does not tell all, and what is missing goes without
        saying: then they have to be read line by line."""
        lists = self._by_field.decode(text)
        count = len(lists[0])
        for one in lists:
            if len(one) != count:
                return None
        return LinesByFact(dict(zip(self._fields, lists, strict=True)))

    def members(self, ids: list[str]) -> list[dict]:
        """What is so now of these members of the program."""
        asked = {need: need in self.needs for need in ("attributes", "segments", "referral", "birthday")}
        asked["days"] = DAYS in self.facts
        return sql.rows(MEMBERS, asked | {"program": self.program.pk, "brand": self.program.brand_id, "ids": ids})

    def bought_before(self, ids: list[str], at: datetime) -> list[dict]:
        """How much these members had bought before, and not brought back whole."""
        return sql.rows(BEFORE, [self.program.pk, ids, at])


def whole_lines(id: str) -> tuple[ItemFacts, ...]:
    """The lines of a purchase read line by line. A round trip."""
    return _items(sql.rows(WHOLE_LINES, [[id]])[0]["items"])


def returned_pieces(text: str | None) -> list[ReturnedItem]:
    """Which pieces of a booked purchase came back, as far as that was said."""
    return [piece for pieces in _returned(text) for piece in pieces] if text else []


def tenders_of(text: str) -> frozenset[str]:
    """The kinds of a booked purchase's means of payment."""
    return frozenset(str(tender["type"]) for tender in msgspec.json.decode(text) if "type" in tender)
