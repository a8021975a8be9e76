"""What happened: one append-only row for each change of state, written in the transaction of the change itself."""

from django.db import models
from django.db.models.functions import Now

from loyalty import clock
from loyalty.ids import uuid7

RARE = ~models.Q(type__in=["points.earned", "points.redeemed"])


class Event(models.Model):
    """One thing that happened. Within an aggregate (a ledger account, a member, a program) the sequence has no gap."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    brand_id = models.UUIDField(null=True, help_text="Whose event it is; empty for the platform's own.")
    type = models.CharField(max_length=60, help_text="What happened, say points.earned.")
    aggregate_id = models.UUIDField(help_text="The thing it happened to.")
    sequence = models.BigIntegerField(help_text="1, 2, 3, ... within the aggregate.")
    member_id = models.UUIDField(null=True)
    program_id = models.UUIDField(null=True)
    posting_id = models.BigIntegerField(null=True, help_text="The ledger posting it tells of.")
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(default=clock.now)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["aggregate_id", "sequence"], name="event_sequence_is_unique"),
        ]
        indexes = [
            models.Index(fields=["brand_id", "id"], name="event_by_brand"),
            models.Index(fields=["member_id", "id"], name="event_by_member"),
            models.Index(fields=["posting_id"], name="event_by_posting", condition=models.Q(posting_id__isnull=False)),
            # What is rare among millions; most events are of the frequent types, which pay nothing for it.
            models.Index(fields=["type", "id"], name="event_by_type", condition=RARE),
            models.Index(fields=["brand_id", "type", "id"], name="event_by_brand_and_type", condition=RARE),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class EventStream(models.Model):
    """The newest sequence of an aggregate; its row lock keeps the sequence without gaps. Ledger accounts count
    theirs on the balance row instead."""

    aggregate_id = models.UUIDField(primary_key=True)
    last_sequence = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.aggregate_id} at {self.last_sequence}"
