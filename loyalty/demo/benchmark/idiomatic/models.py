"""A plain ledger: idempotency, accounts with a balance, transactions with two entries, lots, events."""

from django.db import models

from programs.membership.models import Membership


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
    transaction = models.ForeignKey(PlainTransaction, models.PROTECT)
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.remaining} of {self.points}"


class PlainEvent(models.Model):
    type = models.CharField(max_length=60)
    transaction = models.ForeignKey(PlainTransaction, models.PROTECT)
    data = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.type
