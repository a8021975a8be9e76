"""Stamp cards, who collects on them, and every stamp with what it was given for."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Location, Member
from loyalty.ids import uuid7
from programs.membership.models import Program
from programs.rewards.models import OF_PROGRAM, Reward, Voucher


@tracked(brands=OF_PROGRAM, exclude=["created_at", "updated_at"])
class StampCard(models.Model):
    """A card that members fill with stamps; a full one is a voucher for the reward."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="stamp_cards", db_index=False)
    code = models.SlugField(max_length=60, help_text="Short name, say coffee; rules add stamps by it.")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    stamps_needed = models.PositiveIntegerField(
        default=10, validators=[MinValueValidator(1)], help_text="How many make it full."
    )
    reward = models.ForeignKey(Reward, models.PROTECT, related_name="+", help_text="What a full card is worth.")
    expires_after_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days after its first stamp that a card can be filled; empty: no end."
    )
    day_max = models.PositiveIntegerField(
        null=True, blank=True, help_text="Stamps that one member can get in a day of the program's time zone."
    )
    scan_hours = models.PositiveIntegerField(
        default=12, help_text="Hours before one member can scan the code on the counter again."
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["program", "code"]
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="stamp_card_code_is_unique_in_the_program"),
            models.CheckConstraint(condition=Q(stamps_needed__gte=1), name="stamp_card_needs_a_stamp"),
        ]

    def __str__(self) -> str:
        return self.name


class StampSheet(models.Model):
    """One member's copy of a stamp card, the first, the second and so on. One of them is open at a time."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        FULL = "full", "Full"
        USED = "used", "Turned into a voucher"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    card = models.ForeignKey(StampCard, models.PROTECT, related_name="sheets", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="stamp_sheets")
    number = models.PositiveIntegerField(default=1)
    stamps = models.PositiveIntegerField(default=0)
    stamps_needed = models.PositiveIntegerField(help_text="As the card said when it was begun.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    voucher = models.OneToOneField(Voucher, models.PROTECT, null=True, related_name="stamp_sheet")
    joined_at = models.DateTimeField(default=clock.now)
    filled_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "member", "number"], name="stamp_sheets_are_numbered"),
            models.UniqueConstraint(
                fields=["card", "member"], condition=Q(status="open"), name="stamp_sheet_open_is_one_per_card"
            ),
            models.CheckConstraint(condition=Q(stamps__lte=F("stamps_needed")), name="stamp_sheet_is_not_overfull"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "expired"]) | Q(stamps=F("stamps_needed")),
                name="stamp_sheet_full_has_all",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="stamp_sheet_runs_out",
                         condition=Q(status="open", expires_at__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.stamps} of {self.stamps_needed}"


class Stamp(models.Model):
    """Stamps given at once. What was undone stays, and says so."""

    class Source(models.TextChoices):
        STAFF = "staff", "Staff"
        SERVER = "server", "Server"
        RULE = "rule", "Rule"
        SCAN = "scan", "Scanned code"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    card = models.ForeignKey(StampCard, models.PROTECT, related_name="stamps", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="stamps")
    count = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    sheets = models.JSONField(default=list, help_text="How many of them went on which sheet.")
    reference = models.CharField(max_length=200, help_text="The receipt's or order's number: it is stamped once.")
    source = models.CharField(max_length=10, choices=Source.choices)
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    actor = models.CharField(max_length=80)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=80, blank=True)
    undone_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["card", "reference"], name="stamp_is_given_once_for_a_reference"),
            models.CheckConstraint(condition=Q(count__gte=1), name="stamp_counts_one_at_least"),
        ]
        indexes = [models.Index(fields=["card", "member", "occurred_at"], name="stamp_by_member")]

    def __str__(self) -> str:
        return f"{self.count} x {self.card_id}"
