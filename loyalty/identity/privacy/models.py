"""The record of what members agreed to: one row for each change, never altered. What holds now is on the member."""

from django.db import models

from loyalty import clock
from loyalty.identity.models import Brand, Member


class ConsentChange(models.Model):
    """A consent given or taken back."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="consent_changes")
    brand = models.ForeignKey(
        Brand, models.CASCADE, null=True, related_name="+", help_text="In whose name; empty for the member's own."
    )
    purpose = models.CharField(max_length=60)
    is_given = models.BooleanField()
    actor = models.CharField(max_length=80)
    source = models.CharField(max_length=120, blank=True, help_text="Where it was said: app, till, form, import.")
    occurred_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [models.Index(fields=["member", "-occurred_at"], name="consent_change_newest")]

    def __str__(self) -> str:
        return f"{self.purpose} {'given' if self.is_given else 'taken back'}"
