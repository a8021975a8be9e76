"""Where a brand's systems want to be told what happens, and what was told to them. What is told is not kept here: it is
the event in the log, written out anew each time it is sent."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand
from loyalty.ids import uuid7
from loyalty.sealed.fields import SealedField, SealedModel


@tracked(
    brands="ARRAY[{row}.brand_id]",
    only=["brand", "url", "description", "events", "status", "status_reason", "in_flight_max"],
    secret=["secret"],
)
class WebhookEndpoint(SealedModel):
    """An address of a brand that is told of events, signed with its own secret."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        DISABLED = "disabled", "Disabled"
        REMOVED = "removed", "Removed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="webhook_endpoints")
    url = models.CharField(max_length=2000, help_text="Where events are sent: https://shop.example/loyalty.")
    description = models.CharField(max_length=200, blank=True, help_text="What it is for, say The CRM.")
    events = ArrayField(
        models.CharField(max_length=60),
        help_text="Which events: points.earned, voucher.* for all about vouchers, * for all.",
    )
    secret = SealedField(max_length=120, help_text="whsec_ and 32 bytes in base64. Encrypted at rest, shown once.")
    previous_secret = SealedField(max_length=120, blank=True, help_text="Signs too while receivers change over.")
    previous_until = models.DateTimeField(null=True, help_text="Until when the secret before signs too.")
    in_flight_max = models.PositiveSmallIntegerField(
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(64)],
        help_text="How many requests it may have open at once, of different members.",
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    status_reason = models.CharField(max_length=200, blank=True, help_text="Why it is not active.")
    status_at = models.DateTimeField(default=clock.now, help_text="Since when it has this status.")
    position = models.BigIntegerField(default=0, help_text="The number of the last event looked at for it.")
    failures_in_row = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, help_text="When it first failed since it last took anything.")
    resting_until = models.DateTimeField(null=True, help_text="It fails: nothing is sent before, then one to try.")
    succeeded_at = models.DateTimeField(null=True, help_text="When it last took an event.")
    created_by = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["status"], name="webhook_endpoint_by_status")]

    def __str__(self) -> str:
        return self.description or self.url


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint. Of an aggregate only the oldest that is open may go."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"
        CANCELLED = "cancelled", "Cancelled"

    class Origin(models.TextChoices):
        LIVE = "live", "As it happened"
        REPLAY = "replay", "Replayed"
        TEST = "test", "Test"

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False)
    event_number = models.BigIntegerField(help_text="The event's number in the log.")
    event_id = models.UUIDField(help_text="What receivers know the event by, whenever it is sent.")
    type = models.CharField(max_length=60)
    aggregate_id = models.UUIDField()
    sequence = models.BigIntegerField()
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.LIVE)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now, help_text="Not before.")
    sender = models.IntegerField(null=True, help_text="Which sender has it in hand.")
    answers = models.JSONField(
        default=list, help_text="Each try: when, how long it took in ms, the status answered or the error."
    )
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Of the last answer.")
    error = models.CharField(max_length=200, blank=True, help_text="Why the last try had no answer.")
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, help_text="When it was delivered or given up.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_number"], condition=Q(origin="live"), name="webhook_event_goes_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "aggregate_id", "event_number", "id"],
                condition=Q(status__in=["waiting", "sending"]),
                name="webhook_delivery_open",
            ),
            models.Index(
                fields=["endpoint", "due_at", "event_number"],
                condition=Q(status="waiting"),
                name="webhook_delivery_due",
            ),
            models.Index(fields=["sender"], condition=Q(status="sending"), name="webhook_delivery_in_hand"),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_newest"),
            models.Index(fields=["endpoint", "-id"], condition=Q(status="failed"), name="webhook_delivery_failed"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="webhook_delivery_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
