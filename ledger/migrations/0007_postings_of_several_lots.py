"""A posting may have several lots, each with a life of its own."""

from django.db import migrations

from loyalty.sql import run_sql

FILES = ["move_types_v2", "post_credit_lots", "post_take_back_v2", "post_v2"]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_lapsed_lots_are_found_by_index")]
    operations = [run_sql(f"ledger/sql/{name}.sql") for name in FILES]
