"""What somebody gave and took by hand within a day is found quickly."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0006_purchases_are_found_by_time"),
        ("ledger", "0004_somebody_can_be_forgotten"),
    ]

    operations = [
        run_sql("programs/sql/adjustments_are_summed.sql"),
    ]
