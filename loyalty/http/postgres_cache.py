"""A cache shared by all processes, kept in an unlogged PostgreSQL table, whose `add` and `incr` are atomic (those
of Django's own database cache are not). Whole numbers are kept as such, all else pickled: only we write the table."""

import pickle
import random
from datetime import UTC, datetime

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connections

_BIGINT = range(-(2**63), 2**63)
_CULL_CHANCE = 1 / 500
_CULL_ROWS = 1_000
_ALIVE = "(expires_at is null or expires_at > clock_timestamp())"
_UPSERT = """
insert into $T as t (key, number, value, expires_at) values (%s, %s, %s, %s)
on conflict (key) do update set number = excluded.number, value = excluded.value, expires_at = excluded.expires_at
"""


class PostgresCache(BaseCache):
    """LOCATION names the table; OPTIONS may name the database's `alias`."""

    def __init__(self, table: str, params: dict):
        super().__init__(params)
        self.table = '"' + table.replace('"', '""') + '"'
        self.alias = params.get("OPTIONS", {}).get("alias", "default")

    def get(self, key, default=None, version=None):
        found = self._run(f"select number, value from $T where key = %s and {_ALIVE}", [self._key(key, version)])
        return _value(*found[0]) if found else default

    def get_many(self, keys, version=None) -> dict:
        names = {self._key(key, version): key for key in keys}
        found = self._run(f"select key, number, value from $T where key = any(%s) and {_ALIVE}", [list(names)])
        return {names[key]: _value(number, value) for key, number, value in found}

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None) -> None:
        self._run(_UPSERT, self._row(key, value, timeout, version))
        self._cull_sometimes()

    def set_many(self, data: dict, timeout=DEFAULT_TIMEOUT, version=None) -> list:
        rows = sorted(self._row(key, value, timeout, version) for key, value in data.items())
        if rows:
            sql = _UPSERT.replace("(%s, %s, %s, %s)", ", ".join(["(%s, %s, %s, %s)"] * len(rows)))
            self._run(sql, [column for row in rows for column in row])
        return []

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None) -> bool:
        added = self._run(f"{_UPSERT} where t.expires_at <= clock_timestamp()", self._row(key, value, timeout, version))
        self._cull_sometimes()
        return bool(added)

    def incr(self, key, delta=1, version=None) -> int:
        sql = f"update $T set number = number + %s where key = %s and number is not null and {_ALIVE} returning number"
        found = self._run(sql, [delta, self._key(key, version)])
        if not found:
            raise ValueError(f"Key {key!r} not found or not a number")
        return found[0][0]

    def touch(self, key, timeout=DEFAULT_TIMEOUT, version=None) -> bool:
        sql = f"update $T set expires_at = %s where key = %s and {_ALIVE}"
        return bool(self._run(sql, [self._expiry(timeout), self._key(key, version)]))

    def has_key(self, key, version=None) -> bool:
        return bool(self._run(f"select 1 from $T where key = %s and {_ALIVE}", [self._key(key, version)]))

    def delete(self, key, version=None) -> bool:
        return bool(self._run(f"delete from $T where key = %s and {_ALIVE}", [self._key(key, version)]))

    def delete_many(self, keys, version=None) -> None:
        self._run("delete from $T where key = any(%s)", [[self._key(key, version) for key in keys]])

    def clear(self) -> None:
        self._run("delete from $T")

    def cull(self, limit: int = 10_000) -> int:
        """Remove what has expired, at most `limit` rows; says how many. Rows in use are left for the next time."""
        return self._run(
            # An array is made once; a plain "in" may be asked for each row, and then takes more than the limit.
            "delete from $T where key = any(array(select key from $T where expires_at <= clock_timestamp()"
            " order by expires_at limit %s for update skip locked))",
            [limit],
        )

    def _cull_sometimes(self) -> None:
        if random.random() < _CULL_CHANCE:  # noqa: S311 (nobody gains by guessing when we sweep)
            self.cull(_CULL_ROWS)

    def _key(self, key, version) -> str:
        return self.make_and_validate_key(key, version=version)

    def _row(self, key, value, timeout, version) -> tuple:
        return (self._key(key, version), *_columns(value), self._expiry(timeout))

    def _expiry(self, timeout) -> datetime | None:
        seconds = self.get_backend_timeout(timeout)
        return None if seconds is None else datetime.fromtimestamp(max(seconds, 0), UTC)

    def _run(self, sql: str, parameters=()):
        """The rows of a statement, or how many it touched."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(sql.replace("$T", self.table), parameters)
            return cursor.fetchall() if cursor.description else cursor.rowcount


def _columns(value) -> tuple[int | None, bytes | None]:
    if type(value) is int and value in _BIGINT:
        return value, None
    return None, pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _value(number: int | None, value):
    return number if number is not None else pickle.loads(bytes(value))  # noqa: S301 (written by us)
