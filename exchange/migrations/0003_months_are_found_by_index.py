"""Exchanges that completed in a month are found by index; a payment goes into a pool once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_exchanges_settle")]

    operations = [
        migrations.AddIndex(
            model_name="exchange",
            index=models.Index(
                fields=["from_program", "to_program", "completed_at"],
                name="exchange_by_month",
                condition=models.Q(("status", "completed")),
            ),
        ),
        migrations.AddConstraint(
            model_name="poolchange",
            constraint=models.UniqueConstraint(
                fields=["agreement", "reference"],
                name="pool_change_is_one_per_payment",
                condition=~models.Q(("reference", "")),
            ),
        ),
    ]
