"""Emptying the tables after a test that committed: the books refuse it, so their guards rest for that moment."""

from django.db import transaction
from django.db.backends.postgresql.operations import DatabaseOperations

GUARDED = """
select distinct tgrelid::regclass::text from pg_trigger where not tgisinternal and tgtype & 32 > 0 and tgenabled <> 'D'
"""


TABLES = "select tablename from pg_tables where schemaname = current_schema() and tablename <> 'django_migrations'"


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
