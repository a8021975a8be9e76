"""What a brand gives points for: rule sets and their versions, campaigns, segments, kinds of events, and how much of
limits is used. What is decided by them is decided in `programs.earning.rules`, without the database."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand, Member
from loyalty.ids import uuid7
from programs.membership.models import Program

OF_PROGRAM = "ARRAY(SELECT brand_id FROM programs_program WHERE id = {row}.program_id)"


@tracked(brands=OF_PROGRAM, exclude=["document", "errors", "created_at"])
class RuleSet(models.Model):
    """A version of a program's rules. A draft can be changed and have mistakes; what was published once stays as it is
    and can be published again."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="rulesets", db_index=False)
    version = models.PositiveIntegerField(editable=False)
    note = models.CharField(max_length=200, blank=True, help_text="What this version is about.")
    document = models.JSONField(help_text="Groups and rules.")
    errors = models.JSONField(default=list, editable=False, help_text="What is wrong with a draft.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.CharField(max_length=80, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.CharField(max_length=80, blank=True, editable=False)

    class Meta:
        ordering = ["program", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["program", "version"], name="ruleset_version_is_unique_in_the_program"),
            models.UniqueConstraint(
                fields=["program"], condition=Q(status="published"), name="ruleset_in_force_is_one_per_program"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", published_at__isnull=True)
                | (~Q(status="draft") & Q(published_at__isnull=False, errors=[])),
                name="ruleset_published_has_no_mistakes",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version}"


@tracked(brands=OF_PROGRAM, exclude=["revision", "created_at", "updated_at"])
class Campaign(models.Model):
    """Rules for a time, for some members, with a budget. Its rules hold beside the program's own while it is active."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    class GoalMetric(models.TextChoices):
        PURCHASES = "purchases", "Purchases"
        SPEND = "spend", "Money spent"
        POINTS = "points", "Points earned"
        MEMBERS = "members", "Members who bought"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="campaigns", db_index=False)
    key = models.SlugField(max_length=60, help_text="Short name, say spring-2026.")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="For the brand's own people.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    starts_at = models.DateTimeField(null=True, blank=True, help_text="Empty: as soon as it is active.")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is ended.")
    audience = models.JSONField(default=dict, blank=True, help_text="Conditions on the member; empty: everybody.")
    rules = models.JSONField(default=list, blank=True, help_text="As in a rule set.")
    budget_points = models.BigIntegerField(null=True, blank=True, help_text="Points given in all; empty: no bound.")
    budget_times = models.BigIntegerField(null=True, blank=True, help_text="Times it gives in all; empty: no bound.")
    member_points = models.BigIntegerField(null=True, blank=True, help_text="Points for each member.")
    member_times = models.BigIntegerField(null=True, blank=True, help_text="Times for each member.")
    priority = models.PositiveIntegerField(default=0, help_text="The lower number goes first.")
    goal_metric = models.CharField(
        max_length=10, choices=GoalMetric.choices, blank=True, help_text="What all members together are to reach."
    )
    goal_target = models.BigIntegerField(null=True, blank=True, help_text="How much of it; money in minor units.")
    goal_points = models.BigIntegerField(null=True, blank=True, help_text="What each who took part gets then.")
    goal_reached_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the purchase happened that reached it."
    )
    goal_paid_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When everybody who took part had been paid."
    )
    goal_missed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was seen that the time is over without it."
    )
    revision = models.PositiveIntegerField(default=1, editable=False)
    activated_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.CharField(max_length=80, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["program", "-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], name="campaign_key_is_unique_in_the_program"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="campaign_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=(Q(budget_points__isnull=True) | Q(budget_points__gte=1))
                & (Q(budget_times__isnull=True) | Q(budget_times__gte=1))
                & (Q(member_points__isnull=True) | Q(member_points__gte=1))
                & (Q(member_times__isnull=True) | Q(member_times__gte=1)),
                name="campaign_bounds_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(goal_metric="") | Q(goal_target__gte=1, goal_points__gte=1),
                name="campaign_goal_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """What a program gives from some moment on: its published rules and its active campaigns, put together. Never
    changed; purchases say by which edition they were decided."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="editions", db_index=False)
    number = models.PositiveIntegerField()
    ruleset = models.ForeignKey(RuleSet, models.PROTECT, null=True, related_name="editions")
    document = models.JSONField()
    versions = models.JSONField(default=dict, help_text="For each rule the version it comes from.")
    context = models.JSONField(
        default=dict, help_text="What it was read for: the currency, the time zone, the brand's kinds of event."
    )
    reason = models.CharField(max_length=200, help_text="What made it.")
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["program", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="edition_number_is_unique_in_the_program"),
        ]

    def __str__(self) -> str:
        return f"{self.program_id} {self.number}"


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["created_at", "updated_at"])
class Segment(models.Model):
    """Members who have something in common: by conditions, true at every moment, or as a list kept by the brand."""

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic", "By conditions"
        LIST = "list", "A list of members"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="segments", db_index=False)
    key = models.SlugField(max_length=60, help_text="Short name, say vip.")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.LIST)
    conditions = models.JSONField(default=dict, blank=True, help_text="On the member; for a segment by conditions.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["brand", "key"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="segment_key_is_unique_in_the_brand"),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """A member on a segment's list."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members", db_index=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "member"], name="segment_lists_a_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.member_id}"


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["created_at"])
class EventType(models.Model):
    """A kind of event of the brand's own that rules can be about, say review.written."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="event_types", db_index=False)
    name = models.CharField(max_length=60, help_text="As systems send it, say review.written.")
    label = models.CharField(max_length=80, blank=True, help_text="As people call it, say A review.")
    fields = models.JSONField(
        default=dict,
        blank=True,
        help_text='What it tells, and of which kind: {"text_length": "integer", "verified_purchase": "boolean"}.',
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["brand", "name"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "name"], name="event_type_is_unique_in_the_brand"),
        ]

    def __str__(self) -> str:
        return self.label or self.name


class LimitCounter(models.Model):
    """How much of a limit or budget is used: by whom, of which rule or campaign, in which period."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    scope = models.CharField(max_length=10, help_text="member, recipient, campaign or program.")
    owner = models.CharField(max_length=80, help_text="The rule's or campaign's key.")
    subject = models.CharField(max_length=36, blank=True, help_text="The member's id; empty: all together.")
    period = models.CharField(max_length=5)
    since = models.CharField(max_length=10, blank=True, help_text="The first day of the period; empty: ever.")
    points = models.BigIntegerField(default=0)
    times = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "subject", "since", "owner", "scope", "period"], name="limit_is_counted_once"
            ),
            models.CheckConstraint(condition=Q(points__gte=0) & Q(times__gte=0), name="limit_counts_up_from_nothing"),
        ]
        indexes = [
            models.Index(fields=["program", "owner", "scope"], name="limit_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.scope} {self.period} {self.since}: {self.points} points, {self.times} times"


class Referral(models.Model):
    """A member brought another one into a program."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    referrer = models.ForeignKey(Member, models.CASCADE, related_name="+")
    friend = models.ForeignKey(Member, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "friend"], name="referral_has_one_referrer"),
            models.CheckConstraint(condition=~Q(referrer=F("friend")), name="referral_is_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.referrer_id} brought {self.friend_id}"


@tracked(
    brands="ARRAY(SELECT brand_id FROM programs_program WHERE id IN ({row}.program_id, {row}.partner_id))",
    exclude=["created_at"],
)
class ProgramLink(models.Model):
    """Purchases in one program earn in another brand's too, at that one's rate, once both brands have agreed."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACTIVE = "active", "Active"
        ENDED = "ended", "Ended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="links", help_text="Where members buy.")
    partner = models.ForeignKey(
        Program, models.PROTECT, related_name="linked_from", help_text="Where they earn besides."
    )
    earn_points = models.BigIntegerField(help_text="Points of the partner's for each full amount below.")
    earn_per_minor = models.BigIntegerField(help_text="The amount, in minor units of the money of the purchase.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PROPOSED, editable=False)
    accepted_by = ArrayField(models.UUIDField(), default=list, editable=False, help_text="The brands that agreed.")
    active_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when both agree; what was bought before earns nothing."
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["program", "partner"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "partner"], condition=~Q(status="ended"), name="link_is_one_per_pair"
            ),
            models.CheckConstraint(
                condition=Q(earn_points__gte=1) & Q(earn_per_minor__gte=1), name="link_earns_something"
            ),
            models.CheckConstraint(condition=~Q(program=F("partner")), name="link_is_between_two"),
        ]

    def __str__(self) -> str:
        return f"{self.program} and {self.partner}"
