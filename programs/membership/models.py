"""What a brand offers and who takes part: programs, tiers, memberships. Points themselves lie in the ledger."""

from decimal import Decimal
from zoneinfo import available_timezones

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Deferrable, Q, Value
from django.db.models.functions import Now

from ledger.models import Account, Unit
from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand, Member
from loyalty.ids import uuid7


def is_timezone(value: str) -> None:
    """Refuses a name that is not in the IANA time zone database."""
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is not a time zone; try one like Europe/London.", code="unknown-timezone")


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["version", "edition", "needs", "created_at", "updated_at"])
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
        ONLY_PENDING = "only_pending", "Take only what could not be spent yet"
        REFUSE = "refuse", "Refuse when the member has too few"

    class ExpiryKind(models.TextChoices):
        MONTHS = "months", "Some months after they were earned, at the end of a month"
        DATES = "dates", "On fixed days of the year"
        INACTIVITY = "inactivity", "When nothing was earned or spent for some months"

    class TierBasis(models.TextChoices):
        POINTS = "points", "Points earned"
        SPEND = "spend", "Money spent"
        VISITS = "visits", "Purchases"

    class TierWindow(models.TextChoices):
        ROLLING = "rolling", "The last months"
        YEAR = "year", "The calendar year, or the whole one before"
        JOINED = "joined", "The year since joining, or the whole one before"
        LIFETIME = "lifetime", "Ever"

    class TierDowngrade(models.TextChoices):
        ALL = "all", "Down to the tier that is deserved"
        ONE = "one", "Down by one tier at a time"
        NEVER = "never", "Never down"

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
    expiry_kind = models.CharField(
        max_length=10, choices=ExpiryKind.choices, default=ExpiryKind.MONTHS, help_text="What makes points expire."
    )
    expiry_dates = ArrayField(
        models.CharField(max_length=5),
        default=list,
        blank=True,
        help_text="Days of the year on which points expire, as month-day: 06-30, 12-31.",
    )
    expiry_warning_days = models.PositiveIntegerField(
        default=30, help_text="Members are warned this many days before points go; 0: not at all."
    )
    pending_until = models.CharField(
        max_length=64, blank=True, help_text="Points wait for this event (say order.delivered) instead of some days."
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
    redeem_percent_max = models.PositiveSmallIntegerField(
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="How much of an order can be paid with points at most, in percent.",
    )
    tier_months = models.PositiveIntegerField(
        default=12,
        validators=[MinValueValidator(1)],
        help_text="How many months back count for the tier, where the last months count.",
    )
    tier_basis = models.CharField(
        max_length=8, choices=TierBasis.choices, default=TierBasis.POINTS, help_text="What counts for the tier."
    )
    tier_window = models.CharField(
        max_length=10, choices=TierWindow.choices, default=TierWindow.ROLLING, help_text="Of which time it counts."
    )
    tier_downgrade = models.CharField(
        max_length=6,
        choices=TierDowngrade.choices,
        default=TierDowngrade.ALL,
        help_text="What happens when a tier is not deserved any more.",
    )
    tier_grace_days = models.PositiveIntegerField(
        default=0, help_text="Days that a tier is kept after it is not deserved any more."
    )
    tier_warning_days = models.PositiveIntegerField(
        default=0, help_text="Members are warned this many days before they go down; 0: not at all."
    )
    edition = models.PositiveIntegerField(
        default=0, editable=False, help_text="The rules in force; 0: the program's own rate alone."
    )
    needs = ArrayField(
        models.CharField(max_length=80),
        default=list,
        blank=True,
        editable=False,
        help_text="What the rules in force ask that has to be looked up.",
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
    """A level of a program, reached by what counts in the program's window, less what was returned."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="tiers")
    code = models.SlugField(max_length=30, help_text="Short name, say gold.")
    name = models.CharField(max_length=60)
    points_min = models.BigIntegerField(
        validators=[MinValueValidator(0)],
        help_text="What is needed for it: points, whole units of money, or purchases, as the program counts.",
    )
    benefits = models.TextField(blank=True, help_text="What it brings, in words the members read.")
    multiplier = models.DecimalField(
        max_digits=7,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(1))],
        help_text="What purchases give is multiplied by this; 1: as for everybody.",
    )
    perks = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="Short names of what it brings, for apps to act on: free_shipping, lounge.",
    )

    class Meta:
        ordering = ["program", "points_min"]
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="tier_code_is_unique_in_the_program"),
            models.UniqueConstraint(
                fields=["program", "points_min"],
                name="tier_threshold_is_unique_in_the_program",
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(condition=Q(points_min__gte=0), name="tier_needs_no_less_than_nothing"),
            models.CheckConstraint(condition=Q(multiplier__gte=1), name="tier_multiplies_by_one_at_least"),
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
    referral_code = models.CharField(
        max_length=8,
        unique=True,
        null=True,
        editable=False,
        help_text="What the member's friends give when they join; made when it is first asked for.",
    )
    attributes = models.JSONField(
        db_default=Value({}, models.JSONField()),
        default=dict,
        blank=True,
        help_text="What the brand knows of the member, for rules to ask: names and texts.",
    )
    tier = models.ForeignKey(
        Tier,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        help_text="The tier that was reached, or is kept, as it was last assessed.",
    )
    tier_since = models.DateTimeField(null=True, blank=True, editable=False)
    tier_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The tier is kept until then, though it is not deserved any more.",
    )
    tier_warned_for = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The ending of the tier of which the member was told."
    )
    given_tier = models.ForeignKey(
        Tier,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        help_text="A tier given by hand: the member has it, or a higher one that was reached.",
    )
    given_tier_since = models.DateTimeField(null=True, blank=True, editable=False)
    given_tier_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Until when it was given; empty: for good."
    )
    tier_protected_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The member does not go down before it."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "member"], name="membership_is_one_per_program")]
        indexes = [
            models.Index(fields=["program", "joined_at"], name="membership_newest"),
            models.Index(fields=["program", "tier"], name="membership_by_tier"),
            models.Index(fields=["tier_until"], name="membership_tier_ends", condition=Q(tier_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.card_number


class TierChange(models.Model):
    """A member went up or down, and why. Tiers stand here by their codes, for tiers come and go."""

    class Reason(models.TextChoices):
        REACHED = "reached", "Reached"
        LAPSED = "lapsed", "No longer deserved"
        RETURNED = "returned", "A purchase came back"
        MANUAL = "manual", "Given by hand"
        PROMOTION = "promotion", "Promotion"
        PROGRAM = "program", "The program's tiers were changed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="tier_changes", db_index=False)
    before = models.CharField(max_length=30, blank=True, help_text="Code of the tier before; empty: none.")
    after = models.CharField(max_length=30, blank=True, help_text="Code of the tier after; empty: none.")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=200, blank=True)
    measure = models.BigIntegerField(default=0, help_text="What counted then: points, minor units or purchases.")
    actor = models.CharField(max_length=80)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["membership", "occurred_at"], name="tier_change_by_member")]

    def __str__(self) -> str:
        return f"{self.before or 'none'} to {self.after or 'none'}"
