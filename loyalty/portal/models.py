"""What people keep for themselves in the portal."""

from django.conf import settings
from django.db import models

from loyalty import clock
from loyalty.identity.models import Brand
from loyalty.ids import uuid7


class SavedView(models.Model):
    """Filters, search and order of a list under a name; shared with the colleagues of a brand, or one's own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    brand = models.ForeignKey(
        Brand,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Set: shared with this brand's people.",
    )
    screen = models.CharField(max_length=80, help_text="The list, say loyalty_member.")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "screen", "name"], name="saved_view_name_is_unique")]

    def __str__(self) -> str:
        return self.name
