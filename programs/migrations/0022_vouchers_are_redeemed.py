"""Vouchers are found and redeemed in one statement each; wrong codes are counted; a use is taken back under a key."""

from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0021_claims_are_made_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeGuesses",
            fields=[
                ("whose", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("until", models.DateTimeField(help_text="From then on it is counted from nothing.")),
            ],
            options={
                "verbose_name_plural": "code guesses",
                "indexes": [models.Index(fields=["until"], name="code_guesses_past")],
            },
        ),
        migrations.AddField(
            "voucheruse",
            "rolled_back_key",
            models.CharField(
                blank=True, db_default="", default="", help_text="Under which key it was taken back.", max_length=400
            ),
        ),
        run_sql("programs/sql/vouchers_change_in_order_v2.sql"),
        run_sql("programs/sql/vouchers_are_found.sql"),
        run_sql("programs/sql/vouchers_are_redeemed.sql"),
    ]
