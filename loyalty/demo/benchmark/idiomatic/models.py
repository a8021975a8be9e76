"""A plain ledger: an account with a balance, transactions, lots, events."""

from django.db import models


class PlainAccount(models.Model):
    member = models.CharField(max_length=60, unique=True)
    balance = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.member


class PlainTransaction(models.Model):
    account = models.ForeignKey(PlainAccount, models.PROTECT)
    reference = models.CharField(max_length=200, unique=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    points = models.BigIntegerField(default=0)
    balance_after = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference


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
