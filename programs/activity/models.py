"""The front door's records: purchases, returns, requests answered later."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from loyalty.identity.models import Brand, Member
from loyalty.ids import uuid7
from programs.earning.models import ProgramLink
from programs.membership.models import Membership, Program


class Purchase(models.Model):
    """A purchase as a till or shop sent it. Its posting carries the same public id, and the points."""

    id = models.UUIDField(primary_key=True, editable=False, help_text="The public id of its ledger posting.")
    program = models.ForeignKey(Program, models.PROTECT, related_name="purchases", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="purchases", db_index=False)
    reference = models.CharField(max_length=200, blank=True, help_text="The receipt's or order's number.")
    amount_minor = models.BigIntegerField(help_text="The total, in the currency's smallest unit.")
    currency = models.CharField(max_length=3)
    refunded_minor = models.BigIntegerField(default=0, help_text="How much of it has come back.")
    items = models.JSONField(default=list)
    tenders = models.JSONField(default=list)
    location_id = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=40, blank=True)
    metadata = models.JSONField(default=dict)
    edition = models.PositiveIntegerField(db_default=0, help_text="The rules by which it was decided; 0: the rate.")
    facts = models.JSONField(null=True, help_text="What was true of the member then, as the rules saw it.")
    gifts = models.JSONField(null=True, help_text="What each rule gave, for explaining and for taking back.")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="purchase_amount_is_not_negative"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0) & Q(refunded_minor__lte=F("amount_minor")),
                name="purchase_refund_is_bounded",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "reference"], name="purchase_by_reference"),
            models.Index(fields=["member", "occurred_at"], name="purchase_by_member"),
            BrinIndex(fields=["occurred_at"], name="purchase_by_time", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return self.reference or str(self.id)


class Return(models.Model):
    """Goods that came back: of a known purchase, in part or whole, or of an unknown one, which moves nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False, help_text="The public id of its posting.")
    program = models.ForeignKey(Program, models.PROTECT, related_name="returns", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="returns")
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, related_name="returns")
    reference = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField(help_text="How much came back, in the currency's smallest unit.")
    currency = models.CharField(max_length=3)
    items = models.JSONField(default=list)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "reference", "purchase"], nulls_distinct=False, name="return_is_recorded_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="return_amount_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.reference


class PassedOn(models.Model):
    """What a purchase earns in a partner's program by a link. Written with the purchase; the worker posts it over
    there, and takes it back as far as goods come back."""

    link = models.ForeignKey(ProgramLink, models.PROTECT, related_name="+", db_index=False)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="+", db_index=False)
    points = models.BigIntegerField(help_text="What the purchase is worth there, at the rate that the link had then.")
    asked = models.PositiveIntegerField(db_default=1, help_text="How often there was something to do for it.")
    done = models.PositiveIntegerField(db_default=0, help_text="How much of that is done.")
    outcome = models.CharField(max_length=40, blank=True, db_default="", help_text="Posted, or why it was refused.")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purchase", "link"], name="purchase_is_passed_on_once"),
            models.CheckConstraint(condition=Q(points__gte=1), name="passed_on_is_worth_something"),
        ]
        indexes = [models.Index(fields=["id"], name="passed_on_due", condition=Q(asked__gt=F("done")))]

    def __str__(self) -> str:
        return f"{self.purchase_id} by {self.link_id}"


class MemberEvent(models.Model):
    """Something a member did that is no purchase, told by another system or by ourselves. Its posting, where it gave
    points, carries the same public id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", db_index=False)
    type = models.CharField(max_length=64, help_text="Say review.written.")
    source = models.CharField(max_length=200, blank=True, help_text="The system that told it.")
    reference = models.CharField(max_length=200, help_text="That system's own id of it: told twice, it counts once.")
    data = models.JSONField(default=dict)
    edition = models.PositiveIntegerField(db_default=0)
    facts = models.JSONField(null=True)
    gifts = models.JSONField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "source", "reference"], name="event_of_a_member_counts_once"),
        ]
        indexes = [models.Index(fields=["member", "occurred_at"], name="member_event_by_member")]

    def __str__(self) -> str:
        return f"{self.type} {self.reference}"


class Submission(models.Model):
    """An earn or redeem that its sender asked to have answered later; the worker takes it to its end."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False, help_text="The id of the transaction to be.")
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+")
    program = models.ForeignKey(Program, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=[("earn", "Earn"), ("redeem", "Redeem")])
    actor = models.CharField(max_length=80)
    key = models.CharField(max_length=400)
    fingerprint = models.BinaryField(max_length=32)
    body = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    problem = models.JSONField(null=True, help_text="Why it failed.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "key"], name="submission_key_has_one_effect")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class ExpiryWarning(models.Model):
    """A member was told that points go at that instant, and is not told again."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    expires_at = models.DateTimeField(db_index=True)
    warned_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "expires_at"], name="expiry_warning_is_given_once"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} of {self.expires_at}"


class AvailabilityMark(models.Model):
    """How far the members of a program were told that pending points became available: of all lots that did so before
    `told_until`, and of those that did then on accounts up to `account_id`."""

    program = models.OneToOneField(Program, models.CASCADE, primary_key=True, related_name="+")
    told_until = models.DateTimeField()
    account_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.program_id} until {self.told_until}"
