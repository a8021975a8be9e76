"""Planted bugs: the database's own functions with a part left out, put in and taken out again while the service runs.

They are made from what is deployed, so they stay true to the code; one that no longer changes anything is an error."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from loyalty.testing.faults.stand import Stand


@dataclass(frozen=True, slots=True)
class Plant:
    """`swaps` are (function, pattern, replacement); `settings` names a module of `planted` for the web and worker."""

    name: str
    swaps: tuple[tuple[str, str, str], ...]
    settings: str = ""

    @contextmanager
    def planted(self, stand: Stand) -> Iterator[None]:
        """The stand with the bug in it."""
        before = {}
        try:
            with stand.database() as connection:
                for function, pattern, replacement in self.swaps:
                    definition = connection.execute(
                        "select pg_get_functiondef(oid) from pg_proc where proname = %s", [function]
                    ).fetchone()[0]
                    broken, count = re.subn(pattern, replacement, definition)
                    assert count == 1, f"the bug {self.name!r} finds {pattern!r} {count} times in {function}"
                    before[function] = definition
                    connection.execute(broken.encode())
            if self.settings:
                stand.stop_serving()
                stand.serve(processes=2, settings=self.settings)
            yield
        finally:
            if self.settings:
                stand.stop_serving()
            with stand.database() as connection:
                for definition in before.values():
                    connection.execute(definition.encode())


# The guard behind the lock, the numbers of an account's events, makes failures of what would be lost updates.
NO_LOCK = Plant("no lock", (("ledger_post", r" FOR UPDATE\) b;", ") b;"),))
NO_IDEMPOTENCY = Plant("no idempotency", (("ledger_post", r"\br\.key,", "r.key || ':' || gen_random_uuid(),"),))
LOTS_NOT_USED_UP = Plant(
    "lots not used up", (("ledger_debit", r"SET remaining = l\.remaining - t\.points", "SET remaining = l.remaining"),)
)
EVENT_AFTER_COMMIT = Plant(
    "event after commit",
    (
        ("ledger_credit", r"(d\.reference\), d\.at\s+FROM done d)", r"\1 WHERE false"),
        ("ledger_debit", r"(d\.reference\), d\.at\s+FROM done d)", r"\1 WHERE false"),
        ("ledger_record", r"(?s)VALUES \((gen_random_uuid\(\).*?m\.at)\);", r"SELECT \1 WHERE false;"),
    ),
    settings="event_after_commit",
)
