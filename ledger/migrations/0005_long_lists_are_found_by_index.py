"""What a list of millions of postings or entries is narrowed by has an index."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0004_somebody_can_be_forgotten")]

    operations = [
        AddIndexConcurrently("posting", models.Index(fields=["unit", "id"], name="posting_by_unit")),
        AddIndexConcurrently(
            "posting",
            models.Index(
                fields=["kind", "id"],
                name="posting_by_kind",
                condition=models.Q(("kind__in", ["earn", "redeem"]), _negated=True),
            ),
        ),
        AddIndexConcurrently(
            "posting",
            models.Index(
                fields=["reference"],
                name="posting_by_reference",
                condition=models.Q(
                    models.Q(("kind", "earn"), _negated=True), models.Q(("reference", ""), _negated=True)
                ),
            ),
        ),
        AddIndexConcurrently(
            "posting",
            django.contrib.postgres.indexes.BrinIndex(
                fields=["occurred_at"], name="posting_by_time", pages_per_range=32, autosummarize=True
            ),
        ),
        AddIndexConcurrently(
            "ledgerentry",
            django.contrib.postgres.indexes.BrinIndex(
                fields=["occurred_at"], name="entry_by_time", pages_per_range=32, autosummarize=True
            ),
        ),
    ]
