"""Lots that begin to count are found by when they do."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0008_lots_change_their_times")]

    operations = [
        AddIndexConcurrently(
            "lot",
            models.Index(
                fields=["available_at"],
                name="lot_matures",
                condition=models.Q(("available_at__gt", models.F("granted_at")), ("is_open", True)),
            ),
        ),
    ]
