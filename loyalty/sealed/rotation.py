"""Turning the key ring: everything that an older key sealed is sealed with the newest, while the service runs. Only the
rows' own keys are wrapped anew; who keeps other ciphertexts of the ring registers here."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import connection, models, transaction

from loyalty.sealed.fields import BlindIndexField, DataKeyField, place_of
from loyalty.sealed.ring import Ring, SealBroken, ring

CHUNK = 500

KEY_OF_ROW = "encode(substr({column}, 3, get_byte({column}, 1)), 'escape')"
USED = f"""
select {KEY_OF_ROW}, count(*) from {{table}} where {{column}} is not null and length({{column}}) > 2 group by 1
"""
OLDER = f"""
select {{pk}}, {{column}} from {{table}}
where {{column}} is not null and length({{column}}) > 2 and {KEY_OF_ROW} <> %s {{after}} order by {{pk}} limit {CHUNK}
"""
# The row keeps its new key only if it still has the old one; one that somebody is writing just now waits its turn.
SWAP = """
with chosen as (
  select t.{pk}, r.fresh from {table} t
  join unnest(%s::{type}[], %s::bytea[], %s::bytea[]) r (pk, old, fresh) on r.pk = t.{pk} and t.{column} = r.old
  order by t.{pk} for no key update of t skip locked
)
update {table} t set {column} = chosen.fresh from chosen where t.{pk} = chosen.{pk}
"""


@dataclass(frozen=True)
class Keeper:
    """Something that keeps ciphertexts of the ring. `used` counts them by the id of their key; `reseal` seals at most
    so many anew with the newest key and says how many it did: 0 when there is none left that it can do."""

    name: str
    used: Callable[[], Counter]
    reseal: Callable[[int], int]


_registered: dict[str, Keeper] = {}


def register(keeper: Keeper) -> None:
    """Adds a keeper other than the models with sealed fields, which are found by themselves."""
    _registered[keeper.name] = keeper


def keepers() -> list[Keeper]:
    """Whoever keeps something: the models with a data key, and who registered."""
    return [*(_Rows(model).keeper() for model in sealed_models()), *_registered.values()]


def sealed_models() -> list[type[models.Model]]:
    """The models whose rows have keys of their own."""
    return [model for model in apps.get_models() if _data_key(model) and model._meta.managed and not model._meta.proxy]


@dataclass
class Tally:
    """What is sealed with which key, by keeper; `broken` rows cannot be opened by any key of the ring."""

    used: dict[str, Counter] = field(default_factory=dict)
    broken: int = 0

    @property
    def by_key(self) -> Counter:
        return sum(self.used.values(), Counter())

    def older_than(self, newest: str) -> int:
        return self.by_key.total() - self.by_key[newest]


def tally() -> Tally:
    """Counts everything that is sealed."""
    return Tally({keeper.name: Counter(keeper.used()) for keeper in keepers()})


def reseal(*, limit: int | None = None, progress: Callable[[int], None] = lambda done: None) -> Tally:
    """Seals with the newest key what older ones sealed, `limit` things at most (all), in chunks that are each one
    transaction. Safe under load, to break off and to repeat: a row that is being written meanwhile is left for the next
    pass, and passes end when one finds nothing to do. Answers what is sealed with which key afterwards."""
    done, left = 0, limit
    while left is None or left > 0:
        in_pass = 0
        for keeper in keepers():
            while (left is None or left > 0) and (some := keeper.reseal(CHUNK if left is None else min(CHUNK, left))):
                in_pass, done = in_pass + some, done + some
                left = None if left is None else left - some
                progress(done)
        if not in_pass:
            break
    counted = tally()
    known = ring().keys
    counted.broken = sum(many for key, many in counted.by_key.items() if key not in known)
    return counted


def reindex(*, progress: Callable[[int], None] = lambda done: None) -> int:
    """Makes every blind index anew with the present INDEX_KEY, in chunks that are each one transaction; says how many
    rows were changed. Look-ups find nothing that has not been reached yet: the service is to be stopped meanwhile.
    Repeating it changes nothing."""
    changed = seen = 0
    for model in apps.get_models():
        indexes = [found for found in model._meta.local_concrete_fields if isinstance(found, BlindIndexField)]
        if not indexes or model._meta.proxy:
            continue
        for chunk in _chunks(model, {index.of.partition("__")[0] for index in indexes if "__" in index.of}):
            changed += _reindex(model, indexes, chunk)
            seen += len(chunk)
            progress(seen)
    return changed


class _Rows:
    """The data keys of one model."""

    def __init__(self, model: type[models.Model]):
        self.model, self.column = model, _data_key(model).column
        self.last = None
        self.names = {
            "table": connection.ops.quote_name(model._meta.db_table),
            "column": connection.ops.quote_name(self.column),
            "pk": connection.ops.quote_name(model._meta.pk.column),
            "type": model._meta.pk.db_type(connection),
        }

    def keeper(self) -> Keeper:
        return Keeper(self.model._meta.label, self.used, self.reseal)

    def used(self) -> Counter:
        with connection.cursor() as cursor:
            cursor.execute(USED.format(**self.names))
            return Counter(dict(cursor.fetchall()))

    def reseal(self, limit: int) -> int:
        """Goes on after the row it came to, and past chunks in which nothing could be done."""
        while rows := self._older()[:limit]:
            self.last = rows[-1][0]
            swaps = [swap for pk, old in rows if (swap := self._swap(pk, bytes(old)))]
            if swaps and (done := self._write(swaps)):
                return done
        return 0

    def _older(self) -> list[tuple]:
        after, params = ("", []) if self.last is None else (f"and {self.names['pk']} > %s", [self.last])
        with connection.cursor() as cursor:
            cursor.execute(OLDER.format(after=after, **self.names), [ring().newest, *params])
            return cursor.fetchall()

    def _write(self, swaps: list[tuple]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(SWAP.format(**self.names), [list(column) for column in zip(*swaps, strict=True)])
            return cursor.rowcount

    def _swap(self, pk, old: bytes) -> tuple | None:
        place = place_of(self.model(pk=pk), self.column)
        try:
            return pk, old, ring().seal(ring().open(old, place), place)
        except SealBroken:
            return None


def _data_key(model: type[models.Model]) -> DataKeyField | None:
    return next((found for found in model._meta.local_concrete_fields if isinstance(found, DataKeyField)), None)


def _chunks(model: type[models.Model], related: set[str]) -> Iterator[list[models.Model]]:
    """All rows in the order of their ids, locked as long as the caller looks at them."""
    last = None
    while True:
        with transaction.atomic():
            rows = model._base_manager.select_related(*related).select_for_update(no_key=True).order_by("pk")
            chunk = list(rows[:CHUNK] if last is None else rows.filter(pk__gt=last)[:CHUNK])
            if not chunk:
                return
            last = chunk[-1].pk
            yield chunk


def _reindex(model: type[models.Model], indexes: list[BlindIndexField], chunk: list[models.Model]) -> int:
    stale = []
    for row in chunk:
        before = [getattr(row, index.attname) for index in indexes]
        if [index.pre_save(row, add=False) for index in indexes] != before:
            stale.append(row)
    model._base_manager.bulk_update(stale, [index.attname for index in indexes])
    return len(stale)


def key_of_text(sealed: bytes) -> str:
    """The id of the key of a ciphertext, for keepers that count theirs in Python; "?" for what is none."""
    try:
        return Ring.key_of(sealed)
    except SealBroken:
        return "?"
