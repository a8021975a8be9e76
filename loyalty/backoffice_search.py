"""The portal's one search box. Rooms register what they can find; what is found is asked for anew each time, for the
person who asks, and kept nowhere."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

FOUND_MAX = 6
WORDS_MIN = 2
WORDS_MAX = 200


@dataclass(frozen=True)
class Found:
    """One thing that was found, and the page it has."""

    title: str
    note: str
    link: str


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    title: str | Promise
    icon: str
    found: list[Found]


@dataclass(frozen=True)
class _Source:
    title: str | Promise
    icon: str
    permission: str
    by: str | Promise
    order: int
    find: Callable[[HttpRequest, str, int], list[Found]]


_sources: dict[str, _Source] = {}


def finds(title: str | Promise, *, icon: str, permission: str, by: str | Promise, order: int) -> Callable:
    """Registers a function `(request, text, limit) -> list[Found]` for whoever has the permission at one of their
    brands; it sees to it that what it finds is theirs to see. `by` says in words what can be searched for."""

    def register(find):
        _sources[f"{find.__module__}.{find.__qualname__}"] = _Source(title, icon, permission, by, order, find)
        return find

    return register


def _mine(request: HttpRequest) -> list[_Source]:
    mine = [source for source in _sources.values() if request.user.has_perm(source.permission)]
    return sorted(mine, key=lambda source: source.order)


def search(request: HttpRequest, text: str) -> list[Group]:
    """What the person may see that the text names, by kind. Nothing for less than two characters."""
    words = " ".join(text.replace("\0", "").split())[:WORDS_MAX]
    if len(words) < WORDS_MIN:
        return []
    found = [(source, source.find(request, words, FOUND_MAX)) for source in _mine(request)]
    return [Group(source.title, source.icon, rows) for source, rows in found if rows]


def what_can_be_found(request: HttpRequest) -> list[tuple[str | Promise, str | Promise]]:
    """Kind and by what: for whoever found nothing."""
    return [(source.title, source.by) for source in _mine(request)]
