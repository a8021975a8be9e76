"""People and members can be erased: the record of it, and what events and the history give up then."""

import loyalty.clock
import loyalty.ids
from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0009_history_of_people_and_brands"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="erased_at",
            field=models.DateTimeField(editable=False, help_text="When everything personal was erased.", null=True),
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("whole", "All of a person"),
                            ("brand", "What one brand had of a person"),
                            ("retention", "What was kept long enough"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "brand_id",
                    models.UUIDField(help_text="The brand that erased what it had; empty: all brands.", null=True),
                ),
                ("member_id", models.UUIDField(null=True)),
                ("person_id", models.UUIDField(help_text="The login that went with it.", null=True)),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("actor", models.CharField(max_length=80)),
                ("counts", models.JSONField(default=dict, help_text="How many rows of what.")),
                ("erased_at", models.DateTimeField(default=loyalty.clock.now)),
                (
                    "xid",
                    models.BigIntegerField(
                        default=0, editable=False, help_text="The database transaction; the database says it."
                    ),
                ),
            ],
            options={
                "ordering": ["-erased_at"],
                "indexes": [
                    models.Index(fields=["member_id"], name="erasure_by_member"),
                    models.Index(fields=["person_id"], name="erasure_by_person"),
                    models.Index(fields=["xid"], name="erasure_by_transaction"),
                ],
            },
        ),
        run_sql("loyalty/sql/events_can_be_trimmed.sql"),
        run_sql("loyalty/sql/history_can_be_redacted.sql"),
    ]
