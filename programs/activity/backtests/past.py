"""What happened in a program in some time, from the books and in its order, as rules see it: for trying other rules on
it. Nothing is written. Held in mind are an id for each thing that happened, and what is known of each member."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from loyalty import sql
from loyalty.errors import Invalid
from loyalty.identity.models import Member
from programs.activity.backtests.books import (
    DAYS,
    BookedEvent,
    BookedPurchase,
    Books,
    moment,
    returned_pieces,
    tenders_of,
    whole_lines,
)  # fmt: skip
from programs.activity.backtests.reading_ahead import read_ahead
from programs.activity.facts import birthday_in
from programs.earning.facts import ItemFacts, PurchaseFacts
from programs.earning.models import EventType
from programs.earning.rules.catalogue import BIRTHDAY, EVENT, JOINED, ORDER
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.happening import Happening, MemberFacts, read_event
from programs.earning.rules.needing import TRIGGER, facts_read, reads_lines
from programs.earning.taking_back import CameBack
from programs.membership.models import Program

HAPPENINGS_MAX = 5_000_000
ID_BYTES = 16
NO_TENDERS: frozenset[str] = frozenset()
# So many are read at once: few at first, so that there is soon something to decide while the next are being read.
FIRST_READ, LONGEST_READ = 100, 1600
# Purchases that were undone as though they had never been are no purchases.
IDS = """
select uuid_send(x.id), x.is_purchase from (
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
        facts = frozenset().union(*(facts_read(one.rules) for one in rules))
        self.books = Books(program, self.needs, facts, any(reads_lines(one.rules) for one in rules))
        self._reads_days = "birthday" in self.needs or DAYS in facts
        self.left_out = 0
        self._known: dict[str, _Known] = {}
        self._kinds = dict(EventType.objects.filter(brand=program.brand_id).values_list("name", "fields"))
        self._ids, self._purchases = self._find()

    def __len__(self) -> int:
        return len(self._purchases)

    def part(self, start: int, most: int) -> Iterator[tuple[Happening, CameBack | None]]:
        """What happened at the places from `start` on, `most` of it, each with what has come back of it. Parts are to
        be asked for in their order, each once. While one thing is looked at the next are being read."""
        end, size, reads = min(start + most, len(self)), FIRST_READ, []
        while start < end:
            reads.append(partial(self._read, start, min(start + size, end)))
            start, size = start + size, min(2 * size, LONGEST_READ)
        for rows in read_ahead(reads):
            for row, lines in rows:
                yield self._bought(row, lines) if type(row) is BookedPurchase else (self._happened(row), None)

    def _find(self) -> tuple[bytearray, bytearray]:
        program, ids, purchases = self.program, bytearray(), bytearray()
        asked = {
            "program": program.pk, "since": self.since, "until": self.until, "currency": program.money_currency,
            "events": any(need.startswith(TRIGGER) for need in self.needs),
        }  # fmt: skip
        undone = {row["public_id"].bytes for row in sql.rows(REVERSED, [program.unit_id, self.since, self.until])}
        with connection.chunked_cursor() as cursor:
            cursor.execute(IDS, asked)
            while rows := cursor.fetchmany(10_000):
                for id, is_purchase in rows:
                    if id in undone:
                        self.left_out += 1
                    else:
                        ids += id
                        purchases.append(is_purchase)
                if len(purchases) > HAPPENINGS_MAX:
                    detail = f"More than {HAPPENINGS_MAX:,} purchases lie in that time; choose a shorter one."
                    raise Invalid([{"pointer": "/from", "code": "out-of-range", "detail": detail}])
        return ids, purchases

    def _read(self, start: int, end: int) -> list[tuple[BookedPurchase | BookedEvent, Sequence[ItemFacts]]]:
        """What the books have at these places, purchases with their lines; of members who were not met before what is
        so of them is learned. What was erased meanwhile is not there any more."""
        ids = self._ids[start * ID_BYTES : end * ID_BYTES].hex(",", -ID_BYTES)
        bought = sum(self._purchases[start:end])
        rows = [*self.books.purchases(ids)] if bought else []
        if bought < end - start:
            rows = sorted([*rows, *self.books.events(ids)], key=lambda row: row.n)
        self._look_up(list({row.member for row in rows} - self._known.keys()))
        return [(row, self._lines(row, ids) if type(row) is BookedPurchase else ()) for row in rows]

    def _lines(self, row: BookedPurchase, ids: str) -> Sequence[ItemFacts]:
        if not row.items:
            return ()
        found = self.books.lines(row.items)
        # Whoever wrote them may have left out what goes without saying.
        return whole_lines(ids.split(",")[row.n - 1]) if found is None else found

    def _look_up(self, ids: list[str]) -> None:
        """Learns what is so of members who have not been met yet."""
        if not ids:
            return
        found, born = {id: _Known(id) for id in ids}, []
        for row in self.books.members(ids):
            one = found[row["member_id"]]
            if row["joined_at"]:
                one.joined_on = row["joined_at"].astimezone(self.zone).date()
            if row["attributes"]:
                one.attributes = msgspec.json.decode(row["attributes"])
            one.segments, one.referrer = frozenset(row["segments"] or ()), row["referrer"] or ""
            if row["has_birth_date"]:
                born.append(row["member_id"])
        if "orders" in self.needs:
            for row in self.books.bought_before(ids, self.since):
                one = found[row["member_id"]]
                one.orders, one.spend_minor = row["orders"], row["spend_minor"]
        if born:
            for member in Member.objects.filter(pk__in=born).only("birth_date", "data_key"):
                found[str(member.pk)].born = member.birth_date
        self._known |= found

    def _member(self, row: BookedPurchase | BookedEvent, one: _Known, at: datetime) -> MemberFacts:
        is_birthday, is_month, days = False, False, 0
        if self._reads_days and (one.born or one.joined_on):
            day, born = at.astimezone(self.zone).date(), one.born
            is_birthday = born is not None and birthday_in(born, day.year) == day
            is_month = born is not None and born.month == day.month
            days = max(0, (day - one.joined_on).days) if one.joined_on else 0
        return MemberFacts(
            id=one.name,
            referrer_id=one.referrer,
            tier=row.tier or "",
            segments=one.segments,
            orders_before=one.orders,
            spend_before_minor=one.spend_minor,
            is_birthday=is_birthday,
            is_birthday_month=is_month,
            days_since_joining=days,
            attributes=one.attributes,
        )

    def _bought(self, row: BookedPurchase, items: Sequence[ItemFacts]) -> tuple[Happening, CameBack | None]:
        one, at = self._known[row.member], moment(row.at)
        total, refunded = row.amount_minor, row.refunded_minor
        purchase = PurchaseFacts(
            amount_minor=total, currency=self.program.money_currency, occurred_at=at, items=items,
            location_id=row.location_id, source=row.source,
        )  # fmt: skip
        tenders = tenders_of(row.tenders) if row.tenders else NO_TENDERS
        member = self._member(row, one, at)
        happening = Happening(at=at, member=member, trigger=ORDER, purchase=purchase, tenders=tenders)
        if refunded < total or total == 0:
            one.orders += 1
            one.spend_minor += total - refunded
        if not refunded:
            return happening, None
        pieces = returned_pieces(row.returned)
        return happening, CameBack(total_minor=total, items=items, refunded_minor=refunded, pieces=pieces)

    def _happened(self, row: BookedEvent) -> Happening:
        at, type_ = moment(row.at), row.type
        try:
            data = msgspec.json.decode(row.data)
            event = read_event(self._kinds.get(type_, {}), data, self.program.money_currency)
        except Invalid:
            # The brand has changed what such events tell since; what it told then cannot be read any more.
            event = {}
        trigger = type_ if type_ in (JOINED, BIRTHDAY) else EVENT + type_
        return Happening(at=at, member=self._member(row, self._known[row.member], at), trigger=trigger, event=event)
