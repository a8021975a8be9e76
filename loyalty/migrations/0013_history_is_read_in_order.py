"""The list of changes is read in the order of its indexes, whosever and however long it is."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0012_events_are_found_by_type"),
    ]

    operations = [
        run_sql("loyalty/sql/history_is_read_in_order.sql"),
    ]
