"""Templates: names in double braces are filled in, anything else stays as it stands. There is no logic in them, and
what is filled in is never read as a template. Pure, but for how a language writes numbers and days."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from django.utils import formats, translation
from django.utils.html import urlize

NAME = re.compile(r"\{\{\s*([a-z_]{1,40})\s*\}\}")
ANYTHING_IN_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
LINKS = ("link", "unsubscribe")
SUBJECT_MAX = 150
SHOWN_MAX = 60


@dataclass(frozen=True, slots=True)
class Words:
    """What is said: a subject on one line, and a body. Both may hold names."""

    subject: str
    body: str


def unknown_names(text: str, known: Mapping[str, str]) -> list[str]:
    """What stands in double braces and is none of the names, each once, in order."""
    found = (each.strip() for each in ANYTHING_IN_BRACES.findall(text))
    return list(dict.fromkeys(each[:SHOWN_MAX] for each in found if each not in known))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its names filled in, once; what it does not know stays."""
    return NAME.sub(lambda found: values.get(found[1], found[0]), text)


def written(words: Words, values: Mapping[str, str]) -> Words:
    """Subject and body as they are sent as text. The subject is one line of at most 150 characters."""
    subject = on_one_line(filled(words.subject, values))
    return Words(
        subject[: SUBJECT_MAX - 1] + "…" if len(subject) > SUBJECT_MAX else subject, filled(words.body, values)
    )


def as_html(body: str, values: Mapping[str, str]) -> list[str]:
    """The paragraphs of the body as HTML: everything that is filled in is escaped, addresses of the template and the
    links of ours can be followed."""
    html = "".join(_piece(index, text, values) for index, text in enumerate(NAME.split(body)))
    return ["<br>\n".join(part.strip().split("\n")) for part in html.split("\n\n") if part.strip()]


def _piece(index: int, text: str, values: Mapping[str, str]) -> str:
    """Between two names stands the template's own text."""
    if index % 2 == 0:
        return urlize(text, autoescape=True)
    if text not in values:
        return escape(f"{{{{{text}}}}}")
    value = escape(values[text])
    return f'<a href="{value}">{value}</a>' if text in LINKS else value


def in_language(values: Mapping[str, Any], language: str) -> dict[str, str]:
    """The values as the language writes them: whole numbers in groups of three, days by name; texts on one line."""
    with translation.override(language):
        return {name: _said(value) for name, value in values.items()}


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    if isinstance(value, str):
        return on_one_line(value)
    return formats.number_format(value, use_l10n=True, force_grouping=True)


def on_one_line(text: str) -> str:
    """What could begin a header or a line of its own becomes a space."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def languages_for(*wanted: str) -> list[str]:
    """The languages in which something may be said, the best first: each as it is and without its region."""
    found: dict[str, None] = {}
    for language in wanted:
        asked = str(language or "").strip().lower().replace("_", "-")
        found |= {asked: None, asked.partition("-")[0]: None} if asked else {}
    return [*found] if "en" in found else [*found, "en"]
