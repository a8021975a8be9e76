"""A voucher says when its claim was cancelled, so that points and stock go back once."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0023_uses_are_taken_back_once_by_a_key"),
    ]

    operations = [
        migrations.AddField(
            "voucher",
            "cancelled_at",
            models.DateTimeField(
                help_text="When its claim was cancelled, and what was paid for it came back.", null=True
            ),
        ),
    ]
