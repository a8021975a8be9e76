"""The table of the shared cache."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_identity_events_http")]

    operations = [run_sql("loyalty/sql/cache_table.sql")]
