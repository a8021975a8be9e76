"""What members can have: rewards with pictures and stock, vouchers with their uses, codes in bulk."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand, Location, Member
from loyalty.ids import uuid7
from programs.membership.models import Program

OF_PROGRAM = "ARRAY(SELECT brand_id FROM programs_program WHERE id = {row}.program_id)"


@tracked(brands=OF_PROGRAM, exclude=["stock_left", "version", "created_at", "updated_at"])
class Reward(models.Model):
    """Something a member can claim for points, or is given. What it is worth at a till is copied to each voucher when
    that is issued: a change concerns those after it."""

    class Kind(models.TextChoices):
        PRODUCT = "product", "Product"
        DISCOUNT = "discount", "Discount"
        FREE_ITEM = "free_item", "Free item"
        GIFT_CARD = "gift_card", "Gift card"
        DONATION = "donation", "Donation"
        EXTERNAL_CODE = "external_code", "Code of somebody else"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    class DiscountKind(models.TextChoices):
        AMOUNT = "amount", "An amount off"
        PERCENT = "percent", "A percentage off"
        CHEAPEST = "cheapest", "A percentage off the cheapest item"
        BUY_X_GET_Y = "buy_x_get_y", "Buy some, get some free"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="rewards", db_index=False)
    code = models.SlugField(max_length=60, help_text="Short name, say free-coffee; rules give the reward by it.")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="What members read.")
    translations = models.JSONField(
        default=dict, blank=True, help_text='By language: {"nl": {"name": "...", "description": "..."}}.'
    )
    kind = models.CharField(max_length=15, choices=Kind.choices, default=Kind.PRODUCT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    points_cost = models.BigIntegerField(
        default=0, validators=[MinValueValidator(0)], help_text="What it costs in points; 0: nothing."
    )
    stock_left = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="How many are left; empty: no end of them."
    )
    stock_low_at = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Warn when so many or fewer are left."
    )
    member_max = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="How many one member can claim."
    )
    starts_at = models.DateTimeField(null=True, blank=True, help_text="Empty: at once.")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is archived.")
    tiers = ArrayField(
        models.CharField(max_length=30), default=list, blank=True, help_text="Tiers that may claim it; empty: all."
    )
    segments = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="Segments that may claim it; empty: all."
    )
    discount_kind = models.CharField(max_length=12, choices=DiscountKind.choices, blank=True)
    value_minor = models.BigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="The amount off, or what a gift card holds, in the currency's smallest unit.",
    )
    percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    buy_quantity = models.PositiveIntegerField(null=True, blank=True, help_text="Of 3 for 2: 2.")
    free_quantity = models.PositiveIntegerField(null=True, blank=True, help_text="Of 3 for 2: 1.")
    skus = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="The items it is for; empty: all."
    )
    categories = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="The categories it is for; empty: all."
    )
    order_minor_min = models.BigIntegerField(
        null=True, blank=True, help_text="The least an order must come to, in the currency's smallest unit."
    )
    discount_minor_max = models.BigIntegerField(
        null=True, blank=True, help_text="The most it takes off, in the currency's smallest unit."
    )
    locations = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="Where it is redeemed; empty: everywhere."
    )
    voucher_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many days its voucher can be used; empty: without an end."
    )
    uses_max = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="How often its voucher can be used."
    )
    is_birthday_gift = models.BooleanField(
        default=False, help_text="Every member of the program gets it on their birthday, once a year."
    )
    position = models.PositiveIntegerField(default=0, help_text="The lower number stands first in the catalogue.")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="reward_code_is_unique_in_the_program"),
            models.CheckConstraint(condition=Q(points_cost__gte=0), name="reward_costs_no_less_than_nothing"),
            models.CheckConstraint(
                condition=Q(stock_left__isnull=True) | Q(stock_left__gte=0), name="reward_stock_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="reward_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=Q(uses_max__gte=1), name="reward_can_be_used_once_at_least"),
        ]

    def __str__(self) -> str:
        return self.name


class RewardPicture(models.Model):
    """The picture of a reward, made anew from what was uploaded."""

    reward = models.OneToOneField(Reward, models.CASCADE, primary_key=True, related_name="picture")
    content = models.BinaryField(editable=False)
    content_type = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


class RewardTaken(models.Model):
    """How many of a reward one member has; what keeps the limit for each member when they claim twice at once."""

    reward = models.ForeignKey(Reward, models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    count = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reward", "member"], name="reward_taken_is_one_per_member"),
            models.CheckConstraint(condition=Q(count__gte=0), name="reward_taken_is_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.count)


class StockHold(models.Model):
    """One of a reward's stock set aside for a member for a while. It goes back by itself when the time is over."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        USED = "used", "Used"
        RELEASED = "released", "Released"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reward = models.ForeignKey(Reward, models.PROTECT, related_name="stock_holds", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["reward", "expires_at"], name="stock_hold_open", condition=Q(status="open"))]

    def __str__(self) -> str:
        return f"{self.reward_id} until {self.expires_at}"


class VoucherBatch(models.Model):
    """Many codes issued together."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="voucher_batches")
    reward = models.ForeignKey(Reward, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120, help_text="What they are for, say Spring mailing.")
    count = models.PositiveIntegerField(validators=[MinValueValidator(1)], help_text="How many codes.")
    made = models.PositiveIntegerField(default=0, editable=False, help_text="How many of them there are by now.")
    kind = models.CharField(max_length=10, default="unique", editable=False, help_text="What kind its vouchers are of.")
    terms = models.JSONField(default=dict, editable=False)
    uses_max = models.PositiveIntegerField(null=True, default=1, editable=False)
    member_uses_max = models.PositiveIntegerField(null=True, editable=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    run_id = models.UUIDField(null=True, editable=False, help_text="The long work that makes them.")
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_reason = models.CharField(max_length=200, blank=True, editable=False)
    key = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.CharField(max_length=80, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "voucher batches"
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], condition=~Q(key=""), name="voucher_batch_is_made_once"),
            models.CheckConstraint(condition=Q(made__lte=F("count")), name="voucher_batch_is_not_overfull"),
        ]

    def __str__(self) -> str:
        return self.name


class Voucher(models.Model):
    """A code that a till takes. Which states follow which is guarded in the database."""

    class Kind(models.TextChoices):
        GENERIC = "generic", "Generic"
        UNIQUE = "unique", "Unique"
        BIRTHDAY = "birthday", "Birthday"
        GIFT = "gift", "Gift"
        STAMPS = "stamps", "From stamps"
        PERSONAL = "personal", "Personal"

    class Status(models.TextChoices):
        ISSUED = "issued", "Issued"
        CLAIMED = "claimed", "Claimed"
        REDEEMED = "redeemed", "Redeemed"
        EXPIRED = "expired", "Expired"
        DISABLED = "disabled", "Disabled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", db_index=False, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="vouchers", db_index=False)
    reward = models.ForeignKey(Reward, models.PROTECT, null=True, blank=True, related_name="vouchers", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, related_name="vouchers", db_index=False)
    batch = models.ForeignKey(VoucherBatch, models.PROTECT, null=True, blank=True, related_name="vouchers")
    code = models.CharField(max_length=40, help_text="Without hyphens, in capitals. Unique in the brand.")
    external_code = models.CharField(
        max_length=200, blank=True, help_text="The code of somebody else that it stands for."
    )
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.UNIQUE)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ISSUED)
    terms = models.JSONField(default=dict, help_text="What it is worth, as it was when it was issued.")
    uses = models.PositiveIntegerField(default=0)
    uses_max = models.PositiveIntegerField(null=True, default=1, help_text="Empty: no end of them.")
    member_uses_max = models.PositiveIntegerField(null=True, blank=True, help_text="How often one member can use it.")
    value_minor = models.BigIntegerField(null=True, help_text="What a gift card held at first.")
    balance_minor = models.BigIntegerField(null=True, help_text="What is left on a gift card.")
    points = models.BigIntegerField(default=0, help_text="What was paid for it.")
    posting_id = models.UUIDField(null=True, help_text="The ledger posting that paid for it.")
    occasion = models.CharField(max_length=80, blank=True, help_text="What it was given for, once: birthday 2026.")
    starts_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField(default=clock.now)
    claimed_at = models.DateTimeField(null=True)
    redeemed_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(
        null=True, help_text="When its claim was cancelled, and what was paid for it came back."
    )
    created_by = models.CharField(max_length=80, editable=False)
    # Digests of the request that claimed it: of its sender and key, and of what it asked for.
    claim_key = models.BinaryField(null=True, editable=False)
    claim_print = models.BinaryField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="voucher_code_is_unique_in_the_brand"),
            models.UniqueConstraint(
                fields=["brand", "claim_key"],
                condition=Q(claim_key__isnull=False),
                name="voucher_is_claimed_once_by_a_request",
            ),
            models.UniqueConstraint(
                fields=["program", "member", "occasion"],
                condition=~Q(occasion=""),
                name="voucher_is_given_once_for_an_occasion",
            ),
            models.CheckConstraint(
                condition=Q(uses_max__isnull=True) | Q(uses__lte=F("uses_max")), name="voucher_uses_are_bounded"
            ),
            models.CheckConstraint(
                condition=Q(balance_minor__isnull=True)
                | (Q(balance_minor__gte=0) & Q(balance_minor__lte=F("value_minor"))),
                name="voucher_balance_is_bounded",
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="voucher_cost_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["program", "-id"], name="voucher_by_program"),
            models.Index(fields=["member", "-id"], name="voucher_by_member", condition=Q(member__isnull=False)),
            models.Index(fields=["reward", "-id"], name="voucher_by_reward", condition=Q(reward__isnull=False)),
            models.Index(
                fields=["expires_at"],
                name="voucher_running_out",
                condition=Q(status__in=["issued", "claimed"], expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PoolCode(models.Model):
    """A code that somebody else issued, waiting for whoever claims the reward."""

    reward = models.ForeignKey(Reward, models.CASCADE, related_name="pool_codes", db_index=False)
    code = models.CharField(max_length=200)
    voucher = models.OneToOneField(Voucher, models.PROTECT, null=True, related_name="pool_code")
    added_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reward", "code"], name="pool_code_is_added_once")]
        indexes = [models.Index(fields=["reward", "id"], name="pool_code_free", condition=Q(voucher__isnull=True))]

    def __str__(self) -> str:
        return self.code


class VoucherUse(models.Model):
    """One redemption of a voucher: where, for which order, and how much it took off. One that was rolled back stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", db_index=False)
    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="redemptions")
    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    reference = models.CharField(max_length=200, blank=True, help_text="The receipt's or order's number.")
    order_minor = models.BigIntegerField(null=True, help_text="What the order came to before.")
    discount_minor = models.BigIntegerField(default=0, help_text="What it took off the order.")
    currency = models.CharField(max_length=3, blank=True)
    balance_after_minor = models.BigIntegerField(null=True, help_text="What a gift card held afterwards.")
    answer = models.JSONField(default=dict, help_text="What was answered, to answer it again.")
    key = models.CharField(max_length=400, help_text="The sender and their idempotency key.")
    fingerprint = models.BinaryField()
    actor = models.CharField(max_length=80)
    token_id = models.CharField(max_length=40, blank=True, help_text="The QR token that showed it.")
    is_offline = models.BooleanField(default=False)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    rolled_back_at = models.DateTimeField(null=True)
    rolled_back_by = models.CharField(max_length=80, blank=True)
    rolled_back_reason = models.CharField(max_length=200, blank=True)
    rolled_back_key = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="Under which key it was taken back."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="voucher_use_is_recorded_once"),
            models.UniqueConstraint(
                fields=["brand", "rolled_back_key"],
                condition=~Q(rolled_back_key=""),
                name="voucher_use_is_taken_back_once_by_a_key",
            ),
            models.CheckConstraint(condition=Q(discount_minor__gte=0), name="voucher_use_takes_nothing_on"),
            models.CheckConstraint(
                condition=Q(order_minor__isnull=True) | Q(discount_minor__lte=F("order_minor")),
                name="voucher_use_takes_no_more_than_the_order",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "occurred_at"], name="voucher_use_by_time"),
            models.Index(fields=["location", "occurred_at"], name="voucher_use_by_location"),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id} at {self.occurred_at}"
