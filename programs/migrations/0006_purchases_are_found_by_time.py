"""Purchases of a day are found among millions."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("programs", "0005_adjustments_wait_with_all_else")]

    operations = [
        AddIndexConcurrently(
            "purchase",
            django.contrib.postgres.indexes.BrinIndex(
                fields=["occurred_at"], name="purchase_by_time", pages_per_range=32, autosummarize=True
            ),
        ),
    ]
