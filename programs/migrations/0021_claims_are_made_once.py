"""A voucher knows the request that claimed it, so that the same request again answers the same voucher; and one of a
reward is taken in one statement."""

from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0020_batches_say_what_their_vouchers_are"),
    ]

    operations = [
        migrations.AddField("voucher", "claim_key", models.BinaryField(editable=False, null=True)),
        migrations.AddField("voucher", "claim_print", models.BinaryField(editable=False, null=True)),
        migrations.AddConstraint(
            "voucher",
            models.UniqueConstraint(
                fields=["brand", "claim_key"],
                condition=models.Q(claim_key__isnull=False),
                name="voucher_is_claimed_once_by_a_request",
            ),
        ),
        run_sql("programs/sql/stock_is_taken_once.sql"),
    ]
