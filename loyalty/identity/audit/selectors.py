"""Questions to the list of changes: the newest first, of some brands, narrowed down, from a place on. Each is one
statement that an index answers in order, however long the list has become."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from loyalty.errors import Invalid
from loyalty.history.models import Change
from loyalty.identity.models import Person, ServerKey
from loyalty.identity.principals import Principal
from loyalty.sql import rows

LINES = """
select id, kind, object_id, label, actor, source, recorded_at
from loyalty_change where {conditions} order by recorded_at {order}, id {order} limit %(limit)s
"""
# Almost every line is of one brand, some are of two or three, and under each of these they stand in an index in order.
# No line is answered twice: one that stands under an earlier brand of those asked for is left out under the later.
UNDER_BRAND = (
    "brand_ids[1] = {brand}",
    "cardinality(brand_ids) > 1 and brand_ids[2] = {brand} and brand_ids[1] <> all (%(brands)s)",
    "cardinality(brand_ids) > 2 and brand_ids[3] = {brand} and not brand_ids[1:2] && %(brands)s",
)
OF_MANY = "cardinality(brand_ids) > 3 and brand_ids && %(brands)s and not brand_ids[1:3] && %(brands)s"


class Line(NamedTuple):
    """A line of the list."""

    id: int
    kind: str
    object_id: str
    label: str
    actor: str
    source: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to narrow the list down to: whose changes ("person:<id>"), of which kind ("loyalty.brand"), of which object,
    from where, and when (`since` and later, before `until`)."""

    actor: str | None = None
    kind: str | None = None
    object_id: str | None = None
    action: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


CONDITIONS = {
    "actor": "actor = %(actor)s",
    "kind": "kind = %(kind)s",
    "object_id": "object_id = %(object_id)s",
    "action": "label = %(action)s",
    "source": "source = %(source)s",
    "since": "recorded_at >= %(since)s",
    "until": "recorded_at < %(until)s",
}


def find_changes(
    brands: Collection[UUID] | None,
    asked: Asked,
    *,
    limit: int,
    after: tuple[datetime, int] | None = None,
    backwards: bool = False,
) -> list[Line]:
    """The lines of these brands (None: all there are), the newest first; those older than the place `after` (moment and
    id of a line), or with `backwards` the newer ones, the oldest first."""
    sql, params = statement(brands, asked, limit=limit, after=after, backwards=backwards)
    return [Line(**row) for row in rows(sql, params)] if sql else []


def statement(brands, asked: Asked, *, limit: int, after=None, backwards: bool = False) -> tuple[str, dict]:
    """The statement behind `find_changes`, with its parameters; none where there is no brand to ask for."""
    params = {name: getattr(asked, name) for name in CONDITIONS if getattr(asked, name) is not None}
    conditions = [CONDITIONS[name] for name in params]
    params |= {"limit": limit}
    order = "asc" if backwards else "desc"
    if after:
        conditions.append(f"(recorded_at, id) {'>' if backwards else '<'} (%(moment)s, %(place)s)")
        params |= {"moment": after[0], "place": after[1]}
    if brands is None:
        return LINES.format(conditions=" and ".join(conditions or ["true"]), order=order), params
    if not brands:
        return "", {}
    params |= {"brands": list(brands)} | {f"brand{n}": brand for n, brand in enumerate(brands)}
    places = [under.format(brand=f"%(brand{n})s") for n, _ in enumerate(brands) for under in UNDER_BRAND] + [OF_MANY]
    parts = [f"({LINES.format(conditions=' and '.join([place, *conditions]), order=order)})" for place in places]
    whole = " union all ".join(parts)
    return f"select * from ({whole}) lines order by recorded_at {order}, id {order} limit %(limit)s", params


def visible_brands(principal: Principal) -> Collection[UUID] | None:
    """The brands whose history the principal may read; None: all there is."""
    return principal.brands_where("history.view")


def whose(text: str, brands: Collection[UUID] | None) -> str | None:
    """The actor that somebody means by an e-mail address, by the name or beginning of one of the brands' keys, or as it
    is written in the list; None where nobody is meant."""
    text = text.strip()
    if ":" in text:
        return text[:120]
    if "@" in text:
        people = Person.objects.filter(email=text.lower())
        people = people if brands is None else people.filter(posts__brand__in=brands)
        found = people.values_list("pk", flat=True).first()
        return f"person:{found}" if found else None
    keys = ServerKey.objects.all() if brands is None else ServerKey.objects.filter(brand__in=brands)
    key = keys.filter(name__iexact=text).first() or (len(text) > 3 and keys.filter(prefix__startswith=text).first())
    return f"key:{key.pk}" if key else None


def asked_by(filters, brands: Collection[UUID] | None) -> Asked | None:
    """The question that a form or a query asks, with the actor made out; None where they mean nobody."""
    said = {name: getattr(filters, name) for name in CONDITIONS}
    if said["actor"] and (actor := whose(said["actor"], brands)) is None:
        return None
    return Asked(**said | ({"actor": actor} if said["actor"] else {}))


def place_of(values: tuple[str, ...]) -> tuple[datetime, int] | None:
    """A place in the list as a cursor keeps it. Refusals: Invalid (a cursor of our making says no such thing)."""
    if not values:
        return None
    try:
        moment, place = values
        at = datetime.fromisoformat(moment)
        if at.tzinfo is not None and 0 <= int(place) < 2**63:
            return at, int(place)
    except ValueError:
        pass
    detail = "Take the cursor from `next` or `previous` as it is."
    raise Invalid([{"pointer": "/cursor", "code": "invalid-format", "detail": detail}])


SOURCES = dict(Change.Source.choices)
ACTIONS = dict(Change.Label.choices)
