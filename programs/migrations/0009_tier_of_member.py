"""The tier of a member, as one question for the database."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0008_earning"),
    ]

    operations = [
        run_sql("programs/sql/tier_of_member.sql"),
    ]
