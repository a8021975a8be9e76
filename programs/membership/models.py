"""What a brand offers and who takes part: programs, tiers, memberships. Points themselves lie in the ledger."""

from decimal import Decimal
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from ledger.models import Account, Unit
from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand, Member
from loyalty.ids import uuid7


def is_timezone(value: str) -> None:
    """Refuses a name that is not in the IANA time zone database."""
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is not a time zone; try one like Europe/London.", code="unknown-timezone")


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["version", "created_at", "updated_at"])
class Program(models.Model):
    """A loyalty program of a brand. `version` rises with every change, for ETags and caches."""

    class Kind(models.TextChoices):
        POINTS = "points", "Points"
        STAMPS = "stamps", "Stamps"
        VOUCHERS = "vouchers", "Vouchers"
        HYBRID = "hybrid", "Hybrid"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    class ReturnPolicy(models.TextChoices):
        WITHIN_BALANCE = "within_balance", "Take no more than the member has"
        DEBT = "debt", "Take all of it; what is missing is owed"
        REFUSE = "refuse", "Refuse when the member has too few"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="programs")
    unit = models.OneToOneField(Unit, models.PROTECT, related_name="+", editable=False)
    code = models.SlugField(max_length=30, unique=True, help_text="Short name, unique on the platform, say SKY.")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.POINTS)
    timezone = models.CharField(
        max_length=60,
        default="UTC",
        validators=[is_timezone],
        help_text="Days and months of the program are counted here.",
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    is_community = models.BooleanField(
        default=False, help_text="Shown to every member of the platform, who may join it."
    )
    money_currency = models.CharField(max_length=3, default="EUR", help_text="ISO 4217 code of the purchases, say EUR.")
    earn_points = models.BigIntegerField(
        default=1, validators=[MinValueValidator(0)], help_text="Points for each full amount below; 0: none by default."
    )
    earn_per = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        default=Decimal("1.00"),
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="The amount of money that earns the points above, rounded down.",
    )
    pending_days = models.PositiveIntegerField(default=0, help_text="Days before earned points can be spent.")
    expiry_months = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Points earned in a month are gone at the end of that month this many months later. Empty: never.",
    )
    return_policy = models.CharField(
        max_length=20,
        choices=ReturnPolicy.choices,
        default=ReturnPolicy.DEBT,
        help_text="What to do when a purchase comes back and its points have been spent.",
    )
    debt_max = models.BigIntegerField(
        default=1_000_000_000, validators=[MinValueValidator(0)], help_text="The most points a member can owe."
    )
    redeem_points_min = models.BigIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="The fewest points that can be redeemed at once."
    )
    tier_months = models.PositiveIntegerField(
        default=12, validators=[MinValueValidator(1)], help_text="Points of this many months back count for the tier."
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(earn_per__gt=0), name="program_earns_per_some_amount"),
            models.CheckConstraint(condition=Q(earn_points__gte=0), name="program_earns_no_less_than_nothing"),
            models.CheckConstraint(condition=Q(redeem_points_min__gte=1), name="program_redeems_at_least_one"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked(brands="ARRAY(SELECT brand_id FROM programs_program WHERE id = {row}.program_id)")
class Tier(models.Model):
    """A level of a program, reached by the points earned in the program's window, less what was returned."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="tiers")
    code = models.SlugField(max_length=30, help_text="Short name, say gold.")
    name = models.CharField(max_length=60)
    points_min = models.BigIntegerField(validators=[MinValueValidator(0)], help_text="Points needed for it.")
    benefits = models.TextField(blank=True, help_text="What it brings, in words the members read.")

    class Meta:
        ordering = ["program", "points_min"]
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="tier_code_is_unique_in_the_program"),
            models.UniqueConstraint(fields=["program", "points_min"], name="tier_threshold_is_unique_in_the_program"),
            models.CheckConstraint(condition=Q(points_min__gte=0), name="tier_needs_no_less_than_nothing"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked(
    brands="ARRAY(SELECT brand_id FROM programs_program WHERE id = {row}.program_id)",
    only=["program", "member", "status"],
    inserts=False,
    deletes=False,
)
class Membership(models.Model):
    """A member's part in a program: the card, and the ledger account with the points."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="memberships")
    member = models.ForeignKey(Member, models.PROTECT, related_name="memberships")
    account = models.OneToOneField(Account, models.PROTECT, related_name="+", editable=False)
    card_number = models.CharField(
        max_length=20, unique=True, editable=False, help_text="The last digit checks the rest."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    joined_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "member"], name="membership_is_one_per_program")]
        indexes = [models.Index(fields=["program", "joined_at"], name="membership_newest")]

    def __str__(self) -> str:
        return self.card_number
