"""What people wrote into postings can be forgotten, and the points of whoever goes be forfeited."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_sealing")]

    operations = [
        migrations.CreateModel(
            "Forgotten",
            [
                (
                    "posting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="forgotten",
                        serialize=False,
                        to="ledger.posting",
                    ),
                ),
                (
                    "digest",
                    models.BinaryField(editable=False, help_text="SHA-256 of key, reference and data; the database takes it."),
                ),
                ("forgotten_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        run_sql("ledger/sql/words_can_be_forgotten.sql"),
        run_sql("ledger/sql/points_can_be_forfeited.sql"),
    ]
