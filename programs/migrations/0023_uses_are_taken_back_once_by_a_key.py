"""Of one brand a key takes back one use of a voucher only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0022_vouchers_are_redeemed"),
    ]

    operations = [
        migrations.AddConstraint(
            "voucheruse",
            models.UniqueConstraint(
                fields=["brand", "rolled_back_key"],
                condition=models.Q(("rolled_back_key", ""), _negated=True),
                name="voucher_use_is_taken_back_once_by_a_key",
            ),
        ),
    ]
