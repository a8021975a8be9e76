"""In which language a reward is told: the best of its translations for what the client asks, else its plain words.
Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation.trans_real import parse_accept_lang_header

PLAIN = settings.LANGUAGE_CODE.partition("-")[0].lower()
"""The language in which the plain words are taken to be written."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a reward is called, and in which translation (""; its plain words)."""

    name: str
    description: str
    language: str = ""


def wanted(request) -> list[str]:
    """The languages that the client asks for, the best first."""
    return [code for code, quality in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")) if quality]


def in_words(name: str, description: str, translations: Mapping[str, Mapping], languages: Iterable[str]) -> Told:
    """The reward in the best language there is: exactly the one asked for, or the same without its region ("nl" for
    "nl-be"). What a translation leaves out is told in the plain words."""
    for asked in languages:
        for language in dict.fromkeys((asked, asked.partition("-")[0])):
            if words := translations.get(language):
                return Told(words.get("name") or name, words.get("description") or description, language)
        if asked.partition("-")[0] in (PLAIN, "*"):
            break
    return Told(name, description)


def headers(told: Iterable[Told]) -> dict[str, str]:
    """What the answer says of its languages, to clients and to caches."""
    used = sorted({one.language for one in told if one.language})
    return {"Vary": "Accept-Language"} | ({"Content-Language": ", ".join(used)} if used else {})
