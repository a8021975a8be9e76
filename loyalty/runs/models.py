"""Long work that people start in the portal: what was asked, how far it is, what came of it."""

from django.db import models

from loyalty import clock
from loyalty.identity.models import Brand, Person
from loyalty.ids import uuid7
from loyalty.sealed.fields import SealedField, SealedModel


class Run(SealedModel):
    """One piece of long work, done by the worker in chunks that are each one transaction."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=40, help_text="What it does, say members.import.")
    title = models.CharField(max_length=200, blank=True)
    arguments = models.JSONField(default=dict, help_text="Ids and choices; nothing personal.")
    reason = models.CharField(max_length=400, blank=True)
    is_dry_run = models.BooleanField(default=False, help_text="Only told what it would do.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    total = models.PositiveIntegerField(null=True, help_text="How many there are to do, once known.")
    done = models.PositiveIntegerField(default=0, help_text="How many were dealt with.")
    failed = models.PositiveIntegerField(default=0, help_text="How many of these were refused.")
    summary = models.JSONField(default=dict, help_text="Counts of what was done.")
    mistakes = models.JSONField(default=list, help_text="The first refusals: row, field, code, what is wrong.")
    fault = models.CharField(max_length=400, blank=True, help_text="Why it stopped, where it failed.")
    file = SealedField(editable=False, help_text="What was uploaded or made; encrypted, deleted after a week.")
    file_name = models.CharField(max_length=200, blank=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    started_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["brand", "-created_at"], name="run_newest")]

    def __str__(self) -> str:
        return self.title or self.kind


class RunItem(models.Model):
    """Something a run has done, kept so that it is done once and can be undone."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(help_text="Its place in the work, from 0.")
    subject_id = models.UUIDField(help_text="The member, membership or other thing.")
    outcome = models.CharField(max_length=40, help_text="What became of it, or the code of the refusal.")
    before = models.JSONField(null=True, help_text="What undoing needs; nothing personal.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="run_item_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.position}"
