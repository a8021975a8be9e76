"""The record of what members agreed to, one row for each change, never altered; what holds now is on the member. And
the record of erasures, which names nobody."""

from django.db import models

from loyalty import clock
from loyalty.identity.models import Brand, Member
from loyalty.ids import uuid7


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


class Erasure(models.Model):
    """That personal data was erased: whose (an id that says nothing any more), why, by whom, and how much went. Only in
    a transaction that writes one do the events give anything up. It is also the list of what to erase anew when an old
    copy of the database is put back."""

    class Kind(models.TextChoices):
        WHOLE = "whole", "All of a person"
        BRAND = "brand", "What one brand had of a person"
        RETENTION = "retention", "What was kept long enough"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    brand_id = models.UUIDField(null=True, help_text="The brand that erased what it had; empty: all brands.")
    member_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True, help_text="The login that went with it.")
    reason = models.CharField(max_length=400, blank=True)
    actor = models.CharField(max_length=80)
    counts = models.JSONField(default=dict, help_text="How many rows of what.")
    erased_at = models.DateTimeField(default=clock.now)
    xid = models.BigIntegerField(default=0, editable=False, help_text="The database transaction; the database says it.")

    class Meta:
        ordering = ["-erased_at"]
        indexes = [
            models.Index(fields=["member_id"], name="erasure_by_member"),
            models.Index(fields=["person_id"], name="erasure_by_person"),
            models.Index(fields=["xid"], name="erasure_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.member_id or self.person_id or ''}"
