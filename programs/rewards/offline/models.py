"""Tills that redeem without a line, and everything they sent when they had one again."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand, Location, Member
from loyalty.ids import uuid7
from programs.rewards.models import Voucher, VoucherUse


@tracked(brands="ARRAY[{row}.brand_id]", only=["brand", "location", "name", "public_key", "status", "offline_max"])
class TillDevice(models.Model):
    """A till with a key of its own, that signs what it redeemed off line."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        QUARANTINED = "quarantined", "Quarantined"
        REVOKED = "revoked", "Revoked"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="tills", db_index=False)
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="tills")
    name = models.CharField(max_length=80)
    public_key = models.CharField(max_length=60, help_text="Ed25519, base64url without padding.")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    offline_max = models.PositiveIntegerField(default=50, help_text="How many it can redeem without a line in a day.")
    last_sequence = models.BigIntegerField(default=0, editable=False)
    last_digest = models.CharField(max_length=64, blank=True, editable=False)
    last_scanned_at = models.DateTimeField(null=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    note = models.CharField(max_length=200, blank=True, help_text="Why it is quarantined or revoked.")
    revoked_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.CharField(max_length=80, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "public_key"], name="till_key_is_registered_once"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class OfflineScan(models.Model):
    """One item of a till's queue with the verdict on it. A `held` one waits for somebody of the brand."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        ALREADY_USED = "already_used", "Already used"
        EXPIRED_THEN = "expired_then", "Expired then"
        HELD = "held", "Held for review"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    till = models.ForeignKey(TillDevice, models.PROTECT, related_name="scans", db_index=False)
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the item as it was signed.")
    previous = models.CharField(max_length=64, blank=True, help_text="The digest of the item before.")
    item = models.JSONField(help_text="As it was sent.")
    token_id = models.CharField(max_length=40, blank=True)
    voucher = models.ForeignKey(Voucher, models.PROTECT, null=True, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    use = models.OneToOneField(VoucherUse, models.PROTECT, null=True, related_name="offline_scan")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    reason = models.CharField(max_length=60, blank=True, help_text="The code of why.")
    detail = models.CharField(max_length=300, blank=True)
    is_forked = models.BooleanField(default=False, help_text="Another item came under the same number.")
    loss_points = models.BigIntegerField(default=0, help_text="What was handed out and is not covered, in points.")
    loss_minor = models.BigIntegerField(default=0, help_text="The same in money off.")
    borne_by = models.CharField(max_length=10, blank=True, help_text="Who bears it: brand or partner.")
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    scanned_at = models.DateTimeField(help_text="By the till's clock.")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["till", "sequence", "id"]
        constraints = [
            models.UniqueConstraint(fields=["till", "sequence", "digest"], name="offline_scan_is_settled_once"),
        ]
        indexes = [
            models.Index(fields=["member", "scanned_at"], name="offline_scan_by_member"),
            models.Index(fields=["id"], name="offline_scan_waiting", condition=Q(verdict="held")),
        ]

    def __str__(self) -> str:
        return f"{self.till_id} {self.sequence}"
