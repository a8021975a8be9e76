"""Exchanges are begun in one statement, and taken back in one."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_months_are_found_by_index")]

    operations = [
        run_sql("exchange/sql/exchange_begin.sql"),
        run_sql("exchange/sql/exchange_cancelled.sql"),
    ]
