"""Names and descriptions of a reward in other languages, as rows of a form: any number of them, each with its
language."""

import re

from django.http import QueryDict
from django.utils.translation import gettext as _

LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}")
ROWS_MAX = 40


def rows_of(translations: dict) -> list[dict]:
    """What is kept, as rows, and an empty one at the end."""
    kept = [
        {"language": language, "name": words.get("name", ""), "description": words.get("description", "")}
        for language, words in sorted(translations.items())
        if isinstance(words, dict)
    ]
    return [*kept, {"language": "", "name": "", "description": ""}]


def read_rows(sent: QueryDict) -> tuple[dict, list[dict], list[str]]:
    """(what is to be kept, the rows as they were sent, what is wrong with them). A row without a language and words is
    none."""
    columns = (sent.getlist(f"translation_{name}")[:ROWS_MAX] for name in ("language", "name", "description"))
    kept, rows, wrong = {}, [], []
    for language, name, description in zip(*columns, strict=False):
        language, name = language.strip().lower(), name.strip()
        description = description.strip().replace("\r\n", "\n")
        if not (language or name or description):
            continue
        rows.append({"language": language, "name": name, "description": description})
        if not LANGUAGE.fullmatch(language):
            wrong.append(_("Name the language of a translation by its code, say nl or pt-br."))
        elif language in kept:
            wrong.append(_("There are two translations for %(language)s.") % {"language": language})
        elif not (name or description):
            wrong.append(_("The translation for %(language)s has no words.") % {"language": language})
        words = {"name": name, "description": description}
        kept[language] = {key: value for key, value in words.items() if value}
    return kept, [*rows, {"language": "", "name": "", "description": ""}], wrong
