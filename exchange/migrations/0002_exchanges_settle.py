"""Exchanges are claimed and settled in batches; those that wait for another attempt are found by index."""

from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_exchange")]

    operations = [
        migrations.AddIndex(
            model_name="exchange",
            index=models.Index(
                fields=["lane", "next_attempt_at"],
                name="exchange_put_off",
                condition=models.Q(("next_attempt_at__isnull", False), ("status__in", ["pending", "processing"])),
            ),
        ),
        run_sql("exchange/sql/exchanges_are_claimed.sql"),
        run_sql("exchange/sql/exchange_settled.sql"),
    ]
