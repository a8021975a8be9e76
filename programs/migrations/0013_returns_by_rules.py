"""What comes back is taken from each gift by the rule that gave it, with what limits counted and others got."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0012_goals_and_links"),
    ]

    operations = [
        run_sql("programs/sql/post_returns_by_rules.sql"),
    ]
