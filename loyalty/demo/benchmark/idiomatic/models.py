"""A plain ledger: idempotency, accounts with a balance, transactions with two entries, lots, events."""

from django.db import models

from loyalty.identity.models import Brand, Member
from programs.membership.models import Membership, Program


class PlainRequest(models.Model):
    """The first answer to an idempotency key."""

    key = models.CharField(max_length=200, unique=True)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.key


class PlainAccount(models.Model):
    membership = models.OneToOneField(Membership, models.PROTECT, null=True)
    balance = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.balance}"


class PlainTransaction(models.Model):
    account = models.ForeignKey(PlainAccount, models.PROTECT)
    reference = models.CharField(max_length=200, unique=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    points = models.BigIntegerField(default=0)
    balance_after = models.BigIntegerField(default=0)
    breakdown = models.JSONField(default=list)
    occurred_at = models.DateTimeField(null=True)
    items = models.JSONField(default=list)
    tenders = models.JSONField(default=list)
    location_id = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=200, blank=True)
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference


class PlainEntry(models.Model):
    transaction = models.ForeignKey(PlainTransaction, models.PROTECT)
    account = models.ForeignKey(PlainAccount, models.PROTECT)
    points = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.points}"


class PlainLot(models.Model):
    account = models.ForeignKey(PlainAccount, models.PROTECT)
    transaction = models.ForeignKey(PlainTransaction, models.PROTECT)
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    available_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.remaining} of {self.points}"


class PlainEvent(models.Model):
    type = models.CharField(max_length=60)
    transaction = models.ForeignKey(PlainTransaction, models.PROTECT)
    brand = models.ForeignKey(Brand, models.PROTECT)
    member = models.ForeignKey(Member, models.PROTECT)
    program = models.ForeignKey(Program, models.PROTECT)
    sequence = models.BigIntegerField()
    data = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.type
