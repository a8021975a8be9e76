"""Purchases are decided by rules: what these ask comes with the place, what they count is written with the points."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0010_editions_know_what_they_were_read_for"),
    ]

    operations = [
        run_sql("programs/sql/places_with_facts.sql"),
        run_sql("programs/sql/post_purchases_by_rules.sql"),
    ]
