"""What happened to a member in one stream, newest first: transactions, and between them changes of tier, rewards,
vouchers, and what rooms above add. It is read with one query, however many kinds of things there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.http.money import from_minor
from loyalty.http.pagination import Place
from loyalty.identity.selectors import as_uuid
from programs.activity.records import Recorded
from programs.activity.selectors import POSTINGS, Part, recorded_of, side_of

TRANSACTIONS = "transactions"
CASTS = {"bigint": lambda text: text.isascii() and text.isdigit() and len(text) < 19, "uuid": as_uuid}
# The columns of a posting stand beside those that all streams have.
POSTING = f"""
select '{TRANSACTIONS}' as stream, t.recorded_at as at, array[t.id::text] as key, null::text as row, t.*
from ({{page}}) t
"""
OTHER = """
select '{name}', s.at, s.key, s.row::text, null::uuid, null::uuid, null, null, null::bigint, null::uuid, null,
       null::bigint, null::bigint, null::bigint, null::bigint, null, null, null, null::timestamptz, null::timestamptz,
       null::uuid
from ({page}) s
"""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of thing that happens to members. `page` selects `at` (in our books), `key` (text[]) and `row` (json, in
    the names of the answer) with the conditions and the order that `{edge}` and `{order}` stand for, by the columns of
    `key` with their types; %(member)s, %(accounts)s, %(programs)s and %(limit)s are given. `hides` is true of postings
    `p` of which this stream tells itself."""

    name: str
    key: Sequence[tuple[str, str]]
    page: str
    hides: str = ""
    told: Callable[[dict], dict] = dict


@dataclass(frozen=True, slots=True)
class Edge:
    """A place in all streams: in each the last row up to it, if there is one, and in which of them it lies itself."""

    stream: str = ""
    keys: Mapping[str, Key] = field(default_factory=dict)

    def values(self) -> tuple[str, ...]:
        return (self.stream, *(f"{name}:{'|'.join(key)}" for name, key in self.keys.items()))


@dataclass(frozen=True, slots=True)
class Happened:
    """A row of the stream with its place: a transaction, or something else in the names of the answer."""

    edge: Edge
    row: Recorded | dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Row:
    stream: str
    at: datetime
    key: Key
    row: Recorded | dict[str, Any]


_streams: dict[str, Stream] = {}


def tells(stream: Stream) -> None:
    """Adds a stream to every member's history. Adding it again changes nothing."""
    _streams[stream.name] = stream


def edge_of(values: Sequence[str]) -> Edge:
    """The place that a cursor names; Invalid for what is none."""
    stream, *rest = values
    keys = {name: tuple(key.split("|")) for name, _, key in (each.partition(":") for each in rest)}
    kinds = {TRANSACTIONS: ("bigint",)} | {one.name: tuple(kind for _, kind in one.key) for one in _streams.values()}
    is_place = stream in keys and all(
        name in kinds and len(key) == len(kinds[name]) and all(map(_is, key, kinds[name])) for name, key in keys.items()
    )
    if not is_place:
        detail = "Take the cursor from `next` or `previous` as it is."
        raise Invalid([{"pointer": "/cursor", "code": "invalid-format", "detail": detail}])
    return Edge(stream, keys)


def history_page(parts: Sequence[Part], *, place: Place, limit: int) -> list[Happened]:
    """At most `limit` rows of these parts away from the place: older ones, newest first, or backwards newer ones,
    oldest first. What came with a transaction stands above it. One query. Refusals: Invalid (a cursor that is none)."""
    edge = edge_of(place.values) if place.values else Edge()
    if not parts:
        return []
    found: dict[str, list[_Row]] = {name: [] for name in (TRANSACTIONS, *_streams)}
    # Backwards a row is told by what lies above it, so one more of each stream is needed.
    for row in _rows(parts, edge, newer=place.backwards, limit=limit + place.backwards):
        found[row.stream].append(row)
    return _newer(found, limit) if place.backwards else _older(found, edge, limit)


def _older(found: dict[str, list[_Row]], edge: Edge, limit: int) -> list[Happened]:
    made: list[Happened] = []
    while len(made) < limit and (heads := [rows[0] for rows in found.values() if rows]):
        # Of those at one moment the transaction comes last.
        row = max(heads, key=lambda one: (one.at, one.stream != TRANSACTIONS))
        found[row.stream].pop(0)
        edge = Edge(row.stream, {**edge.keys, row.stream: row.key})
        made.append(Happened(edge, row.row))
    return made


def _newer(found: dict[str, list[_Row]], limit: int) -> list[Happened]:
    """What lies above a row of the one stream is the next of each other."""
    made: list[Happened] = []
    while len(made) < limit and (heads := [rows[0] for rows in found.values() if rows]):
        row = min(heads, key=lambda one: (one.at, one.stream != TRANSACTIONS))
        found[row.stream].pop(0)
        above = {name: rows[0].key for name, rows in found.items() if rows and name != row.stream}
        made.append(Happened(Edge(row.stream, {**above, row.stream: row.key}), row.row))
    return made


def _rows(parts: Sequence[Part], edge: Edge, *, newer: bool, limit: int) -> list[_Row]:
    given: dict[str, Any] = {
        "accounts": [part.account_id for part in parts],
        "programs": [part.program_id for part in parts],
        "member": parts[0].member_id,
        "kind": None,
        "limit": limit,
        "now": clock.now(),
        "edge": _posting_edge(edge, newer=newer),
    }
    hides = "".join(f" and not coalesce({stream.hides}, false)" for stream in _streams.values() if stream.hides)
    pages = [POSTING.format(page=POSTINGS.format(**side_of(newer), hides=hides))]
    for stream in _streams.values():
        where = _condition(stream, edge, newer, given)
        page = stream.page.format(edge=where, order="asc" if newer else "desc")
        pages.append(OTHER.format(name=stream.name, page=page))
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(f"({page})" for page in pages), given)
        return [_read(columns) for columns in cursor.fetchall()]


def _read(columns: Sequence) -> _Row:
    stream, at, key, row, *posting = columns
    if stream == TRANSACTIONS:
        return _Row(stream, at, tuple(key), recorded_of(posting))
    return _Row(stream, at, tuple(key), _streams[stream].told(msgspec.json.decode(row)))


def _posting_edge(edge: Edge, *, newer: bool) -> int:
    """The posting beyond which to look; newer ones begin with the one of the place, unless the place is its own."""
    key = edge.keys.get(TRANSACTIONS)
    if key is None:
        return 2**62
    return int(key[0]) - (newer and edge.stream != TRANSACTIONS)


def _condition(stream: Stream, edge: Edge, newer: bool, given: dict[str, Any]) -> str:
    key = edge.keys.get(stream.name)
    if key is None:
        # Above the first of them there is none.
        return "false" if newer else "true"
    names = [f"{stream.name}_{n}" for n in range(len(key))]
    given |= dict(zip(names, key, strict=True))
    columns = ", ".join(column for column, _ in stream.key)
    values = ", ".join(f"%({name})s::{kind}" for name, (_, kind) in zip(names, stream.key, strict=True))
    sign = ("> " if edge.stream == stream.name else ">=") if newer else "<"
    return f"({columns}) {sign} ({values})"


def _is(text: str, kind: str) -> bool:
    if kind in CASTS:
        return bool(CASTS[kind](text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and 1900 <= moment.year <= 2200


TIERS = Stream(
    name="tiers",
    key=(("t.recorded_at", "timestamptz"), ("t.id", "uuid")),
    page="""
    select t.recorded_at as at, array[t.recorded_at::text, t.id::text] as key,
           json_build_object(
             'id', t.id, 'type', 'tier_changed', 'member_id', m.member_id, 'program_id', m.program_id,
             'before', nullif(t.before, ''), 'after', nullif(t.after, ''), 'reason', t.reason,
             'occurred_at', t.occurred_at, 'created_at', t.recorded_at) as row
    from programs_tierchange t join programs_membership m on m.id = t.membership_id
    where m.account_id = any(%(accounts)s) and {edge}
    order by t.recorded_at {order}, t.id {order} limit %(limit)s
    """,
)
# A voucher stands where it was claimed or given, also when it was moved to another program.
VOUCHERS = Stream(
    name="vouchers",
    key=(("v.id", "uuid"),),
    page="""
    select v.issued_at as at, array[v.id::text] as key,
           json_build_object(
             'id', v.id, 'type', case when v.claim_key is null then 'voucher_given' else 'reward_claimed' end,
             'status', case when v.cancelled_at is not null then 'cancelled'
                            when v.status in ('issued', 'claimed') and v.expires_at <= %(now)s then 'expired'
                            else v.status end,
             'member_id', v.member_id, 'program_id', p.id, 'points', -v.points, 'voucher_id', v.id,
             'reward_id', v.reward_id, 'reward', coalesce(v.terms ->> 'name', ''), 'transaction_id', v.posting_id,
             'expires_at', v.expires_at, 'occurred_at', coalesce(v.claimed_at, v.issued_at), 'created_at', v.issued_at
           ) as row
    from programs_voucher v left join programs_reward r on r.id = v.reward_id
    cross join lateral (select coalesce(r.program_id, v.program_id) as id) p
    where v.member_id = %(member)s and p.id = any(%(programs)s::uuid[]) and {edge}
    order by v.id {order} limit %(limit)s
    """,
    hides="p.kind = 'redeem' and p.data ? 'claimed'",
)
USES = Stream(
    name="uses",
    key=(("u.id", "uuid"),),
    page="""
    select u.recorded_at as at, array[u.id::text] as key,
           json_build_object(
             'id', u.id, 'type', 'voucher_redeemed',
             'status', case when u.rolled_back_at is null then 'completed' else 'reversed' end,
             'member_id', u.member_id, 'program_id', u.program_id, 'voucher_id', u.voucher_id,
             'reward_id', v.reward_id, 'reward', coalesce(v.terms ->> 'name', ''), 'reference', u.reference,
             'discount_minor', u.discount_minor, 'currency', u.currency,
             'occurred_at', u.occurred_at, 'created_at', u.recorded_at) as row
    from programs_voucheruse u join programs_voucher v on v.id = u.voucher_id
    where u.member_id = %(member)s and u.program_id = any(%(programs)s::uuid[]) and {edge}
    order by u.id {order} limit %(limit)s
    """,
    told=lambda row: (
        {name: value for name, value in row.items() if name not in ("discount_minor", "currency")}
        | (
            {"discount": from_minor(row["discount_minor"], row["currency"]), "currency": row["currency"]}
            if row["currency"]
            else {}
        )
    ),
)
for _stream in (TIERS, VOUCHERS, USES):
    tells(_stream)
