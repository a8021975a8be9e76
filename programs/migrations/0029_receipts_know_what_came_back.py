"""A receipt knows each return that came before it was claimed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0028_systems_tell_what_happened"),
    ]

    operations = [
        migrations.AddField(
            model_name="receipt",
            name="returns",
            field=models.JSONField(
                default=list, help_text="What came back before it was claimed, each by its own number."
            ),
        ),
    ]
