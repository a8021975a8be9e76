"""A world that many tests look at: built once for a module, in a transaction that is never committed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction


@contextmanager
def kept_for_the_module(blocker) -> Iterator[None]:
    """What happens inside, in a fixture of the module's scope, is there for its tests and gone after them."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def undone() -> Iterator[None]:
    """Takes back what happens inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fingerprints(*, but: Collection[str] = (), about: str = ".") -> dict[str, str]:
    """What the rows of every table come to, so that a change of any of them is seen; with `about`, a regular
    expression, only those rows that speak of it."""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = current_schema()")
        names = [name for (name,) in cursor.fetchall() if name not in but]
        rows = "coalesce(string_agg(t::text, ' ' order by t::text) filter (where t::text ~* %s), '')"
        asked = " union all ".join(f"select '{name}', md5({rows}) from \"{name}\" t" for name in names)
        cursor.execute(asked, [about] * len(names))
        return dict(cursor.fetchall())


def tell(wrong: list[str]) -> None:
    """Fails with every line, if there is one."""
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
