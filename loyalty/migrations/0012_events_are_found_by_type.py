"""Events of a rare type are found among millions."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

RARE = models.Q(("type__in", ["points.earned", "points.redeemed"]), _negated=True)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("loyalty", "0011_history_says_from_where")]

    operations = [
        AddIndexConcurrently("event", models.Index(fields=["type", "id"], name="event_by_type", condition=RARE)),
        AddIndexConcurrently(
            "event",
            models.Index(fields=["brand_id", "type", "id"], name="event_by_brand_and_type", condition=RARE),
        ),
    ]
