"""An attempt counts that killed its worker; points asked for under an agreement come out of its pool when it has ended;
telling of an exchange looks nowhere."""

from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("exchange", "0004_exchanges_begin")]

    operations = [
        migrations.CreateModel(
            name="Handful",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("lane", models.PositiveSmallIntegerField()),
                ("taken_at", models.DateTimeField()),
            ],
        ),
        run_sql("exchange/sql/attempts_outlive_workers.sql"),
        run_sql("exchange/sql/exchanges_are_claimed_v2.sql"),
        run_sql("exchange/sql/exchange_tell_v2.sql"),
    ]
