"""What a brand does: how it tells its members things, and in which words."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import IntegrityError, transaction

from loyalty.delivery.notifications.defaults import words_of
from loyalty.delivery.notifications.errors import TemplateTaken, UnknownNames
from loyalty.delivery.notifications.kinds import Kind, find_kind
from loyalty.delivery.notifications.models import Channel, NotificationSettings, NotificationTemplate
from loyalty.delivery.notifications.texts import on_one_line, unknown_names
from loyalty.errors import Invalid
from loyalty.identity.models import Brand

LANGUAGE = RegexValidator(r"\A[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})?\Z")
SETTINGS = (
    "is_active", "language", "timezone", "quiet_from", "quiet_until", "member_daily_max", "member_weekly_max",
    "brand_daily_max", "sender_name", "reply_to", "sms_provider", "sms_account", "sms_sender", "push_provider",
    "push_account",
)  # fmt: skip
SECRETS = ("sms_secret", "push_secret")
PROVIDERS = {"sms_provider": ("", "twilio"), "push_provider": ("", "fcm")}
TEMPLATE = ("subject", "body", "is_active")
BODY_MAX, SUBJECT_MAX = 10_000, 150


def settings_of(brand: Brand) -> NotificationSettings:
    """The brand's settings, those of somebody who has not said anything where there are none: not saved, and off."""
    return NotificationSettings.objects.filter(brand=brand).first() or NotificationSettings(brand=brand)


@transaction.atomic
def change_settings(brand: Brand, changes: Mapping[str, Any]) -> NotificationSettings:
    """Changes those of SETTINGS and SECRETS that are named; an empty secret is taken away. The first time the brand
    says anything members' inboxes begin to fill. Repeating it changes nothing. Refusals: Invalid (every mistake)."""
    Brand.objects.select_for_update(no_key=True).only("pk").get(pk=brand.pk)
    settings = settings_of(brand)
    for name in (*SETTINGS, *SECRETS):
        if name in changes:
            setattr(settings, name, changes[name])
    if mistakes := mistakes_in_settings(settings):
        raise Invalid(mistakes)
    settings.save()
    return settings


def mistakes_in_settings(settings: NotificationSettings) -> list[dict]:
    """Every mistake there is, each with its pointer."""
    found = []
    for name, known in PROVIDERS.items():
        if getattr(settings, name) not in known:
            found.append(_mistake(name, "unknown-provider", f"One of: {', '.join(filter(None, known))}; or empty."))
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found.append(_mistake("timezone", "unknown-timezone", "A name like Europe/Amsterdam."))
    if (settings.quiet_from is None) != (settings.quiet_until is None):
        found.append(_mistake("quiet_until", "incomplete", "Quiet hours have a beginning and an end, or neither."))
    for name, check in (("language", LANGUAGE), ("reply_to", validate_email)):
        try:
            if getattr(settings, name) or name == "language":
                check(getattr(settings, name))
        except ValidationError:
            found.append(_mistake(name, "invalid-format", "This cannot be read."))
    if settings.sender_name != on_one_line(settings.sender_name):
        found.append(_mistake("sender_name", "invalid-format", "One line of text."))
    return found


@transaction.atomic
def create_template(
    brand: Brand, *, kind: str, channel: str, language: str, subject: str, body: str, is_active: bool = True
) -> NotificationTemplate:
    """Adds the brand's own words. From then on the kind goes by this channel while one of its templates is active.
    Repeating it is refused. Refusals, in order of precedence: UnknownKind, Invalid, UnknownNames, TemplateTaken."""
    template = NotificationTemplate(
        brand=brand, kind=find_kind(kind).name, channel=channel, language=language, is_active=is_active,
        subject=subject, body=body,
    )  # fmt: skip
    return _save(template)


@transaction.atomic
def change_template(template: NotificationTemplate, changes: Mapping[str, Any]) -> NotificationTemplate:
    """Changes subject, body and whether it is active. Repeating it changes nothing. Refusals: Invalid, UnknownNames."""
    for name in TEMPLATE:
        if name in changes:
            setattr(template, name, changes[name])
    return _save(template)


def remove_template(template: NotificationTemplate) -> None:
    """Takes the brand's words away: the built-in ones hold again. Repeating it changes nothing."""
    template.delete()


def check_template(template: NotificationTemplate) -> None:
    """Refuses what could not be sent. Refusals, in order of precedence: UnknownKind, Invalid, UnknownNames."""
    kind, mistakes = find_kind(template.kind), []
    try:
        LANGUAGE(template.language)
    except ValidationError:
        mistakes.append(_mistake("language", "invalid-format", "Say en, nl or pt-BR."))
    if template.channel == Channel.EMAIL and not template.subject.strip():
        mistakes.append(_mistake("subject", "required", "An e-mail has a subject."))
    if any(not one.isprintable() for one in template.subject) or len(template.subject) > SUBJECT_MAX:
        mistakes.append(_mistake("subject", "invalid-format", f"One line of at most {SUBJECT_MAX} characters."))
    if not template.body.strip() or len(template.body) > BODY_MAX or "\0" in template.body:
        mistakes.append(_mistake("body", "invalid-format", f"1 to {BODY_MAX:,} characters."))
    if mistakes:
        raise Invalid(mistakes)
    _refuse_unknown_names(template, kind)


def starting_words(kind: Kind, channel: str, language: str) -> tuple[str, str]:
    """Subject and body to begin a template with: the built-in ones in that language, or in English."""
    words = words_of(kind.name, channel, language, title=kind.title) or words_of(
        kind.name, channel, "en", title=kind.title
    )
    return words.subject, words.body


def _save(template: NotificationTemplate) -> NotificationTemplate:
    template.body = template.body.replace("\r\n", "\n")
    check_template(template)
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as clash:
        raise TemplateTaken(pointer="/language") from clash
    return template


def _refuse_unknown_names(template: NotificationTemplate, kind: Kind) -> None:
    known = kind.all_names
    for field in ("subject", "body"):
        if unknown := unknown_names(getattr(template, field), known):
            raise UnknownNames(
                f"Of {kind.name} nothing is known by {', '.join(unknown)}. Known are: {', '.join(sorted(known))}.",
                pointer=f"/{field}", unknown=unknown, known=sorted(known),
            )  # fmt: skip


def _mistake(name: str, code: str, detail: str) -> dict:
    return {"pointer": f"/{name}", "code": code, "detail": detail}
