"""What happened: one append-only row for each change of state, written in the transaction of the change itself; how far
it is settled, how far its readers are, and what has been moved out of it.

The table lies in partitions by `id`, opened ahead of need. Numbers are given when a row is written, not when it is
committed, so a reader goes no further than the number up to which nothing can appear any more: `reading.settled_id`.
"""

from django.db import models
from django.db.models.functions import Now

from loyalty import clock
from loyalty.ids import uuid7

RARE = ~models.Q(type__in=["points.earned", "points.redeemed"])


class Event(models.Model):
    """One thing that happened. Within an aggregate (a ledger account, a member, a program) the sequence has no gap."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(default=uuid7, editable=False, help_text="Unique; what receivers know it by.")
    brand_id = models.UUIDField(null=True, help_text="Whose event it is; empty for the platform's own.")
    type = models.CharField(max_length=60, help_text="What happened, say points.earned.")
    version = models.PositiveSmallIntegerField(db_default=1, help_text="Of the type's schema.")
    aggregate_id = models.UUIDField(help_text="The thing it happened to.")
    sequence = models.BigIntegerField(help_text="1, 2, 3, ... within the aggregate; no partition has one twice.")
    member_id = models.UUIDField(null=True)
    program_id = models.UUIDField(null=True)
    posting_id = models.BigIntegerField(null=True, help_text="The ledger posting it tells of.")
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(default=clock.now)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
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


class EventHorizon(models.Model):
    """One row: up to which number the log is settled, so that no event below it can still appear."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    settled_id = models.BigIntegerField(default=0)
    mark_id = models.BigIntegerField(null=True, help_text="The newest number given when it was last looked at.")
    mark_xid = models.BigIntegerField(null=True, help_text="Whoever took a number up to the mark is older than this.")

    def __str__(self) -> str:
        return f"settled up to {self.settled_id}"


class EventReader(models.Model):
    """Somebody who reads the log from one end to the other, and how far they are."""

    name = models.CharField(max_length=80, primary_key=True)
    position = models.BigIntegerField(default=0, help_text="The number of the last event that was read.")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"


class EventArchive(models.Model):
    """A partition of the log that was moved out into a file."""

    partition = models.CharField(max_length=63, unique=True)
    first_id = models.BigIntegerField(help_text="Its events have numbers from this one ...")
    last_id = models.BigIntegerField(help_text="... to this one.")
    events = models.BigIntegerField(help_text="How many there were.")
    first_at = models.DateTimeField(null=True, help_text="When the first of them was recorded.")
    last_at = models.DateTimeField(null=True)
    file = models.CharField(max_length=400, help_text="The file's name.")
    sha256 = models.CharField(max_length=64, help_text="Of the file.")
    moved_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["first_id"]

    def __str__(self) -> str:
        return self.file
