"""Changes of tier are recorded in the order in which they were made, and a redemption is planned once."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0025_uses_can_be_forgotten"),
    ]

    operations = [
        run_sql("programs/sql/tier_changes_stay_in_order.sql"),
        run_sql("programs/sql/vouchers_are_planned_once.sql"),
    ]
