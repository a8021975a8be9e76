"""Prefunded pools and settled months between brands."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.rates.models import OF_BOTH, Agreement
from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.ids import uuid7
from programs.membership.models import Program


class PoolChange(models.Model):
    """Points paid into an agreement's pool, or taken out again by hand. Never changed. What exchanges used stands in
    the ledger, on the clearing account of the pair."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="pool_changes")
    points = models.BigIntegerField(help_text="Signed.")
    reference = models.CharField(max_length=100, blank=True, help_text="The payment's number.")
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="pool_change_moves_points"),
            models.UniqueConstraint(
                fields=["agreement", "reference"], condition=~Q(reference=""), name="pool_change_is_one_per_payment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points}"


@tracked(brands=OF_BOTH, exclude=["created_at"])
class Settlement(models.Model):
    """A month of a pair, closed: what the brand of the first program owed that of the second, as it was then."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    from_program = models.ForeignKey(Program, models.PROTECT, related_name="settlements_out")
    to_program = models.ForeignKey(Program, models.PROTECT, related_name="settlements_in")
    month = models.DateField(help_text="Its first day.")
    exchanges = models.BigIntegerField()
    points_given = models.BigIntegerField(help_text="Points of the first program that members gave, fees included.")
    points_issued = models.BigIntegerField(help_text="Points of the second program that members got.")
    point_price = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    amount_minor = models.BigIntegerField(null=True, help_text="Owed, in minor units.")
    currency = models.CharField(max_length=3, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=100, blank=True, help_text="The payment's number.")
    actor = models.CharField(max_length=80, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["from_program", "to_program", "month"], name="settlement_is_one_per_month")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
