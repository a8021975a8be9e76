"""What rules gave beside points, waiting to be handed out."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from loyalty.identity.models import Member
from programs.membership.models import Program
from programs.rewards.models import Voucher


class Grant(models.Model):
    """What a rule gave that is no points: a reward, stamps or a badge. Written with what earned it; the worker hands it
    out, and takes it back when all of that came back, but for a badge, which stays."""

    class Kind(models.TextChoices):
        REWARD = "reward", "Reward"
        STAMPS = "stamps", "Stamps"
        BADGE = "badge", "Badge"

    class Outcome(models.TextChoices):
        GIVEN = "given", "Given"
        REFUSED = "refused", "Refused"
        TAKEN_BACK = "taken_back", "Taken back"

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    source_id = models.UUIDField(help_text="The purchase or event that earned it.")
    number = models.PositiveSmallIntegerField(help_text="Which of its grants.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    code = models.CharField(max_length=64, help_text="The reward, stamp card or badge.")
    count = models.PositiveIntegerField(default=1)
    rule = models.CharField(max_length=120, blank=True)
    asked = models.PositiveIntegerField(db_default=1, help_text="How often there was something to do for it.")
    done = models.PositiveIntegerField(db_default=0, help_text="How much of that is done.")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, db_default="")
    reason = models.CharField(max_length=200, blank=True, db_default="", help_text="Why it was refused.")
    voucher = models.ForeignKey(Voucher, models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_id", "number"], name="grant_is_written_once")]
        indexes = [models.Index(fields=["id"], name="grant_due", condition=Q(asked__gt=F("done")))]

    def __str__(self) -> str:
        return f"{self.code} by {self.rule}"
