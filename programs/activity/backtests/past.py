"""What happened in a program in some time, from the books and in its order, as rules see it: for trying other rules on
it. Nothing is written. Held in mind are an id for each thing that happened, and what is known of each member."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from loyalty import sql
from loyalty.errors import Invalid
from loyalty.identity.models import Member
from programs.activity.bought import RETURNS_BEFORE
from programs.activity.facts import birthday_in
from programs.earning.facts import ItemFacts, PurchaseFacts
from programs.earning.models import EventType
from programs.earning.returns import ReturnedItem
from programs.earning.rules.catalogue import BIRTHDAY, EVENT, JOINED, ORDER
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.happening import Happening, MemberFacts, read_event
from programs.earning.rules.needing import TRIGGER, reads_lines
from programs.earning.taking_back import CameBack
from programs.membership.models import Program

HAPPENINGS_MAX = 5_000_000
ID_BYTES = 16
_items = msgspec.json.Decoder(tuple[ItemFacts, ...]).decode
# Purchases that were undone as though they had never been are no purchases.
IDS = """
select x.id, x.is_purchase from (
  select u.id, u.occurred_at, true as is_purchase from programs_purchase u
  where u.program_id = %(program)s and u.occurred_at >= %(since)s and u.occurred_at < %(until)s
    and u.currency = %(currency)s
  union all
  select e.id, e.occurred_at, false from programs_memberevent e
  where %(events)s and e.program_id = %(program)s and e.occurred_at >= %(since)s and e.occurred_at < %(until)s
) x order by x.occurred_at, x.is_purchase desc, x.id
"""
REVERSED = """
select o.public_id from ledger_posting r join ledger_posting o on o.id = r.reverses_id
where r.kind = 'reverse' and r.unit_id = %s and o.occurred_at >= %s and o.occurred_at < %s
"""
PURCHASES = """
select u.id, u.member_id, u.amount_minor, u.refunded_minor, u.source, u.location_id, u.occurred_at,
       case when %(lines)s then u.items::text end as items, nullif(u.tenders, '[]')::text as tenders,
       case when %(tiers)s then coalesce(u.facts #>> '{member,tier}', {tier}) end as tier
from unnest(%(ids)s::uuid[]) with ordinality a (id, n) join programs_purchase u on u.id = a.id
left join programs_membership s on s.program_id = u.program_id and s.member_id = u.member_id order by a.n
"""
EVENTS = """
select u.id, u.member_id, u.type, u.data::text as data, u.occurred_at,
       case when %(tiers)s then coalesce(u.facts #>> '{member,tier}', {tier}) end as tier
from unnest(%(ids)s::uuid[]) with ordinality a (id, n) join programs_memberevent u on u.id = a.id
left join programs_membership s on s.program_id = u.program_id and s.member_id = u.member_id order by a.n
"""
# What the member had just before; who never went up or down has had the tier of now all the time.
TIER = """coalesce(
  (select c.after from programs_tierchange c where c.membership_id = s.id and c.occurred_at < u.occurred_at
   order by c.occurred_at desc, c.recorded_at desc limit 1),
  (select c.before from programs_tierchange c where c.membership_id = s.id
   order by c.occurred_at, c.recorded_at limit 1),
  (select t.code from programs_tier t where t.id = coalesce(s.given_tier_id, s.tier_id)))"""
MEMBERS = """
select s.member_id, s.joined_at, case when %(attributes)s then s.attributes::text end as attributes,
       case when %(segments)s then array(
         select g.key::text from programs_segmentmember l join programs_segment g on g.id = l.segment_id
         where l.member_id = s.member_id and g.brand_id = %(brand)s and g.kind = 'list') end as segments,
       case when %(referral)s then (
         select r.referrer_id from programs_referral r join programs_membership m
           on m.program_id = r.program_id and m.member_id = r.referrer_id and m.status = 'active'
         where r.program_id = s.program_id and r.friend_id = s.member_id) end as referrer
from programs_membership s where s.program_id = %(program)s and s.member_id = any(%(ids)s)
"""
BEFORE = """
select u.member_id, count(*) as orders, sum(u.amount_minor - u.refunded_minor)::bigint as spend_minor
from programs_purchase u
where u.program_id = %s and u.member_id = any(%s) and u.occurred_at < %s
  and (u.refunded_minor < u.amount_minor or u.amount_minor = 0)
group by 1
"""


@dataclass(slots=True)
class _Known:
    """What is known of a member, and what they have bought so far."""

    name: str
    joined_on: date | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    segments: frozenset[str] = frozenset()
    referrer: str = ""
    born: date | None = None
    orders: int = 0
    spend_minor: int = 0


class Past:
    """What happened from `since` on, before `until`, for rules that these snapshots ask for. Of a member is told what
    was so then: the tier, what they had bought and not brought back whole, the days since joining; and what is so now:
    lists, attributes, who brought them. Refusals: Invalid (more happened than can be replayed at once)."""

    def __init__(self, program: Program, *, since: datetime, until: datetime, rules: tuple[Snapshot, ...]):
        self.program, self.since, self.until = program, since, until
        self.zone = ZoneInfo(program.timezone)
        self.needs = frozenset().union(*(one.needs for one in rules))
        self.reads_lines = any(reads_lines(one.rules) for one in rules)
        self.left_out = 0
        self._known: dict[UUID, _Known] = {}
        self._kinds = dict(EventType.objects.filter(brand=program.brand_id).values_list("name", "fields"))
        self._ids, self._purchases = self._find()

    def __len__(self) -> int:
        return len(self._purchases)

    def part(self, start: int, most: int) -> Iterator[tuple[Happening, CameBack | None]]:
        """What happened at the places from `start` on, `most` of it, each with what has come back of it. Parts are to
        be asked for in their order, each once."""
        end = min(start + most, len(self))
        ids = [UUID(bytes=bytes(self._ids[n * ID_BYTES : (n + 1) * ID_BYTES])) for n in range(start, end)]
        bought = [id for n, id in enumerate(ids, start) if self._purchases[n]]
        rows = {row["id"]: row for row in self._rows(PURCHASES, bought)}
        rows |= {row["id"]: row for row in self._rows(EVENTS, [id for id in ids if id not in rows])}
        self._look_up({row["member_id"] for row in rows.values()} - self._known.keys())
        pieces = self._returned([row["id"] for row in rows.values() if row.get("refunded_minor")])
        for id in ids:
            # What was erased meanwhile is not there any more.
            if row := rows.get(id):
                yield self._bought(row, pieces.get(id, ())) if "amount_minor" in row else (self._happened(row), None)

    def _find(self) -> tuple[bytearray, bytearray]:
        program, ids, purchases = self.program, bytearray(), bytearray()
        asked = {
            "program": program.pk, "since": self.since, "until": self.until, "currency": program.money_currency,
            "events": any(need.startswith(TRIGGER) for need in self.needs),
        }  # fmt: skip
        undone = {row["public_id"] for row in sql.rows(REVERSED, [program.unit_id, self.since, self.until])}
        with connection.chunked_cursor() as cursor:
            cursor.execute(IDS, asked)
            while rows := cursor.fetchmany(10_000):
                for id, is_purchase in rows:
                    if id in undone:
                        self.left_out += 1
                    else:
                        ids += id.bytes
                        purchases.append(is_purchase)
                if len(purchases) > HAPPENINGS_MAX:
                    detail = f"More than {HAPPENINGS_MAX:,} purchases lie in that time; choose a shorter one."
                    raise Invalid([{"pointer": "/from", "code": "out-of-range", "detail": detail}])
        return ids, purchases

    def _rows(self, statement: str, ids: list[UUID]) -> list[dict]:
        if not ids:
            return []
        asked = {"ids": ids, "lines": self.reads_lines, "tiers": "tier" in self.needs}
        return sql.rows(statement.replace("{tier}", TIER), asked)

    def _returned(self, ids: list[UUID]) -> dict[UUID, list[ReturnedItem]]:
        """Which pieces of these purchases came back, as far as that was said."""
        found: dict[UUID, list[ReturnedItem]] = {}
        for row in sql.rows(RETURNS_BEFORE, [ids]) if ids and self.reads_lines else ():
            pieces = msgspec.json.decode(row["items"], type=list[ReturnedItem])
            found.setdefault(row["purchase_id"], []).extend(pieces)
        return found

    def _look_up(self, ids: set[UUID]) -> None:
        """Learns what is so of members who have not been met yet."""
        if not ids:
            return
        asked = {need: need in self.needs for need in ("attributes", "segments", "referral")}
        asked |= {"program": self.program.pk, "brand": self.program.brand_id, "ids": list(ids)}
        for row in sql.rows(MEMBERS, asked):
            self._known[row["member_id"]] = _Known(
                name=str(row["member_id"]),
                joined_on=row["joined_at"].astimezone(self.zone).date(),
                attributes=msgspec.json.decode(row["attributes"] or "{}"),
                segments=frozenset(row["segments"] or ()),
                referrer=str(row["referrer"] or ""),
            )
        for id in ids - self._known.keys():
            self._known[id] = _Known(str(id))
        if "orders" in self.needs:
            for row in sql.rows(BEFORE, [self.program.pk, list(ids), self.since]):
                one = self._known[row["member_id"]]
                one.orders, one.spend_minor = row["orders"], row["spend_minor"]
        if "birthday" in self.needs:
            for member in Member.objects.filter(pk__in=ids, birth_date__isnull=False).only("birth_date", "data_key"):
                self._known[member.pk].born = member.birth_date

    def _member(self, row: dict, one: _Known) -> MemberFacts:
        day, born = row["occurred_at"].astimezone(self.zone).date(), one.born
        return MemberFacts(
            id=one.name,
            referrer_id=one.referrer,
            tier=row["tier"] or "",
            segments=one.segments,
            orders_before=one.orders,
            spend_before_minor=one.spend_minor,
            is_birthday=born is not None and birthday_in(born, day.year) == day,
            is_birthday_month=born is not None and born.month == day.month,
            days_since_joining=max(0, (day - one.joined_on).days) if one.joined_on else 0,
            attributes=one.attributes,
        )

    def _bought(self, row: dict, pieces: tuple | list) -> tuple[Happening, CameBack | None]:
        one = self._known[row["member_id"]]
        total, refunded = row["amount_minor"], row["refunded_minor"]
        items = _items(row["items"]) if row["items"] else ()
        purchase = PurchaseFacts(
            amount_minor=total, currency=self.program.money_currency, occurred_at=row["occurred_at"], items=items,
            location_id=row["location_id"], source=row["source"],
        )  # fmt: skip
        tenders = msgspec.json.decode(row["tenders"]) if row["tenders"] else ()
        happening = Happening(
            at=row["occurred_at"], member=self._member(row, one), trigger=ORDER, purchase=purchase,
            tenders=frozenset(str(tender["type"]) for tender in tenders if "type" in tender),
        )  # fmt: skip
        if refunded < total or total == 0:
            one.orders += 1
            one.spend_minor += total - refunded
        if not refunded:
            return happening, None
        return happening, CameBack(total_minor=total, items=items, refunded_minor=refunded, pieces=pieces)

    def _happened(self, row: dict) -> Happening:
        type_ = row["type"]
        try:
            data = msgspec.json.decode(row["data"])
            event = read_event(self._kinds.get(type_, {}), data, self.program.money_currency)
        except Invalid:
            # The brand has changed what such events tell since; what it told then cannot be read any more.
            event = {}
        trigger = type_ if type_ in (JOINED, BIRTHDAY) else EVENT + type_
        member = self._member(row, self._known[row["member_id"]])
        return Happening(at=row["occurred_at"], member=member, trigger=trigger, event=event)
