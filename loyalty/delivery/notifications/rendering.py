"""Messages in words: the names of a template filled in for a member, when it is sent or read. Nothing is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from loyalty.delivery.notifications.choosing import Voices
from loyalty.delivery.notifications.kinds import Asked, Kind, find_kind, is_kind
from loyalty.delivery.notifications.links import Unwanted, unsubscribe_link
from loyalty.delivery.notifications.models import Channel, Notification
from loyalty.delivery.notifications.texts import Words, as_html, in_language, written
from loyalty.identity.models import Brand, Member

LANGUAGE = "language"
"""Under this name the member's preferences say theirs."""
STRANGER = {"en": "there", "nl": "daar"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is sent: on one line and as text; as HTML for mails, by paragraphs; where it is not wanted."""

    subject: str
    body: str
    language: str
    paragraphs: Sequence[str] = ()
    unsubscribe: str = ""


def render(messages: Iterable[Notification], *, voices: Voices | None = None) -> dict[UUID, Rendered]:
    """The messages in words, each in the language of its member; `member` is loaded with them. A constant number of
    queries for each kind. A kind that nobody registers any more is told by its name."""
    found = list(messages)
    voices = voices or Voices({one.brand_id for one in found})
    brands = Brand.objects.filter(id__in={one.brand_id for one in found}).only("name").in_bulk()
    values = values_of(found)
    return {
        one.id: rendered(
            voices, find_kind(one.kind), one.channel, one.member, brands[one.brand_id], values[one.id]
        )
        if is_kind(one.kind)
        else Rendered(one.kind, "", "en")
        for one in found
    }  # fmt: skip


def rendered(
    voices: Voices,
    kind: Kind,
    channel: str,
    member: Member,
    brand: Brand,
    values: Mapping[str, Any],
    *,
    words: Words | None = None,
    language: str = "",
) -> Rendered:
    """One message with these values; with `words` those are said, in `language`, and not the brand's."""
    if words is None:
        words, language = voices.words(brand.pk, kind, channel, language or language_of(member))
    link = unsubscribe_link(Unwanted(member.pk, brand.pk, channel, kind.name))
    always = {
        "name": member.name or STRANGER.get(language, STRANGER["en"]),
        "brand": brand.name,
        "link": settings.SITE_URL,
        "unsubscribe": link,
    }
    said = in_language(dict(values) | always, language)
    text = written(words, said)
    paragraphs = as_html(words.body, said) if channel == Channel.EMAIL else ()
    return Rendered(text.subject, text.body, language, paragraphs, link)


def language_of(member: Member) -> str:
    """What the member said of theirs, or nothing."""
    said = member.preferences.get(LANGUAGE)
    return said[:12] if isinstance(said, str) else ""


def values_of(messages: list[Notification]) -> dict[UUID, Mapping[str, Any]]:
    """What the names of each message stand for; nothing of kinds that nobody registers any more."""
    by_kind: dict[str, list[Notification]] = {}
    for one in messages:
        by_kind.setdefault(one.kind, []).append(one)
    found: dict[UUID, Mapping[str, Any]] = {}
    for name, some in by_kind.items():
        if is_kind(name):
            asked = [Asked(member_id=one.member_id, brand_id=one.brand_id, facts=one.facts) for one in some]
            said = find_kind(name).words(asked)
            found |= {one.id: values for one, values in zip(some, said, strict=True)}
    return found
