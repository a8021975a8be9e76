"""The keys that sign QR tokens, and which tokens were used."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from loyalty import clock
from loyalty.identity.models import Brand
from loyalty.sealed.fields import SealedField, SealedModel


class SigningKey(SealedModel):
    """An Ed25519 key of the platform. The newest that is not retired signs; every one that is not past verifies."""

    kid = models.CharField(max_length=20, primary_key=True, help_text="Names the key in a token.")
    private_key = SealedField(max_length=100, help_text="Encrypted at rest.")
    public_key = models.CharField(max_length=60, help_text="Base64url, without padding.")
    signs_from = models.DateTimeField(help_text="Published before, so that tills know it when it begins to sign.")
    retired_at = models.DateTimeField(null=True, help_text="Signs no more from then on.")
    verifies_until = models.DateTimeField(null=True, help_text="Is published no more from then on.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-signs_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(verifies_until__isnull=False), name="signing_key_ends_in_order"
            )
        ]

    def __str__(self) -> str:
        return self.kid


class UsedToken(models.Model):
    """A QR token that was used: its id stands here once, written with the effect."""

    token_id = models.CharField(max_length=40, primary_key=True)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=10)
    subject = models.CharField(max_length=40)
    key = models.CharField(max_length=400, help_text="Under which idempotency key: the same asks again.")
    used_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(help_text="From then on the token is refused by itself; the row can go.")

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="used_token_past")]

    def __str__(self) -> str:
        return self.token_id
