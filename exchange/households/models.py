"""Households: who belongs to one, and what they spent together."""

from django.db import models
from django.db.models import Q

from loyalty import clock
from loyalty.identity.models import Member
from loyalty.ids import uuid7
from programs.membership.models import Program


class Household(models.Model):
    """Members of a program who spend their points together. One of them owns it and invites the others."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="households")
    owner = models.ForeignKey(Member, models.PROTECT, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return str(self.id)


class HouseholdMember(models.Model):
    """Somebody's part in a household, from the invitation on. A member is in one household of a program at a time."""

    class Status(models.TextChoices):
        INVITED = "invited", "Invited"
        JOINED = "joined", "Joined"
        DECLINED = "declined", "Declined"
        LEFT = "left", "Left"
        REMOVED = "removed", "Removed"

    household = models.ForeignKey(Household, models.PROTECT, related_name="members")
    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="households")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.INVITED)
    invited_at = models.DateTimeField(default=clock.now)
    joined_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "member"], condition=Q(status="joined"), name="household_is_one_per_member"
            ),
            models.UniqueConstraint(
                fields=["household", "member"],
                condition=Q(status__in=["invited", "joined"]),
                name="household_part_is_one",
            ),
        ]

    def __str__(self) -> str:
        return self.status


class PooledSpend(models.Model):
    """A redemption paid by several members of a household, those points first that are gone first."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="spends")
    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="pooled_spends", help_text="Who asked for it.")
    points = models.BigIntegerField()
    parts = models.JSONField(help_text="[[member id, transaction id, points], ...] of what each one paid.")
    reference = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=400, help_text="Idempotency key, with its scope in front.")
    fingerprint = models.BinaryField(help_text="SHA-256 of the request: the same key with another one is refused.")
    actor = models.CharField(max_length=80)
    reversed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="pooled_spend_key_has_one_effect"),
            models.CheckConstraint(condition=Q(points__gt=0), name="pooled_spend_moves_points"),
        ]

    def __str__(self) -> str:
        return f"{self.points}"
