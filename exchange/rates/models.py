"""Between which programs points can be exchanged, and at what rate since when."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.ids import uuid7
from programs.membership.models import Program

OF_BOTH = "ARRAY(SELECT brand_id FROM programs_program WHERE id IN ({row}.from_program_id, {row}.to_program_id))"


@tracked(brands=OF_BOTH, exclude=["pool_points", "created_at"])
class Agreement(models.Model):
    """Two brands let members exchange points of the one program for points of the other. Open once both have accepted.
    The brand whose points are given up owes the other one for those that it issues."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACTIVE = "active", "Active"
        ENDED = "ended", "Ended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    from_program = models.ForeignKey(
        Program, models.PROTECT, related_name="agreements_out", help_text="Whose points members give."
    )
    to_program = models.ForeignKey(
        Program, models.PROTECT, related_name="agreements_in", help_text="Whose points members get for them."
    )
    rate_max = models.DecimalField(
        max_digits=18,
        decimal_places=9,
        null=True,
        blank=True,
        help_text="No rate of this pair may be higher, bonuses included; empty: no bound but that of circles.",
    )
    point_price = models.DecimalField(
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="What one issued point costs the brand that sends; empty: nothing is owed in money.",
    )
    currency = models.CharField(max_length=3, blank=True, help_text="Of the price.")
    is_prefunded = models.BooleanField(
        default=False,
        help_text="Points come out of a pool that was paid for before, and that cannot go below zero.",
    )
    pool_points = models.BigIntegerField(default=0, editable=False, help_text="What is left in the pool.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PROPOSED, editable=False)
    accepted_by = ArrayField(models.UUIDField(), default=list, editable=False, help_text="The brands that agreed.")
    note = models.CharField(max_length=200, blank=True)
    active_since = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["from_program", "to_program", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["from_program", "to_program"], condition=~Q(status="ended"), name="agreement_is_one_per_pair"
            ),
            models.CheckConstraint(condition=~Q(from_program=F("to_program")), name="agreement_is_between_two"),
            models.CheckConstraint(
                condition=Q(is_prefunded=False) | Q(pool_points__gte=0), name="agreement_pool_is_not_overdrawn"
            ),
            models.CheckConstraint(condition=Q(point_price=None) | ~Q(currency=""), name="agreement_price_has_money"),
        ]

    def __str__(self) -> str:
        return f"{self.from_program} to {self.to_program}"


class Rate(models.Model):
    """What points of a pair are worth from a moment on, until the next one takes over. Never changed, never removed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    from_program = models.ForeignKey(Program, models.PROTECT, related_name="rates_out", db_index=False)
    to_program = models.ForeignKey(Program, models.PROTECT, related_name="rates_in")
    rate = models.DecimalField(max_digits=18, decimal_places=9, help_text="Points got for one point given.")
    fee_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(99)],
        help_text="Of the points given, kept as a fee; rounded up to a whole point.",
    )
    fee_points = models.BigIntegerField(default=0, validators=[MinValueValidator(0)], help_text="Kept besides.")
    from_min = models.BigIntegerField(default=1, validators=[MinValueValidator(1)], help_text="Fewest points at once.")
    from_step = models.BigIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="Points can be given in multiples of this."
    )
    from_max = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Most points."
    )
    member_daily_max = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Points a member can give in a day."
    )
    pair_daily_max = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Points all members can give in a day."
    )
    pending_hours = models.PositiveSmallIntegerField(default=0, help_text="How long points got are pending.")
    is_open = models.BooleanField(default=True, help_text="Off: the pair is closed from then on.")
    valid_from = models.DateTimeField()
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["from_program", "to_program", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["from_program", "to_program", "valid_from"], name="rate_is_one_at_a_time"),
            models.CheckConstraint(condition=~Q(from_program=F("to_program")), name="rate_is_between_two"),
            models.CheckConstraint(
                condition=Q(rate__gt=0, fee_percent__gte=0, fee_percent__lte=99, fee_points__gte=0)
                & Q(from_min__gte=1, from_step__gte=1),
                name="rate_is_worth_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_program} to {self.to_program} at {self.rate.normalize():f}"


@tracked(brands=OF_BOTH, exclude=["created_at"])
class Bonus(models.Model):
    """For a time, exchanges of a pair give more."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    from_program = models.ForeignKey(Program, models.PROTECT, related_name="bonuses_out")
    to_program = models.ForeignKey(Program, models.PROTECT, related_name="bonuses_in")
    name = models.CharField(max_length=80)
    percent = models.DecimalField(
        max_digits=6, decimal_places=2, validators=[MinValueValidator(0)], help_text="On top of the rate."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="Not any more from then on.")
    actor = models.CharField(max_length=80, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "bonuses"
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="bonus_takes_time"),
            models.CheckConstraint(condition=Q(percent__gt=0), name="bonus_gives_something"),
        ]

    def __str__(self) -> str:
        return self.name
