"""Shapes of messages, templates, settings and choices, in and out. No queries."""

from datetime import time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from loyalty.delivery.notifications.kinds import Kind, every_kind
from loyalty.delivery.notifications.models import (
    Channel,
    Notification,
    NotificationChoice,
    NotificationSettings,
    NotificationTemplate,
)
from loyalty.delivery.notifications.operations import SECRETS, SETTINGS
from loyalty.delivery.notifications.rendering import Rendered
from loyalty.delivery.notifications.wishes import Choice
from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Shape, UnsetType

BrandRef = Annotated[str, Meta(min_length=1, max_length=120, description="The brand's id or code.")]
MemberRef = Annotated[str, Meta(min_length=1, max_length=120, description="The member's id or external id.")]
ChannelName = Literal["email", "sms", "push", "inbox"]
KindName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        description="As `GET /api/notification-kinds` lists them.",
        examples=["points.expiring"],
    ),
]
Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z", examples=["en", "nl", "pt-BR"])]
Subject = Annotated[str, Meta(max_length=150, description="One line; of an e-mail it must be there.")]
Body = Annotated[
    str, Meta(min_length=1, max_length=10_000, description="Names in double braces are filled in: Hello {{name}}.")
]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z", examples=["22:00"])]
Status = Literal["waiting", "sending", "sent", "dropped", "failed"]
Bound = Annotated[int, Meta(ge=0, le=1000)]


class BrandFilter(Shape):
    """For which brand; only for those who work for more than one."""

    brand_id: BrandRef | None = None


class SettingsPut(Shape):
    """How a brand tells its members things, as a whole: what is left out is as if never said, but for the secrets,
    which stay."""

    brand_id: BrandRef | None = None
    is_active: Annotated[bool, Meta(description="Off: members are told nothing, only the inbox is kept.")] = False
    language: Language = "en"
    timezone: Annotated[str, Meta(max_length=60, examples=["Europe/Amsterdam"])] = "UTC"
    quiet_from: Annotated[Clock | None, Meta(description="From here on nothing is sent ...")] = None
    quiet_until: Annotated[Clock | None, Meta(description="... until here; what comes in between waits.")] = None
    member_daily_max: Bound = 3
    member_weekly_max: Bound = 10
    brand_daily_max: Annotated[int, Meta(ge=0, le=100_000_000)] = 10_000
    sender_name: Annotated[str, Meta(max_length=80)] = ""
    reply_to: Annotated[str, Meta(max_length=254)] = ""
    sms_provider: Literal["", "twilio"] = ""
    sms_account: Annotated[str, Meta(max_length=80)] = ""
    sms_sender: Annotated[str, Meta(max_length=40)] = ""
    sms_secret: Annotated[str, Meta(max_length=200, description="Never shown again.")] | UnsetType = UNSET
    push_provider: Literal["", "fcm"] = ""
    push_account: Annotated[str, Meta(max_length=120)] = ""
    push_secret: Annotated[str, Meta(max_length=8000, description="Never shown again.")] | UnsetType = UNSET


class SettingsAnswer(Answer):
    """How a brand tells its members things."""

    brand_id: UUID
    is_active: bool
    language: str
    timezone: str
    quiet_from: Clock | None
    quiet_until: Clock | None
    member_daily_max: Annotated[int, Meta(description="To one member by one channel in 24 hours; more are dropped.")]
    member_weekly_max: Annotated[int, Meta(description="The same in seven days.")]
    brand_daily_max: Annotated[int, Meta(description="By one channel in 24 hours; more wait.")]
    sender_name: str
    reply_to: str
    sms_provider: str
    sms_account: str
    sms_sender: str
    has_sms_secret: bool
    push_provider: str
    push_account: str
    has_push_secret: bool


class KindAnswer(Answer):
    """A kind of message."""

    kind: str
    title: str
    description: str
    is_promotional: Annotated[bool, Meta(description="Only to members who consented to `marketing`.")]
    usual_channels: Annotated[list[str], Meta(description="Where the brand has no template of the kind and channel.")]
    names: Annotated[dict[str, str], Meta(description="What can stand in double braces, and what it means.")]


class TemplateFilters(Filters):
    """Which templates."""

    brand_id: BrandRef | None = None
    kind: KindName | None = None
    channel: ChannelName | None = None


class NewTemplate(Shape):
    """Words of the brand's own."""

    brand_id: BrandRef | None = None
    kind: KindName
    channel: ChannelName
    language: Language = "en"
    subject: Subject = ""
    body: Body
    is_active: bool = True


class TemplatePatch(Shape):
    """What changes; what is not given stays."""

    subject: Subject | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class TemplatePreview(Shape):
    """A template that need not be saved, and for which member it is to be filled in (none: example values)."""

    brand_id: BrandRef | None = None
    kind: KindName
    channel: ChannelName
    language: Language = "en"
    subject: Subject = ""
    body: Body
    member_id: MemberRef | None = None


class TemplateTest(Shape):
    """Where a test goes: by e-mail always to one's own address."""

    to: Annotated[str, Meta(max_length=4096, description="A phone number, or an app's token.")] = ""


class TemplateAnswer(Answer):
    """A template."""

    id: UUID
    brand_id: UUID
    kind: str
    channel: ChannelName
    language: str
    subject: str
    body: str
    is_active: bool
    updated_at: Moment


class MessagePreviewAnswer(Answer):
    """A message as it would be sent."""

    subject: str
    body: str
    language: str
    html: Annotated[str, Meta(description="The paragraphs of an e-mail.")]


class TestAnswer(Answer):
    """Where the test went."""

    to: str


class NotificationFilters(Filters):
    """Which messages."""

    brand_id: BrandRef | None = None
    member_id: MemberRef | None = None
    status: Status | None = None
    channel: ChannelName | None = None
    kind: KindName | None = None


class InboxFilters(Filters):
    """Which messages of the inbox."""

    is_read: bool | None = None


class NotificationAnswer(Answer):
    """A message to a member, and what became of it. The words of those in the inbox are told; of the others none are
    kept."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    kind: str
    channel: ChannelName
    event_id: Annotated[UUID | None, Meta(description="The event that it tells of.")]
    status: Status
    reason: Annotated[str, Meta(description="Why it was not sent, or waits, in a word.", examples=["member-cap"])]
    tries: int
    due_at: Moment
    sent_at: Moment | None
    read_at: Moment | None
    created_at: Moment
    subject: str | None
    body: str | None
    language: str | None


class InboxAnswer(Answer):
    """One page of an inbox."""

    next: str | None
    previous: str | None
    unread: Annotated[int, Meta(description="How many in all were not read.")]
    results: list[NotificationAnswer]


class ReadAnswer(Answer):
    """How many messages were unread."""

    read: int


class ChoiceShape(Shape):
    """One choice. Without `kind` it is of all messages by the channel; the more particular one holds."""

    channel: ChannelName
    kind: Annotated[str, Meta(max_length=60)] = ""
    is_wanted: Annotated[bool | None, Meta(description="null: as if nothing had been said.")]


class ChoicesPut(Shape):
    """What a member wants; what is not named stays."""

    brand_id: BrandRef | None = None
    choices: Annotated[list[ChoiceShape], Meta(max_length=200)]


class ChoiceAnswer(Answer):
    """A choice that was made."""

    channel: ChannelName
    kind: str
    is_wanted: bool
    source: Annotated[str, Meta(description="Where it was said: api, link, portal, provider.")]
    changed_at: Moment


class WishAnswer(Answer):
    """What holds of one kind by one channel."""

    channel: ChannelName
    kind: str
    is_wanted: bool


class ChoicesAnswer(Answer):
    """What a member wants to be told of by a brand."""

    brand_id: UUID
    choices: Annotated[list[ChoiceAnswer], Meta(description="What was said.")]
    wishes: Annotated[list[WishAnswer], Meta(description="What holds, of every kind by every channel.")]


class PushTokenPut(Shape):
    """An app of the member's."""

    brand_id: BrandRef | None = None
    token: Annotated[str, Meta(min_length=8, max_length=4096, pattern=r"^[\x21-\x7e]+\Z")]
    platform: Literal["", "ios", "android", "web"] = ""


class PushTokenGone(Shape):
    """An app that takes no messages any more."""

    brand_id: BrandRef | None = None
    token: Annotated[str, Meta(min_length=8, max_length=4096)]


def to_settings(body: SettingsPut) -> dict:
    """What the body says, by the names of the model."""
    said = {name: getattr(body, name) for name in (*SETTINGS, *SECRETS)}
    said |= {name: time.fromisoformat(said[name]) if said[name] else None for name in ("quiet_from", "quiet_until")}
    return {name: value for name, value in said.items() if value is not msgspec.UNSET}


def to_changes(body: TemplatePatch) -> dict:
    said = {"subject": body.subject, "body": body.body, "is_active": body.is_active}
    return {name: value for name, value in said.items() if value is not msgspec.UNSET}


def to_choices(body: ChoicesPut) -> list[Choice]:
    return [Choice(one.channel, one.kind, one.is_wanted) for one in body.choices]


def settings_answer(settings: NotificationSettings) -> SettingsAnswer:
    said = {name: getattr(settings, name) for name in SETTINGS}
    said |= {name: f"{said[name]:%H:%M}" if said[name] else None for name in ("quiet_from", "quiet_until")}
    return SettingsAnswer(
        brand_id=settings.brand_id,
        has_sms_secret=bool(settings.sms_secret),
        has_push_secret=bool(settings.push_secret),
        **said,
    )


def kind_answer(kind: Kind) -> KindAnswer:
    return KindAnswer(
        kind=kind.name, title=str(kind.title), description=str(kind.description), is_promotional=kind.is_promotional,
        usual_channels=sorted(str(Channel(one).value) for one in kind.usual), names=kind.all_names,
    )  # fmt: skip


def kinds_answer() -> list[KindAnswer]:
    return [kind_answer(kind) for kind in every_kind()]


def template_answer(template: NotificationTemplate) -> TemplateAnswer:
    names = ("id", "brand_id", "kind", "channel", "language", "subject", "body", "is_active", "updated_at")
    return TemplateAnswer(**{name: getattr(template, name) for name in names})


def preview_answer(said: Rendered) -> MessagePreviewAnswer:
    html = "".join(f"<p>{paragraph}</p>" for paragraph in said.paragraphs)
    return MessagePreviewAnswer(subject=said.subject, body=said.body, language=said.language, html=html)


def notification_answer(one: Notification, said: Rendered | None = None) -> NotificationAnswer:
    names = ("id", "brand_id", "member_id", "kind", "channel", "event_id", "status", "reason", "tries", "due_at")
    return NotificationAnswer(
        **{name: getattr(one, name) for name in names},
        sent_at=one.sent_at if one.status == Notification.Status.SENT else None, read_at=one.read_at,
        created_at=one.created_at, subject=said.subject if said else None, body=said.body if said else None,
        language=said.language if said else None,
    )  # fmt: skip


def choices_answer(brand_id: UUID, choices: list[NotificationChoice], wishes: list[Choice]) -> ChoicesAnswer:
    names = ("channel", "kind", "is_wanted", "source", "changed_at")
    return ChoicesAnswer(
        brand_id=brand_id,
        choices=[ChoiceAnswer(**{name: getattr(one, name) for name in names}) for one in choices],
        wishes=[WishAnswer(channel=one.channel, kind=one.kind, is_wanted=one.is_wanted) for one in wishes],
    )
