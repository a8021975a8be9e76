"""What the ORM cannot say: guards and functions kept as SQL files beside the models, run by migrations."""

from pathlib import Path

from django.db import close_old_connections, connection
from django.db.migrations import RunSQL

ROOT = Path(__file__).resolve().parent.parent


def run_sql(name: str) -> RunSQL:
    """A migration step that runs `name` (say "ledger/sql/entries_are_append_only.sql"); the part of the file
    below the line `-- reverse` undoes it. A file that has been shipped is never edited: the next one is `_v2`."""
    forward, _, reverse = (ROOT / name).read_text().partition("-- reverse\n")
    return RunSQL(forward, reverse or RunSQL.noop)


def rows(sql: str, params=()) -> list[dict]:
    """The rows of one statement as dictionaries, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def drop_dead_connection() -> None:
    """For jobs: a worker's thread keeps its connection from job to job, and the server may have gone in between. Inside
    a transaction nothing is dropped."""
    if not connection.in_atomic_block:
        close_old_connections()
