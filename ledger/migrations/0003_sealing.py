"""Sealing entries behind the writes, and rolling up the units' own accounts."""

from django.db import migrations

from loyalty.sql import run_sql

FILES = ["sealing", "rollup"]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_posting")]
    operations = [run_sql(f"ledger/sql/{name}.sql") for name in FILES]
