"""What members are told, and how: a brand's templates and settings, a member's choices, and each message."""

from django.db import models
from django.db.models import Q

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand, Member
from loyalty.ids import uuid7
from loyalty.sealed.fields import SealedField, SealedModel


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "Text message"
    PUSH = "push", "Push"
    INBOX = "inbox", "In the app"


@tracked(
    brands="ARRAY[{row}.brand_id]",
    exclude=["data_key", "created_at", "updated_at"],
    secret=["sms_secret", "push_secret"],
)
class NotificationSettings(SealedModel):
    """How a brand tells its members things: in whose name, when, how often, and through which providers."""

    brand = models.OneToOneField(Brand, models.CASCADE, primary_key=True, related_name="notification_settings")
    is_active = models.BooleanField(default=False, help_text="Off: members are told nothing, only the inbox is kept.")
    language = models.CharField(max_length=12, default="en", help_text="For members who have not said theirs: en, nl.")
    timezone = models.CharField(max_length=60, default="UTC", help_text="Of the quiet hours: Europe/Amsterdam.")
    quiet_from = models.TimeField(null=True, blank=True, help_text="From here on nothing is sent ...")
    quiet_until = models.TimeField(null=True, blank=True, help_text="... until here; what comes in between waits.")
    member_daily_max = models.PositiveSmallIntegerField(
        default=3,
        help_text="Messages to one member by one channel in 24 hours; more are dropped. The inbox has no bound.",
    )
    member_weekly_max = models.PositiveSmallIntegerField(default=10, help_text="The same in seven days.")
    brand_daily_max = models.PositiveIntegerField(
        default=10_000, help_text="Messages of the brand by one channel in 24 hours; more wait for the next day."
    )
    sender_name = models.CharField(
        max_length=80, blank=True, help_text="Who e-mails are from. Empty: the brand's name."
    )
    reply_to = models.EmailField(blank=True, help_text="Where answers go.")
    sms_provider = models.CharField(max_length=20, blank=True, help_text="twilio; empty: no text messages.")
    sms_account = models.CharField(max_length=80, blank=True, help_text="The account's id at the provider.")
    sms_sender = models.CharField(
        max_length=40, blank=True, help_text="The number or service that sends: +3197010280000."
    )
    sms_secret = SealedField(max_length=200, blank=True, help_text="The provider's token. Encrypted at rest.")
    push_provider = models.CharField(max_length=20, blank=True, help_text="fcm; empty: no push messages.")
    push_account = models.CharField(max_length=120, blank=True, help_text="The project's id at the provider.")
    push_secret = SealedField(max_length=8000, blank=True, help_text="The service account's JSON. Encrypted at rest.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Notifications of {self.brand}"


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["created_at", "updated_at"])
class NotificationTemplate(models.Model):
    """What is said of one kind of event, by one channel, in one language. Names in double braces are filled in; there
    is no logic in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="notification_templates")
    kind = models.CharField(max_length=60, help_text="The event it tells of, say points.earned.")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    language = models.CharField(max_length=12, default="en", help_text="en, nl, pt-BR.")
    subject = models.CharField(max_length=150, blank=True, help_text="Of an e-mail, or the first line of the others.")
    body = models.TextField(max_length=10_000, help_text="Say: Hello {{name}}, you have {{balance}} points.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["brand", "kind", "channel", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "kind", "channel", "language"], name="notification_template_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel} ({self.language})"


class NotificationChoice(models.Model):
    """Whether a member wants a brand's messages by a channel, of one kind or all; the more particular one holds."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="notification_choices")
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    kind = models.CharField(max_length=60, blank=True, help_text="Of which event; empty: all.")
    is_wanted = models.BooleanField()
    source = models.CharField(max_length=40, blank=True, help_text="Where it was said: app, link, portal.")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "brand", "channel", "kind"], name="notification_choice_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind or 'all'}: {'yes' if self.is_wanted else 'no'}"


class Notification(SealedModel):
    """One message to one member by one channel. In the inbox it stays until it is deleted; of the others the words are
    forgotten once they are sent."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        DROPPED = "dropped", "Not sent"
        FAILED = "failed", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=60, help_text="The event it tells of.")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    event_id = models.UUIDField(null=True, help_text="The event; empty: a test.")
    facts = models.JSONField(default=dict, help_text="Ids and figures for the template, never a name or an address.")
    subject = SealedField(max_length=300, blank=True, help_text="As it was written for them. Encrypted at rest.")
    body = SealedField(max_length=20_000, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    reason = models.CharField(max_length=60, blank=True, help_text="Why it was not sent, in a word.")
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=200, blank=True, help_text="What the provider calls it.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["event_id", "member", "channel"], name="notification_is_made_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status__in=["waiting", "sending"]), name="notification_due"),
            models.Index(fields=["member", "channel", "-id"], name="notification_of_member"),
            models.Index(fields=["brand", "-id"], name="notification_of_brand"),
            models.Index(
                fields=["brand", "channel", "sent_at"], condition=Q(sent_at__isnull=False), name="notification_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}"


class PushToken(SealedModel):
    """An app of a member's that takes push messages."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="push_tokens")
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    token = SealedField(max_length=4096, help_text="Encrypted at rest.")
    token_hash = models.CharField(max_length=64, help_text="A keyed hash of it.")
    platform = models.CharField(max_length=10, blank=True, help_text="ios, android or web.")
    seen_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "token_hash"], name="push_token_is_unique")]

    def __str__(self) -> str:
        return f"{self.platform or 'app'} of {self.member_id}"
