"""What a person has been seen with, and the short codes that are sent to them."""

from django.db import models

from loyalty import clock
from loyalty.identity.models import Person
from loyalty.ids import uuid7
from loyalty.sealed.fields import SealedEmailField, SealedModel


class Device(models.Model):
    """An app or a browser that a person has logged in with. The first one is trusted, each later one starts a
    cool-down."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="devices")
    fingerprint = models.CharField(max_length=64, help_text="A keyed hash of what the app says it is.")
    label = models.CharField(max_length=120, blank=True, help_text="In words, say Firefox on Linux.")
    first_seen_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-last_seen_at"]
        constraints = [models.UniqueConstraint(fields=["person", "fingerprint"], name="device_of_a_person_once")]

    def __str__(self) -> str:
        return self.label or str(self.id)


class OneTimeCode(SealedModel):
    """A code sent by e-mail: good once, for a few minutes and a few tries. Kept as a hash."""

    class Purpose(models.TextChoices):
        STEP_UP = "step_up", "Confirm it is them"
        EMAIL = "email", "Prove a new e-mail address"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="one_time_codes")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    code_hash = models.CharField(max_length=64)
    address = SealedEmailField(blank=True, help_text="Where it was sent.")
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["person", "purpose", "-created_at"], name="one_time_code_newest")]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.person_id}"
