"""What waits for a second person: one row for each thing asked for, whatever its kind."""

from django.db import models
from django.db.models import F, Q

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand, Person
from loyalty.ids import uuid7


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["requested_at"], deletes=False)
class ApprovalRequest(models.Model):
    """Something that one person asks for and another one decides."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="approval_requests")
    kind = models.CharField(max_length=40, help_text="What would be done, say points.adjust.")
    summary = models.CharField(max_length=400, help_text="In words, for whoever decides.")
    payload = models.JSONField(default=dict, help_text="Ids and figures that carry it out; nothing personal.")
    subject_id = models.UUIDField(null=True, help_text="The thing it is about.")
    reason = models.CharField(max_length=400, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    requested_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=400, blank=True)
    result = models.CharField(max_length=400, blank=True, help_text="What came of it, in words.")

    class Meta:
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["brand", "status", "-requested_at"], name="approval_request_inbox")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "rejected"])
                | Q(decided_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(decided_by=F("requested_by")),
                name="nobody_approves_their_own",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting") | Q(decided_at__isnull=False), name="a_decision_has_its_time"
            ),
        ]

    def __str__(self) -> str:
        return self.summary
