"""The idempotency record of requests that change state outside the ledger; the ledger keeps its own keys."""

from django.db import models
from django.db.models.functions import Now


class IdempotencyRecord(models.Model):
    """The first answer to a key, byte for byte, written in the transaction of the effect."""

    actor = models.CharField(max_length=80, help_text="Who asked: key:ID or person:ID.")
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32, help_text="SHA-256 of method, path, actor and body.")
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    location = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_has_one_effect")]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"
