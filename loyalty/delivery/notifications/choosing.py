"""By which channels a brand tells of a kind of event, and in which words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from loyalty.delivery.notifications.defaults import words_of
from loyalty.delivery.notifications.kinds import Kind
from loyalty.delivery.notifications.models import Channel, NotificationSettings, NotificationTemplate
from loyalty.delivery.notifications.texts import Words, languages_for


@dataclass(frozen=True, slots=True)
class _Template:
    language: str
    words: Words
    is_active: bool


class Voices:
    """The settings and templates of some brands, read once (two queries)."""

    def __init__(self, brand_ids: Iterable[UUID]):
        ids = set(brand_ids)
        found = NotificationSettings.objects.filter(brand__in=ids).select_related("brand").defer("brand__logo")
        self.settings: Mapping[UUID, NotificationSettings] = {one.brand_id: one for one in found}
        self._templates: dict[tuple[UUID, str, str], list[_Template]] = {}
        if self.settings:
            for one in NotificationTemplate.objects.filter(brand__in=self.settings).order_by("language"):
                made = _Template(one.language.lower(), Words(one.subject, one.body), one.is_active)
                self._templates.setdefault((one.brand_id, one.kind, one.channel), []).append(made)

    def channels(self, brand_id: UUID, kind: Kind) -> list[str]:
        """By which channels the brand tells of this: where it has templates of the kind and channel, when one of them
        is active; else by the usual ones. A brand without settings tells nothing, one that is switched off keeps the
        inbox only."""
        settings = self.settings.get(brand_id)
        if settings is None:
            return []
        offered = {Channel.INBOX: True, Channel.EMAIL: settings.is_active}
        offered[Channel.SMS] = settings.is_active and bool(settings.sms_provider)
        offered[Channel.PUSH] = settings.is_active and bool(settings.push_provider)
        return [channel for channel, is_there in offered.items() if is_there and self._is_on(brand_id, kind, channel)]

    def words(self, brand_id: UUID, kind: Kind, channel: str, language: str = "") -> tuple[Words, str]:
        """What is said, and in which language: the brand's own words in the first of the member's, the brand's and
        English, else the built-in ones."""
        settings = self.settings.get(brand_id)
        languages = languages_for(language, settings.language if settings else "")
        own = {one.language: one.words for one in self._of(brand_id, kind, channel) if one.is_active}
        for asked in languages:
            if asked in own:
                return own[asked], asked
        for asked in languages:
            if words := words_of(kind.name, channel, asked, title=kind.title):
                return words, asked
        raise AssertionError("there are built-in words in English")

    def _is_on(self, brand_id: UUID, kind: Kind, channel: str) -> bool:
        own = self._of(brand_id, kind, channel)
        return any(one.is_active for one in own) if own else channel in kind.usual

    def _of(self, brand_id: UUID, kind: Kind, channel: str) -> list[_Template]:
        return self._templates.get((brand_id, kind.name, channel), [])
