"""Moves of many accounts that have points held are carried out as quickly as those of accounts without."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_points_change_hands")]

    operations = [run_sql("ledger/sql/lapsed_holds_are_looked_for_together.sql")]
