"""Quotes, exchanges, what was unusual about them, and how much was exchanged in a day."""

from django.db import models
from django.db.models import F, Q

from exchange.rates.models import Bonus, Rate
from ledger.models import Account
from loyalty import clock
from loyalty.identity.models import Member
from loyalty.ids import uuid7
from programs.membership.models import Program

LANES = 8  # exchanges of one member are in one lane and are settled in order; lanes are settled at the same time


class Quote(models.Model):
    """What an exchange would give; it holds until `expires_at`, for one exchange."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="quotes")
    from_program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    to_program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    terms = models.ForeignKey(Rate, models.PROTECT, related_name="+", db_index=False)
    bonus = models.ForeignKey(Bonus, models.PROTECT, null=True, related_name="+", db_index=False)
    rate = models.DecimalField(max_digits=24, decimal_places=13, help_text="The bonus included.")
    from_amount = models.BigIntegerField()
    fee = models.BigIntegerField(help_text="Of the points given; the rest is exchanged at the rate.")
    to_amount = models.BigIntegerField(help_text="Rounded down.")
    residue = models.DecimalField(max_digits=14, decimal_places=13, help_text="What rounding down left out.")
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_amount__gt=0, to_amount__gt=0, fee__gte=0, fee__lt=F("from_amount")),
                name="quote_moves_points",
            )
        ]
        indexes = [models.Index(fields=["expires_at"], name="quote_past")]

    def __str__(self) -> str:
        return f"{self.from_amount} for {self.to_amount}"


class Exchange(models.Model):
    """Points of one program, set aside in a hold, into points of another. Both legs are posted together or neither."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        PROCESSING = "processing", "Processing"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="exchanges", db_index=False)
    from_program = models.ForeignKey(Program, models.PROTECT, related_name="exchanges_out", db_index=False)
    to_program = models.ForeignKey(Program, models.PROTECT, related_name="exchanges_in", db_index=False)
    from_account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    to_account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    quote = models.OneToOneField(Quote, models.PROTECT, null=True, related_name="exchange")
    terms = models.ForeignKey(Rate, models.PROTECT, related_name="exchanges", db_index=False)
    bonus = models.ForeignKey(Bonus, models.PROTECT, null=True, related_name="exchanges", db_index=False)
    rate = models.DecimalField(max_digits=24, decimal_places=13, help_text="The bonus included.")
    from_amount = models.BigIntegerField()
    fee = models.BigIntegerField(help_text="Of the points given; the rest is exchanged at the rate.")
    to_amount = models.BigIntegerField(help_text="Rounded down.")
    residue = models.DecimalField(max_digits=14, decimal_places=13, help_text="What rounding down left out.")
    day = models.DateField(help_text="The day it counts for, by the clock of the program it leaves.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    failure = models.CharField(max_length=60, blank=True, help_text="The problem code of why it failed.")
    key = models.CharField(max_length=400, help_text="Idempotency key, with its scope in front.")
    fingerprint = models.BinaryField(help_text="SHA-256 of the request: the same key with another one is refused.")
    actor = models.CharField(max_length=80)
    lane = models.PositiveSmallIntegerField(help_text="Exchanges of one lane are settled in order.")
    hold_id = models.UUIDField(help_text="The posting that set the points aside.")
    out_id = models.UUIDField(null=True, help_text="The posting that took them.")
    in_id = models.UUIDField(null=True, help_text="The posting that gave the others.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, help_text="Not before, after a failed attempt.")
    last_error = models.CharField(max_length=300, blank=True, help_text="What went wrong at the last attempt.")
    told_at = models.DateTimeField(null=True, help_text="When a message broker was told of it, where there is one.")
    is_dead = models.BooleanField(default=False, help_text="Too many attempts failed; somebody must look.")
    processing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    completed_at = models.DateTimeField(null=True, help_text="When it completed, failed or was cancelled.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="exchange_key_has_one_effect"),
            models.CheckConstraint(
                condition=Q(from_amount__gt=0, to_amount__gt=0, fee__gte=0, fee__lt=F("from_amount")),
                name="exchange_moves_points",
            ),
            models.CheckConstraint(
                condition=Q(status="completed", out_id__isnull=False, in_id__isnull=False)
                | (~Q(status="completed") & Q(out_id=None, in_id=None)),
                name="exchange_has_both_legs_or_none",
            ),
            models.CheckConstraint(
                condition=Q(status="failed") & ~Q(failure="") | (~Q(status="failed") & Q(failure="")),
                name="exchange_says_why_it_failed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "processing"], completed_at=None)
                | (~Q(status__in=["pending", "processing"]) & Q(completed_at__isnull=False)),
                name="exchange_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "id"], name="exchange_waiting", condition=Q(status__in=["pending", "processing"])
            ),
            models.Index(fields=["member", "id"], name="exchange_by_member"),
            models.Index(fields=["from_program", "id"], name="exchange_by_source"),
            models.Index(fields=["to_program", "id"], name="exchange_by_target"),
            models.Index(fields=["id"], name="exchange_dead", condition=Q(is_dead=True)),
            models.Index(
                fields=["from_program", "to_program", "completed_at"],
                name="exchange_by_month",
                condition=Q(status="completed"),
            ),
            models.Index(
                fields=["lane", "next_attempt_at"],
                name="exchange_put_off",
                condition=Q(status__in=["pending", "processing"], next_attempt_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_amount} for {self.to_amount}"


class ExchangeStep(models.Model):
    """Something unusual on the way of an exchange: an attempt that failed, a revival, a person's decision."""

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="steps")
    name = models.CharField(max_length=20, help_text="retry, dead, revived, given_up, cancelled")
    note = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=80)
    occurred_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Handful(models.Model):
    """A batch of a lane that a worker has in hand. It goes in the commit of what the worker did, so one that stays is
    of a worker that ended in the middle."""

    id = models.BigAutoField(primary_key=True)
    lane = models.PositiveSmallIntegerField()
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"lane {self.lane}"


class DayUsage(models.Model):
    """Points given in exchanges of a pair on a day: of a member, or of all (no member). Kept where there is a limit."""

    from_program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    to_program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    member = models.ForeignKey(Member, models.CASCADE, null=True, related_name="+", db_index=False)
    points = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["from_program", "to_program", "day", "member"], nulls_distinct=False, name="day_usage_is_one"
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="day_usage_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.points} on {self.day}"
