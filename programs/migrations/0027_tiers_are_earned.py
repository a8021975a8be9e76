"""Points that were given or exchanged make no tier."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("ledger", "0010_points_change_hands"),
        ("programs", "0026_changes_of_tier_stay_in_order"),
    ]

    operations = [
        run_sql("programs/sql/tiers_are_earned.sql"),
    ]
