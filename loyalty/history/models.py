"""The list of all changes and the seals over it. What a change consisted of lies in the table beside each tracked model
(`tracking`); a line here outlives it, so that what was erased or taken away is seen."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class HistoryRow(pghistory.models.Event):
    """What every table of records has: when, how, and the values that an update changed, as they were before it. The
    id is that of the line in the list of all changes. Append-only; only an erasure takes rows out."""

    pgh_id = models.BigIntegerField(primary_key=True)
    pgh_created_at = models.DateTimeField()
    pgh_label = models.CharField(max_length=10)
    pgh_before = models.JSONField(null=True)

    class Meta:
        abstract = True


class Change(models.Model):
    """One change of something tracked: a line in the list of all, with the digest of its record. Append-only."""

    class Label(models.TextChoices):
        INSERT = "insert", "Added"
        UPDATE = "update", "Changed"
        DELETE = "delete", "Deleted"
        ERASE = "erase", "Erased"

    class Source(models.TextChoices):
        PORTAL = "portal", "Portal"
        API = "api", "API"
        JOB = "job", "Background job"
        COMMAND = "command", "Command"
        PROCESS = "process", "Other program"
        DATABASE = "database", "SQL by hand"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60, help_text="What was changed, say loyalty.brand.")
    object_id = models.CharField(max_length=40, help_text="Which one.")
    label = models.CharField(max_length=10, choices=Label.choices)
    actor = models.CharField(max_length=120, help_text="Who did it, say person:<id>.")
    source = models.CharField(max_length=10, choices=Source.choices, default="", help_text="From where it was done.")
    brand_ids = ArrayField(models.UUIDField(), help_text="The brands whose history it is.")
    recorded_at = models.DateTimeField(db_default=Now())
    digest = models.BinaryField(help_text="SHA-256 of the record.")
    xid = models.BigIntegerField(help_text="The database transaction, for sealing.")

    class Meta:
        default_permissions = ()
        # Those by brand stand in loyalty/sql/history_sources.sql.
        indexes = [
            models.Index(fields=["kind", "object_id", "-id"], name="change_by_object"),
            models.Index(fields=["actor", "recorded_at", "id"], name="change_by_actor_and_time"),
            models.Index(fields=["recorded_at", "id"], name="change_by_time_and_id"),
            models.Index(fields=["xid"], name="change_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.kind} {self.object_id}"


class HistorySeal(models.Model):
    """A link of the hash chain over the list of changes, made behind the writes."""

    sequence = models.BigIntegerField(primary_key=True)
    from_xid = models.BigIntegerField()
    to_xid = models.BigIntegerField()
    changes = models.BigIntegerField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"seal {self.sequence} of the history"
