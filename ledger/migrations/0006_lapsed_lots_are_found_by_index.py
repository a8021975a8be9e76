"""An account with very many open lots costs no more than one with few."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_long_lists_are_found_by_index")]
    operations = [run_sql("ledger/sql/points_can_be_forfeited_v2.sql")]
