"""What a program allows of passing points on, and the gifts that were made."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Member
from loyalty.ids import uuid7
from programs.membership.models import Program

OF_PROGRAM = "ARRAY(SELECT brand_id FROM programs_program WHERE id = {row}.program_id)"
HOURS_MAX = 24 * 90


@tracked(brands=OF_PROGRAM)
class TransferPolicy(models.Model):
    """How points of a program may pass from member to member. A program without one has the defaults below."""

    program = models.OneToOneField(Program, models.PROTECT, primary_key=True, related_name="transfer_policy")
    gifts_are_open = models.BooleanField(default=True, help_text="Members may give points to each other.")
    gift_min = models.BigIntegerField(default=1, validators=[MinValueValidator(1)], help_text="Fewest points to give.")
    gift_max = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Most points of a gift; empty: no limit."
    )
    gift_daily_max = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Points a member can give away in a day."
    )
    gift_daily_count = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1)], help_text="Gifts a member can make in a day."
    )
    gift_hold_hours = models.PositiveSmallIntegerField(
        default=24,
        validators=[MaxValueValidator(HOURS_MAX)],
        help_text="How long given points are pending, so that stolen ones can be brought back.",
    )
    gift_hops_max = models.PositiveSmallIntegerField(
        default=1, help_text="How often points may change hands by gifts; 1: what was given is not given on."
    )
    exchange_hops_max = models.PositiveSmallIntegerField(
        default=3, help_text="How often points may have changed hands or programs when they are exchanged away."
    )
    households_are_open = models.BooleanField(default=True, help_text="Members may spend their points together.")
    household_size_max = models.PositiveSmallIntegerField(default=6, validators=[MinValueValidator(2)])
    household_wait_hours = models.PositiveSmallIntegerField(
        default=24,
        validators=[MaxValueValidator(HOURS_MAX)],
        help_text="How long after joining a household a member's points stay their own.",
    )

    class Meta:
        verbose_name_plural = "transfer policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(gift_min__gte=1, gift_daily_count__gte=1, household_size_max__gte=2),
                name="transfer_policy_is_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.program}"


class Gift(models.Model):
    """Points that a member gave another one. They keep the time at which they are gone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="gifts", db_index=False)
    giver = models.ForeignKey(Member, models.PROTECT, related_name="gifts_given", db_index=False)
    receiver = models.ForeignKey(Member, models.PROTECT, related_name="gifts_received", db_index=False)
    points = models.BigIntegerField()
    message = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=400, help_text="Idempotency key, with its scope in front.")
    fingerprint = models.BinaryField(help_text="SHA-256 of the request: the same key with another one is refused.")
    actor = models.CharField(max_length=80)
    out_id = models.UUIDField(help_text="The posting that took the points.")
    in_id = models.UUIDField(help_text="The posting that gave them.")
    available_at = models.DateTimeField(help_text="Pending for the receiver before it.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="gift_key_has_one_effect"),
            models.CheckConstraint(condition=Q(points__gt=0), name="gift_moves_points"),
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="gift_is_between_two"),
        ]
        indexes = [
            models.Index(fields=["giver", "program", "created_at"], name="gift_by_giver"),
            models.Index(fields=["receiver", "id"], name="gift_by_receiver"),
            models.Index(fields=["program", "id"], name="gift_by_program"),
        ]

    def __str__(self) -> str:
        return f"{self.points}"
