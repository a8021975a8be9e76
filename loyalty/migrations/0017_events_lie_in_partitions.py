"""The log lies in partitions, each event has a version, and readers know how far the log is settled."""

from django.db import migrations, models

import loyalty.ids
from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0016_members_and_systems_are_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="version",
            field=models.PositiveSmallIntegerField(db_default=1, help_text="Of the type's schema."),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model_name="event", name="event_sequence_is_unique"),
                migrations.AlterField(
                    model_name="event",
                    name="event_id",
                    field=models.UUIDField(
                        default=loyalty.ids.uuid7, editable=False, help_text="Unique; what receivers know it by."
                    ),
                ),
                migrations.AlterField(
                    model_name="event",
                    name="sequence",
                    field=models.BigIntegerField(
                        help_text="1, 2, 3, ... within the aggregate; no partition has one twice."
                    ),
                ),
            ],
        ),
        run_sql("loyalty/sql/events_lie_in_partitions.sql"),
        run_sql("loyalty/sql/events_are_settled.sql"),
    ]
