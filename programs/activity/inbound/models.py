"""What other systems tell: who they are, what their events mean here, and each event that was taken in."""

from django.db import models
from django.db.models import Q

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand, Member
from loyalty.ids import uuid7
from loyalty.sealed.fields import SealedField, SealedModel
from programs.membership.models import Program


@tracked(
    brands="ARRAY[{row}.brand_id]",
    exclude=["data_key", "created_at", "updated_at"],
    secret=["secret", "previous_secret"],
)
class EventSource(SealedModel):
    """A system that sends events and signs them."""

    class Kind(models.TextChoices):
        CLOUDEVENTS = "cloudevents", "CloudEvents"
        SHOPIFY = "shopify", "Shopify"
        SQUARE = "square", "Square"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="event_sources")
    name = models.CharField(max_length=80, help_text="What you call it, say The web shop.")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.CLOUDEVENTS)
    program = models.ForeignKey(
        Program, models.PROTECT, null=True, blank=True, related_name="+", help_text="Where its events count."
    )
    location_id = models.CharField(max_length=80, blank=True, help_text="The location of its purchases.")
    secret = SealedField(max_length=200, blank=True, help_text="With which it signs. Encrypted at rest.")
    previous_secret = SealedField(max_length=200, blank=True, help_text="Taken too while it changes over.")
    previous_until = models.DateTimeField(null=True, blank=True)
    address = models.CharField(
        max_length=2000,
        blank=True,
        help_text="The address that the sender knows us by, where it signs that too (Square).",
    )
    is_active = models.BooleanField(default=True, help_text="Off: what it sends is refused.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["brand", "name"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "name"], name="event_source_name_is_unique"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["created_at", "updated_at"])
class EventMapping(models.Model):
    """What an event of another system means here: the act, and where in the event its parts are found."""

    class Act(models.TextChoices):
        ENROL = "enrol", "A member joins"
        EARN = "earn", "A purchase"
        RETURN = "return", "A return"
        TRIGGER = "trigger", "Rules may give points for it"
        IGNORE = "ignore", "Nothing"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="event_mappings", db_index=False)
    source = models.ForeignKey(
        EventSource, models.CASCADE, null=True, blank=True, related_name="mappings", help_text="Empty: any sender."
    )
    type = models.CharField(max_length=120, help_text="As the system sends it, say order.paid.")
    act = models.CharField(max_length=10, choices=Act.choices)
    program = models.ForeignKey(
        Program, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: the sender's program."
    )
    event_type = models.CharField(
        max_length=60, blank=True, help_text="For rules: the kind of event that it is to them; empty: the same name."
    )
    parts = models.JSONField(
        default=dict,
        blank=True,
        help_text='Where its parts are, as JSON pointers: {"member": "/subject", "amount": "/data/total"}.',
    )
    facts = models.JSONField(
        default=dict,
        blank=True,
        help_text='What rules may ask besides: {"channel": "/data/source_name"}.',
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["brand", "type"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "source", "type"], nulls_distinct=False, name="event_mapping_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type}: {self.get_act_display()}"


class InboundEvent(SealedModel):
    """An event that another system told, once by (source, id); what came of it, and what it still waits for."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        IGNORED = "ignored", "Of an unknown type"
        FAILED = "failed", "Failed"
        DISCARDED = "discarded", "Discarded"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", db_index=False)
    sender = models.ForeignKey(EventSource, models.PROTECT, null=True, related_name="events", db_index=False)
    source = models.CharField(max_length=200, help_text="The event's source, as sent.")
    event_key = models.CharField(max_length=200, help_text="The sender's own id of it.")
    type = models.CharField(max_length=120)
    occurred_at = models.DateTimeField(null=True)
    fingerprint = models.BinaryField(max_length=32, help_text="Of what it says: another one of the same id is refused.")
    content = SealedField(help_text="The event as it was sent (JSON). Encrypted at rest, gone with the member.")
    content_changed = models.BooleanField(default=False, help_text="Somebody corrected it.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    act = models.CharField(max_length=10, blank=True, help_text="What it was taken for.")
    reason = models.CharField(max_length=60, blank=True, help_text="The refusal's code.")
    detail = models.CharField(max_length=400, blank=True, help_text="The refusal in words.")
    waits_for = models.CharField(
        max_length=120, blank=True, help_text="What it cannot do without, hashed where personal."
    )
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="inbound_events")
    outcome = models.JSONField(default=dict, help_text="What it gave: ids of transactions and memberships.")
    actor = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "source", "event_key"], name="inbound_event_is_taken_once"),
        ]
        indexes = [
            models.Index(fields=["brand", "-id"], name="inbound_event_newest"),
            models.Index(fields=["brand", "status", "-id"], name="inbound_event_by_status"),
            models.Index(fields=["due_at"], condition=Q(status="waiting"), name="inbound_event_due"),
            models.Index(
                fields=["brand", "waits_for"],
                condition=Q(status="waiting") & ~Q(waits_for=""),
                name="inbound_event_waits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_key}"
