"""A template as it will look, with example values or those of a member, and sent to oneself to see it arrive."""

from loyalty.delivery.notifications.choosing import Voices
from loyalty.delivery.notifications.errors import NotSent, SettingsMissing
from loyalty.delivery.notifications.kinds import Kind, find_kind
from loyalty.delivery.notifications.mailing import Mailer
from loyalty.delivery.notifications.models import Channel, Notification, NotificationSettings, NotificationTemplate
from loyalty.delivery.notifications.operations import check_template
from loyalty.delivery.notifications.providers import Message, NotCarried, provider_of
from loyalty.delivery.notifications.rendering import Rendered, rendered, values_of
from loyalty.delivery.notifications.texts import Words
from loyalty.errors import Invalid, NotFound
from loyalty.identity.models import BrandMember, Member, Person
from loyalty.ids import uuid7

EXAMPLE = "Ana"
TESTS, TESTS_RATE = "message-test", "20/h"
"""Of each person, whatever they try: text messages cost money, and go to any number."""


def preview(template: NotificationTemplate, *, member: Member | None = None) -> Rendered:
    """The template, saved or not, with example values; with a `member` of the brand with theirs, from the last message
    of the kind that was made for them where there is one. Nothing is sent or kept. Refusals, in order of precedence:
    UnknownKind, Invalid, UnknownNames, NotFound (the member is not the brand's)."""
    check_template(template)
    kind, brand = find_kind(template.kind), template.brand
    if member and not BrandMember.objects.filter(brand=brand, member=member).exists():
        raise NotFound("There is no such member, or they are not yours to see.", pointer="/member_id")
    values = _last_values(kind, template, member) if member else None
    return rendered(
        Voices([brand.pk]), kind, template.channel, member or Member(name=EXAMPLE), brand, values or kind.examples,
        words=Words(template.subject, template.body), language=template.language.lower(),
    )  # fmt: skip


def send_test(template: NotificationTemplate, person: Person, *, to: str = "") -> str:
    """Sends the preview to the person's own e-mail address; by text message to the number, by push to the app's token
    that they give as `to`. It counts for no bound and asks for nobody's consent. Answers whom it went to. Repeating it
    sends another. Refusals, in order of precedence: those of `preview`, Invalid (no address, or the inbox),
    SettingsMissing, NotSent (with the provider's reason)."""
    said = preview(template)
    settings = NotificationSettings.objects.select_related("brand").filter(brand=template.brand_id).first()
    address = person.email if template.channel == Channel.EMAIL else to.strip()
    if template.channel == Channel.INBOX or not address:
        detail = "The inbox is seen in the app." if template.channel == Channel.INBOX else "Say to which address."
        raise Invalid([{"pointer": "/to", "code": "required", "detail": detail}])
    if settings is None:
        raise SettingsMissing("Say first how your brand tells its members things.")
    try:
        _carry(template.channel, address, said, settings)
    except NotCarried as refusal:
        raise NotSent(f"It was not sent: {refusal.reason}.", reason=refusal.reason) from refusal
    return address


def _carry(channel: str, address: str, said: Rendered, settings: NotificationSettings) -> None:
    if channel == Channel.EMAIL:
        mailer = Mailer()
        try:
            mailer.send(address, uuid7(), said, settings)
        finally:
            mailer.close()
        return
    provider = provider_of(settings, channel)
    if provider is None:
        raise NotCarried("no-provider")
    try:
        provider.send(address, Message(uuid7(), said.subject, said.body))
    finally:
        provider.close()


def _last_values(kind: Kind, template: NotificationTemplate, member: Member):
    """What the words of the member's newest message of the kind were filled in with."""
    found = Notification.objects.filter(brand=template.brand_id, member=member, kind=kind.name).order_by("-id").first()
    return values_of([found])[found.id] if found else None
