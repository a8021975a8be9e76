"""Members have on their membership the tier that they reached before tiers were written down."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0015_what_members_are_told_of_points"),
    ]

    operations = [
        run_sql("programs/sql/tiers_reached_so_far.sql"),
    ]
