"""Rewards and stamps that rules give stand in an outbox with what earned them, and are asked for back with it."""

from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0018_rewards"),
    ]

    operations = [
        # A rule may name what is not there; that is told when it is handed out.
        migrations.AlterField(
            "grant", "code", models.CharField(help_text="The reward, stamp card or badge.", max_length=64)
        ),
        run_sql("programs/sql/grants_are_written_down.sql"),
    ]
