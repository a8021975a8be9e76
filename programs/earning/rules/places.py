"""Reading JSON of unknown shape: each value knows its place, and each mistake is noted there instead of raised, so that
all of them are told at once."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from loyalty.errors import Invalid
from loyalty.http.money import to_minor

KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
MONEY = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,4})?\Z")
FACTOR = re.compile(r"(?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,6})?\Z")
UNTELLABLE = re.compile("[\0\ud800-\udfff]")
KINDS = {dict: "an object", list: "an array", bool: "a truth value", type(None): "null"}
TEXT_MAX = 200
HINTS_MAX = 50
INTEGER_MAX = 9_000_000_000_000_000


class Mistakes:
    """What is wrong with a document, each with its JSON pointer (RFC 6901), a code, a sentence and perhaps a hint."""

    def __init__(self):
        self.found: list[dict] = []

    def add(self, pointer: str, code: str, detail: str, word: Any = None, known: Iterable[str] = ()) -> None:
        """Notes one more; hints are looked for until there are many."""
        hint = did_you_mean(word, known) if len(self.found) < HINTS_MAX else ""
        told = {"pointer": pointer, "code": code, "detail": detail} | ({"hint": hint} if hint else {})
        self.found.append({name: _tellable(text) for name, text in told.items()})


def _tellable(text: str) -> str:
    """The text as it can be answered and stored: halves of characters and zeros fall out."""
    return text if text.isascii() and "\0" not in text else UNTELLABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def shown(value: Any) -> str:
    """A value as it is told in a mistake: a text itself, of anything else only what it is."""
    return value[:100] if isinstance(value, str) else KINDS.get(type(value), "a number")


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """A hint at the known word most like this one, or nothing."""
    near = get_close_matches(word[:100], list(known), n=1, cutoff=0.6) if isinstance(word, str) else ()
    return f"Did you mean {near[0]}?" if near else ""


class Place:
    """A value of the document and where it stands. Reading it as what it should be gives None where it is not, and the
    mistake is noted."""

    __slots__ = ("mistakes", "pointer", "value")

    def __init__(self, value: Any, mistakes: Mistakes, pointer: str = ""):
        self.value, self.mistakes, self.pointer = value, mistakes, pointer

    def wrong(self, code: str, detail: str, word: Any = None, known: Iterable[str] = ()) -> None:
        """Notes that something is wrong here; with a hint where `word` is much like a `known` one."""
        self.mistakes.add(self.pointer, code, detail, word, known)

    def at(self, key: str | int) -> "Place":
        """The place of what stands there, which need not be."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return Place(self.value[key], self.mistakes, f"{self.pointer}/{escaped}")

    def members(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> Mapping[str, "Place"] | None:
        """An object's members by name; others than these are mistakes."""
        if not isinstance(self.value, dict):
            return self.wrong("not_an_object", "An object is wanted here.")
        required, known = tuple(required), (*required, *optional)
        for name in required:
            if name not in self.value:
                self.wrong("missing", f"'{name}' is missing.")
        for name in self.value:
            if name not in known:
                self.at(name).wrong("unknown_member", f"'{shown(name)}' is not known here.", name, known)
        return {name: self.at(name) for name in known if name in self.value}

    def elements(self, *, most: int, least: int = 0) -> list["Place"]:
        """An array's elements; none where it is not one."""
        if not isinstance(self.value, list):
            self.wrong("not_an_array", "An array is wanted here.")
            return []
        if not least <= len(self.value) <= most:
            wanted = f"{least} to {most}" if least else f"at most {most}"
            self.wrong("wrong_length", f"There are {len(self.value)} here; {wanted} can stand here.")
            return []
        return [self.at(index) for index in range(len(self.value))]

    def text(self) -> str | None:
        """Some words, up to 200 characters."""
        if not isinstance(self.value, str) or not self.value.strip():
            return self.wrong("not_a_text", "A text is wanted here.")
        if len(self.value) > TEXT_MAX or not self.value.isprintable():
            return self.wrong("not_a_text", f"A text of {TEXT_MAX} printable characters at most is wanted here.")
        return self.value

    def key(self) -> str | None:
        """A short name: small letters, digits, dot, dash and underscore."""
        if not isinstance(self.value, str) or not KEY.match(self.value):
            return self.wrong("not_a_key", "Small letters, digits, '.', '-' and '_' are wanted here, 64 at most.")
        return self.value

    def choice(self, options: Iterable[str], what: str = "value") -> str | None:
        """One of some words."""
        options = tuple(options)
        if not isinstance(self.value, str) or self.value not in options:
            told = ", ".join(options[:12])
            detail = f"'{shown(self.value)}' is no {what}; known are: {told}."
            return self.wrong(f"unknown_{what}", detail, self.value, options)
        return self.value

    def boolean(self) -> bool | None:
        """True or false."""
        return (
            self.value if isinstance(self.value, bool) else self.wrong("not_a_boolean", "true or false is wanted here.")
        )

    def integer(self, *, least: int = 0, most: int = INTEGER_MAX) -> int | None:
        """A whole number within its bounds."""
        if type(self.value) is not int:
            return self.wrong("not_an_integer", "A whole number is wanted here, without quotes or a decimal point.")
        if not least <= self.value <= most:
            return self.wrong("out_of_range", f"A number from {least} to {most} is wanted here.")
        return self.value

    def money(self, currency: str, *, least_minor: int = 0) -> int | None:
        """An amount of money, in minor units: a decimal string."""
        if not isinstance(self.value, str) or not MONEY.match(self.value):
            return self.wrong("not_money", 'An amount as a decimal string is wanted here, like "12.50".')
        try:
            minor = to_minor(self.value, currency)
        except Invalid as refusal:
            return self.wrong("too_many_decimals", refusal.errors[0]["detail"])
        return minor if minor >= least_minor else self.wrong("out_of_range", "More than nothing is wanted here.")

    def fraction(self, *, above: int, most: int) -> Fraction | None:
        """An exact number: a decimal string."""
        if not isinstance(self.value, str) or not FACTOR.match(self.value):
            return self.wrong("not_a_number", 'A number as a decimal string is wanted here, like "1.5".')
        found = Fraction(self.value)
        return found if above < found <= most else self.wrong("out_of_range", f"More than {above} and at most {most}.")
