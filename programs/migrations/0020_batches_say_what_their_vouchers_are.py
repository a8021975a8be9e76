"""A batch says of what kind its vouchers are, what makes them, and that it was disabled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0019_grants_are_written_down"),
    ]

    operations = [
        migrations.AddField(
            model_name="voucherbatch",
            name="disabled_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="voucherbatch",
            name="disabled_reason",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="voucherbatch",
            name="kind",
            field=models.CharField(
                default="unique", editable=False, help_text="What kind its vouchers are of.", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="voucherbatch",
            name="member_uses_max",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="voucherbatch",
            name="run_id",
            field=models.UUIDField(editable=False, help_text="The long work that makes them.", null=True),
        ),
        migrations.AddField(
            model_name="voucherbatch",
            name="starts_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="voucherbatch",
            name="uses_max",
            field=models.PositiveIntegerField(default=1, editable=False, null=True),
        ),
    ]
