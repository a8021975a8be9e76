"""Emptying the tables after a test that committed. Of some two hundred tables a test fills a few: these are emptied row
by row, which takes a twentieth of a TRUNCATE of all; much in them, or a user who may not lay the guards of the books
aside, and all are truncated. What Django itself keeps of the models stands either way."""

from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import TransactionTestCase

GUARDED = """
select distinct tgrelid::regclass::text from pg_trigger where not tgisinternal and tgtype & 32 > 0 and tgenabled <> 'D'
"""
TABLES = "select tablename from pg_tables where schemaname = current_schema() and tablename <> 'django_migrations'"

# What is empty and was never touched takes no room; of the rest it is asked.
ROOM = """
select c.relname, pg_relation_size(c.oid) from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and pg_relation_size(c.oid) > 0
  and c.relname <> all(%s)
"""
# The counters of tables that Django does not manage begin anew.
COUNTERS = """
select setval(s.seqrelid, s.seqstart, false)
from pg_sequence s
join pg_depend d on d.objid = s.seqrelid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
join pg_class c on c.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
where c.relnamespace = current_schema()::regnamespace and c.relname <> all(%s)
  and pg_sequence_last_value(s.seqrelid) is not null
"""
MAY_REST = "select rolsuper from pg_roles where rolname = current_user"
# They come of the models alone, and are the same before and after.
OF_THE_MODELS = ["django_migrations", "django_content_type", "auth_permission"]
BYTES_MAX = 4 * 1024 * 1024


def execute_sql_flush(operations: DatabaseOperations, sql_list: list[str]) -> None:
    """Stands in for Django's own: the triggers that refuse TRUNCATE are off inside its transaction only. Tables that
    Django does not manage (the job queue, the cache) are emptied too."""
    connection = operations.connection
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(GUARDED)
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"alter table {table} disable trigger user")
        for sql in sql_list:
            cursor.execute(sql)
        cursor.execute(TABLES)
        known = set(connection.introspection.django_table_names())
        if others := [table for (table,) in cursor.fetchall() if table not in known]:
            cursor.execute(f"truncate {', '.join(others)} restart identity cascade")
        for table in tables:
            cursor.execute(f"alter table {table} enable trigger user")


def _emptied(connection) -> bool:
    """Empties what has rows in it, unless that is not for this way; with the guards and the keys at rest."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(MAY_REST)
        if cursor.fetchone() != (True,):
            return False
        cursor.execute(ROOM, [OF_THE_MODELS])
        room = dict(cursor.fetchall())
        if not room:
            return True
        cursor.execute(
            "select name from (" + " union all ".join(
                f"(select '{table}' as name from \"{table}\" limit 1)" for table in room
            ) + ") filled"
        )  # fmt: skip
        filled = [table for (table,) in cursor.fetchall()]
        if sum(room[table] for table in filled) > BYTES_MAX:
            return False
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("; ".join(f'delete from "{table}"' for table in filled) or "select")
        cursor.execute(COUNTERS, [[*connection.introspection.django_table_names(), "django_migrations"]])
    return True


def empty_tables(case: TransactionTestCase) -> None:
    """Stands in for what Django does after a test that committed, which empties all tables and fills those anew that
    come of the models."""
    for alias in case._databases_names(include_mirrors=False):
        if not _emptied(connections[alias]):
            call_command("flush", verbosity=0, interactive=False, database=alias, reset_sequences=False)
