"""An edition can be read for ever: it keeps the brand's kinds of event as they were."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0009_tier_of_member"),
    ]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="context",
            field=models.JSONField(
                default=dict, help_text="What it was read for: the currency, the time zone, the brand's kinds of event."
            ),
        ),
    ]
