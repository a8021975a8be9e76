"""Receipts that no member was named for, until somebody claims them."""

from django.db import models
from django.db.models import F, Q

from loyalty import clock
from loyalty.identity.models import Member
from loyalty.ids import uuid7
from programs.membership.models import Program


class Receipt(models.Model):
    """A purchase that a till told without a member. Who holds the receipt can claim its points within the time."""

    class Status(models.TextChoices):
        OPEN = "open", "Can be claimed"
        CLAIMED = "claimed", "Claimed"
        VOID = "void", "All of it was returned"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="receipts", db_index=False)
    reference = models.CharField(max_length=200, help_text="The receipt's number.")
    code = models.CharField(
        max_length=32, blank=True, help_text="What is printed on it for claiming; may be a QR code."
    )
    amount_minor = models.BigIntegerField(help_text="The total, in the currency's smallest unit.")
    refunded_minor = models.BigIntegerField(default=0, help_text="How much of it came back before it was claimed.")
    currency = models.CharField(max_length=3)
    items = models.JSONField(default=list)
    tenders = models.JSONField(default=list)
    location_id = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=40, blank=True)
    metadata = models.JSONField(default=dict)
    returns = models.JSONField(default=list, help_text="What came back before it was claimed, each by its own number.")
    fingerprint = models.BinaryField(max_length=32)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="claimed_receipts")
    transaction_id = models.UUIDField(null=True, help_text="The transaction that claiming it gave.")
    occurred_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Until when it can be claimed.")
    claimed_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    settled_by = None
    """The purchase that a member was rung up for instead, where that was asked for: see `selectors.with_settling`."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["program", "reference"], name="receipt_is_recorded_once"),
            models.UniqueConstraint(fields=["program", "code"], condition=~Q(code=""), name="receipt_code_is_unique"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0) & Q(refunded_minor__gte=0) & Q(refunded_minor__lte=F("amount_minor")),
                name="receipt_amounts_are_sound",
            ),
        ]
        indexes = [models.Index(fields=["program", "status", "-id"], name="receipt_by_status")]

    def __str__(self) -> str:
        return self.reference
