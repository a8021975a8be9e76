"""The log's partitions by number: which there are, and opening them ahead of need."""

import re
from dataclasses import dataclass

from django.db import connection, transaction

from loyalty.sql import rows

AHEAD = 2
"""So many empty ones are kept behind the one that is being filled."""

PARTITIONS = """
select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'loyalty_event'::regclass
"""
BOUNDS = re.compile(r"FOR VALUES FROM \('?(\d+)'?\) TO \('?(\d+)'?\)")
NEWEST = "select case when is_called then last_value else 0 end as number from loyalty_event_id_seq"


@dataclass(frozen=True, slots=True)
class Partition:
    """Events with numbers from `first` to `last`, both in it."""

    name: str
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


def partitions() -> list[Partition]:
    """All of them by number; one round trip."""
    found = []
    for row in rows(PARTITIONS):
        lower, upper = BOUNDS.fullmatch(row["bounds"]).groups()
        found.append(Partition(row["name"], int(lower), int(upper) - 1))
    return sorted(found, key=lambda partition: partition.first)


def newest_number() -> int:
    """The newest number that was given to an event, written or not."""
    return rows(NEWEST)[0]["number"]


def ahead() -> int:
    """How many empty partitions lie behind the one that is being filled."""
    newest = newest_number()
    return sum(partition.first > newest for partition in partitions())


def open_ahead(*, size: int | None = None) -> list[str]:
    """Opens partitions until there are enough ahead, as large as the last one or as told; answers their names. One at a
    time opens them; repeating it opens no more than are missing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('loyalty_event partitions'))")
        # Whoever writes waits for this lock, so this must not wait long for others.
        cursor.execute("set local lock_timeout = '3s'")
        known = partitions()
        opened = []
        last, size, newest = known[-1].last, size or known[-1].size, newest_number()
        missing = AHEAD - sum(partition.first > newest for partition in known)
        for _ in range(missing):
            cursor.execute("select loyalty_open_event_partition(%s, %s)", [last + 1, last + 1 + size])
            opened.append(cursor.fetchone()[0])
            last += size
    return opened
