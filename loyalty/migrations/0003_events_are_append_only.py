"""Events, once written, stay as they are."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0002_cache_table")]
    operations = [run_sql("loyalty/sql/events_are_append_only.sql")]
