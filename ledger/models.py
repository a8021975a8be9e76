"""The ledger's tables. What holds at every instant, in words; SQL beside the models refuses what would break it.

 1. An entry is one movement with both sides: points leave `debit` and arrive at `credit`, so every unit sums to zero.
 2. Both sides of an entry are accounts of the entry's unit; a unit belongs to one brand.
 3. Entries, postings, lot uses, lot changes, hold resolutions and seals are never changed or removed.
 4. A member's `posted` is the sum of the account's entries and the newest `*_after`; entry versions have no gap.
 5. `posted` = points remaining in lots - `debt`, and `posted` never goes below `-debt_max`.
 6. 0 <= `remaining` <= `points` of a lot; `remaining` = `points` - the sum of its uses.
 7. A lot's times are those it was made with, or as postings say that they changed it: to count sooner, or stay longer.
 8. What reversals take back never exceeds what was moved. A reversal is not reversed. Each lot of a posting has its
    own entry, and each entry its own reversals.
 9. A hold is resolved once: captured, released or lapsed.
10. A key has one effect (unique by brand); a purchase's reference earns once in a unit.
11. Every posting on a member's account has its event, numbered without gaps on that account.
12. Of a posting only the words (key, reference, data) can go, when somebody is erased; their digest stays, and the
    seals cover it.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from loyalty import clock
from loyalty.identity.models import Brand
from loyalty.ids import uuid7

POINTS_MAX = 9_000_000_000_000_000  # below 2^53, so that every JSON reader keeps it exact


class Unit(models.Model):
    """What is counted: one program's points. Two units never mix."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="units")
    name = models.CharField(max_length=30, help_text='What one is called, in the plural: "miles".')
    decimal_places = models.PositiveSmallIntegerField(default=0, help_text="Amounts are counted in the smallest unit.")
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """A place where points of one unit lie. The unit's own accounts (all kinds but member) are hot: no balance row."""

    class Kind(models.TextChoices):
        MEMBER = "member", "Member"
        ISSUANCE = "issuance", "Issuance"
        REDEMPTION = "redemption", "Redemption"
        BREAKAGE = "breakage", "Breakage"
        EXCHANGE = "exchange", "Exchange"
        HOLDING = "holding", "Holding"
        ADJUSTMENT = "adjustment", "Adjustment"
        TRANSFER = "transfer", "Transfer"

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="accounts", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    owner_id = models.UUIDField(null=True, help_text="The member, or of a clearing account the partner.")
    is_hot = models.GeneratedField(expression=~Q(kind="member"), output_field=models.BooleanField(), db_persist=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "owner_id"], nulls_distinct=False, name="account_is_one_per_owner_and_unit"
            ),
            models.UniqueConstraint(fields=["unit", "id"], name="account_of_unit"),
            models.CheckConstraint(
                condition=Q(kind="member", owner_id__isnull=False)
                | Q(kind="exchange")
                | (~Q(kind__in=["member", "exchange"]) & Q(owner_id__isnull=True)),
                name="account_owner_is_known",
            ),
        ]
        indexes = [models.Index(fields=["owner_id"], name="account_by_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Balance(models.Model):
    """The running balance of a member account; its row lock orders everything that happens to the account."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="balance")
    posted = models.BigIntegerField(default=0, help_text="Points remaining in lots, less debt.")
    debt = models.BigIntegerField(default=0, help_text="Points owed; the next points earned pay it first.")
    debt_max = models.BigIntegerField(default=0, help_text="How far a return may take the account below zero.")
    held = models.BigIntegerField(default=0, help_text="Points in holds that are not resolved.")
    earned = models.BigIntegerField(default=0, help_text="Points ever given, less what returns and reversals undid.")
    redeemed = models.BigIntegerField(default=0, help_text="Points ever spent, less reversed redemptions.")
    version = models.BigIntegerField(default=0, help_text="Number of entries on the account.")
    events = models.BigIntegerField(default=0, help_text="Number of events of the account.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(posted__gte=-F("debt_max")), name="balance_is_not_overdrawn"),
            models.CheckConstraint(condition=Q(posted__lte=POINTS_MAX), name="balance_has_a_ceiling"),
            models.CheckConstraint(condition=Q(held__gte=0), name="balance_holds_no_less_than_nothing"),
            models.CheckConstraint(
                condition=Q(debt__gte=0) & Q(posted__gte=-F("debt")), name="balance_debt_is_recorded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.posted}"


class Posting(models.Model):
    """One request that moved points, or was recorded with none to move. It holds the answer that was given."""

    class Kind(models.TextChoices):
        EARN = "earn", "Earn"
        DEPOSIT = "deposit", "Deposit"
        BURN = "redeem", "Redeem"
        EXPIRE = "expire", "Expire"
        ADJUST = "adjust", "Adjust"
        HOLD = "hold", "Hold"
        CAPTURE = "capture", "Capture"
        RELEASE = "release", "Release"
        REVERSE = "reverse", "Reverse"
        RETURN = "return", "Return"
        EXCHANGE_OUT = "exchange_out", "Exchange out"
        EXCHANGE_IN = "exchange_in", "Exchange in"
        GIFT_OUT = "gift_out", "Gift given"
        GIFT_IN = "gift_in", "Gift received"
        MATURE = "mature", "Release of pending points"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="postings", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=400, help_text="Idempotency key, with its scope in front.")
    fingerprint = models.BinaryField(help_text="SHA-256 of the request: the same key with another one is refused.")
    actor = models.CharField(max_length=80, help_text="Who did it: key:ID, person:ID or system:NAME.")
    reference = models.CharField(max_length=200, blank=True, help_text="The till's or shop's own number.")
    points = models.BigIntegerField(help_text="Signed: what the member's balance changed by.")
    shortfall = models.BigIntegerField(default=0, help_text="Points a return could not take, as they had expired.")
    balance_after = models.BigIntegerField(help_text="The account's balance after it.")
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals", db_index=False)
    data = models.JSONField(default=dict, help_text="Description, source, breakdown and the like.")
    occurred_at = models.DateTimeField(help_text="When it happened in the world.")
    recorded_at = models.DateTimeField(db_default=Now(), help_text="When it came into our books.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="posting_key_has_one_effect"),
            models.UniqueConstraint(
                fields=["unit", "reference"],
                condition=Q(kind="earn") & ~Q(reference=""),
                name="posting_reference_earns_once",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="posting_by_account"),
            models.Index(fields=["reverses"], name="posting_by_reversed", condition=Q(reverses__isnull=False)),
            models.Index(fields=["unit", "id"], name="posting_by_unit"),
            # What is rare among millions has an index, what is frequent is found on the way back from the newest.
            models.Index(fields=["kind", "id"], name="posting_by_kind", condition=~Q(kind__in=["earn", "redeem"])),
            models.Index(
                fields=["reference"], name="posting_by_reference", condition=~Q(kind="earn") & ~Q(reference="")
            ),
            BrinIndex(fields=["occurred_at"], name="posting_by_time", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Forgotten(models.Model):
    """The words of this posting went with somebody who was erased; what they hashed to stays."""

    posting = models.OneToOneField(Posting, models.PROTECT, primary_key=True, related_name="forgotten")
    digest = models.BinaryField(editable=False, help_text="SHA-256 of key, reference and data; the database takes it.")
    forgotten_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"words of {self.posting_id}"


class LedgerEntry(models.Model):
    """One movement. A side's `after` and `version` are set where that side is a member account."""

    id = models.BigAutoField(primary_key=True)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="entries")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    credit = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    points = models.BigIntegerField()
    debit_after = models.BigIntegerField(null=True)
    credit_after = models.BigIntegerField(null=True)
    debit_version = models.BigIntegerField(null=True)
    credit_version = models.BigIntegerField(null=True)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals", db_index=False)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    xid = models.BigIntegerField(editable=False, help_text="The database transaction, for sealing and roll-up.")

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="entry_moves_points"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="entry_has_two_sides"),
        ]
        indexes = [
            models.Index(
                fields=["debit", "debit_version"], name="entry_by_debit", condition=Q(debit_version__isnull=False)
            ),
            models.Index(
                fields=["credit", "credit_version"], name="entry_by_credit", condition=Q(credit_version__isnull=False)
            ),
            models.Index(fields=["reverses"], name="entry_by_reversed", condition=Q(reverses__isnull=False)),
            BrinIndex(fields=["occurred_at"], name="entry_by_time", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.points}: {self.debit_id} to {self.credit_id}"


class Lot(models.Model):
    """Points earned together. They count from `available_at` and are gone at `expires_at`."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="lots", db_index=False, db_constraint=False)
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, related_name="lot")
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="lots", db_constraint=False)
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    expired = models.BigIntegerField(default=0, help_text="How many of them expired.")
    returned = models.BigIntegerField(default=0, help_text="How many of them returns took back, by whatever way.")
    withdrawn = models.BigIntegerField(default=0, help_text="How many of those were still in the lot.")
    refunded = models.BigIntegerField(default=0, help_text="How many of those had been spent and came from elsewhere.")
    granted_at = models.DateTimeField(help_text="When they were earned.")
    available_at = models.DateTimeField(help_text="Pending before it.")
    expires_at = models.DateTimeField(null=True, help_text="Gone from this instant on; empty: never.")
    hops = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often they changed hands since they were earned, by gifts or exchanges."
    )
    is_open = models.GeneratedField(expression=Q(remaining__gt=0), output_field=models.BooleanField(), db_persist=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="lot_has_points"),
            models.CheckConstraint(
                condition=Q(remaining__gte=0) & Q(remaining__lte=F("points")), name="lot_is_bounded"
            ),
            models.CheckConstraint(
                condition=Q(returned__gte=F("withdrawn") + F("refunded"))
                & Q(returned__lte=F("points"), withdrawn__gte=0, refunded__gte=0),
                name="lot_returns_are_bounded",
            ),
        ]
        indexes = [
            models.Index(
                F("account"),
                F("expires_at").asc(nulls_last=True),
                F("granted_at"),
                F("id"),
                name="lot_next",
                condition=Q(is_open=True),
            ),
            models.Index(fields=["expires_at"], name="lot_due", condition=Q(is_open=True)),
            models.Index(fields=["account", "granted_at"], name="lot_by_grant"),
            models.Index(
                fields=["available_at"], name="lot_matures", condition=Q(available_at__gt=F("granted_at"), is_open=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.points}"


class LotUse(models.Model):
    """How much an entry took from a lot; negative: gave back."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="uses", db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="uses")
    points = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "lot"], name="lot_use_is_one_per_entry"),
            models.CheckConstraint(condition=~Q(points=0), name="lot_use_moves_points"),
        ]

    def __str__(self) -> str:
        return f"{self.points} of lot {self.lot_id}"


class LotChange(models.Model):
    """A posting that changed when a lot's points count, or when they are gone; the lot itself says how it is now."""

    id = models.BigAutoField(primary_key=True)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="changes")
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="lot_changes")
    points = models.BigIntegerField(help_text="How many were left in the lot.")
    available_before = models.DateTimeField(null=True)
    available_after = models.DateTimeField(null=True, help_text="Pending points that count sooner.")
    expires_before = models.DateTimeField(null=True)
    expires_after = models.DateTimeField(null=True, help_text="Points that stay longer.")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(available_before__isnull=False, available_after__isnull=False)
                & Q(available_after__lt=F("available_before"), expires_before=None, expires_after=None)
                | Q(expires_before__isnull=False, expires_after__isnull=False)
                & Q(expires_after__gt=F("expires_before"), available_before=None, available_after=None),
                name="lot_change_is_sooner_or_longer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} of lot {self.lot_id}"


class Hold(models.Model):
    """Points set aside on the holding account until captured, released or lapsed."""

    id = models.BigAutoField(primary_key=True)
    posting = models.OneToOneField(Posting, models.PROTECT, related_name="hold")
    account = models.ForeignKey(Account, models.PROTECT, related_name="holds")
    points = models.BigIntegerField()
    expires_at = models.DateTimeField(help_text="Lapses then: the points go back.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(points__gt=0), name="hold_has_points")]
        indexes = [models.Index(fields=["expires_at"], name="hold_due")]

    def __str__(self) -> str:
        return f"{self.points} until {self.expires_at}"


class HoldResolution(models.Model):
    """The one end of a hold; what was not captured went back."""

    hold = models.OneToOneField(Hold, models.PROTECT, primary_key=True, related_name="resolution")
    posting = models.OneToOneField(Posting, models.PROTECT, related_name="resolves")
    captured = models.BigIntegerField(help_text="Points captured; the rest was given back.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(captured__gte=0), name="hold_captures_no_less_than_nothing")]

    def __str__(self) -> str:
        return f"{self.captured} of hold {self.hold_id}"


class HotRollup(models.Model):
    """The sum of a hot account's entries of all transactions before `upto_xid`; the rest is the tail."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="rollup")
    posted = models.BigIntegerField(default=0)
    upto_xid = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.posted} before {self.upto_xid}"


class Seal(models.Model):
    """A link of the hash chain over the entries, made behind the writes."""

    sequence = models.BigIntegerField(primary_key=True)
    from_xid = models.BigIntegerField()
    to_xid = models.BigIntegerField()
    entries = models.BigIntegerField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"seal {self.sequence}"
