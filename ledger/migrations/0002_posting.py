"""The guards of the books, and the functions behind `ledger.posting.post`."""

from django.db import migrations

from loyalty.sql import run_sql

FILES = [
    "storage",
    "entries_stay_in_one_unit",
    "books_are_append_only",
    "lots_only_run_down",
    "reversals_are_bounded",
    "move_types",
    "lots_to_use",
    "post_events",
    "post_record",
    "post_expiry",
    "post_credits",
    "post_debits",
    "post_take_back",
    "post_give_back",
    "post_refusal",
    "post",
    "balance_views",
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_ledger")]
    operations = [run_sql(f"ledger/sql/{name}.sql") for name in FILES]
