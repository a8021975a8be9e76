"""Pending points can be let go by an event, and activity can keep points longer; what changed a lot is kept."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from loyalty.sql import run_sql

FILES = [
    "lots_only_run_down_v2",
    "post_events_v2",
    "post_record_v2",
    "post_mature",
    "post_refusal_v2",
    "balance_views_v2",
]
KINDS = [
    ("earn", "Earn"),
    ("deposit", "Deposit"),
    ("redeem", "Redeem"),
    ("expire", "Expire"),
    ("adjust", "Adjust"),
    ("hold", "Hold"),
    ("capture", "Capture"),
    ("release", "Release"),
    ("reverse", "Reverse"),
    ("return", "Return"),
    ("exchange_out", "Exchange out"),
    ("exchange_in", "Exchange in"),
    ("mature", "Release of pending points"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_postings_of_several_lots")]

    operations = [
        migrations.AlterField("posting", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.CreateModel(
            "LotChange",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("points", models.BigIntegerField(help_text="How many were left in the lot.")),
                ("available_before", models.DateTimeField(null=True)),
                ("available_after", models.DateTimeField(help_text="Pending points that count sooner.", null=True)),
                ("expires_before", models.DateTimeField(null=True)),
                ("expires_after", models.DateTimeField(help_text="Points that stay longer.", null=True)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="ledger.lot"
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lot_changes", to="ledger.posting"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "lotchange",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("available_after__isnull", False),
                        ("available_before__isnull", False),
                        ("available_after__lt", models.F("available_before")),
                        ("expires_after", None),
                        ("expires_before", None),
                    ),
                    models.Q(
                        ("expires_after__isnull", False),
                        ("expires_before__isnull", False),
                        ("available_after", None),
                        ("available_before", None),
                        ("expires_after__gt", models.F("expires_before")),
                    ),
                    _connector="OR",
                ),
                name="lot_change_is_sooner_or_longer",
            ),
        ),
        *[run_sql(f"ledger/sql/{name}.sql") for name in FILES],
    ]
