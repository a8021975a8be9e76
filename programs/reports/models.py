"""What the ledger came to, folded into small rows behind the writes, so that reports need not read the entries again.
Everything here can be thrown away and folded anew from the books."""

from django.db import models

from ledger.models import Account, Unit


class QuarterHour(models.Model):
    """The points that moved in one unit in a quarter of an hour, by the time in the world. Quarters, for every time
    zone's days are made of them."""

    pk = models.CompositePrimaryKey("unit_id", "starts_at")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    starts_at = models.DateTimeField()
    issued = models.BigIntegerField(default=0, help_text="Given to members: earned, deposited, exchanged in.")
    taken_back = models.BigIntegerField(default=0, help_text="Of points given, those that returns and reversals took.")
    redeemed = models.BigIntegerField(default=0, help_text="Spent, captured from holds, exchanged out.")
    given_back = models.BigIntegerField(default=0, help_text="Of points spent, those that reversals gave back.")
    expired = models.BigIntegerField(default=0)
    adjusted = models.BigIntegerField(default=0, help_text="Signed.")
    moves = models.BigIntegerField(default=0, help_text="How many entries.")

    def __str__(self) -> str:
        return f"{self.unit_id} {self.starts_at}"


class ActiveMember(models.Model):
    """That an account earned or spent on a day of its program's calendar, and when first; only the last days."""

    pk = models.CompositePrimaryKey("unit_id", "day", "account_id")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    day = models.DateField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    first_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id} on {self.day}"


class FoldMark(models.Model):
    """How far the entries are folded: all of transactions before `upto_xid`. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    upto_xid = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"before {self.upto_xid}"
