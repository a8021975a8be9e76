"""Parts of a member's page that rooms above this one hang on it. They register at import; the page asks each for what
it has to show to the person who looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest

from loyalty.identity.models import Member
from programs.membership.models import Membership


@dataclass(frozen=True)
class Section:
    """A part of the page: a template, and what it shows as `facts`."""

    template: str
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class _Source:
    order: int
    permission: str
    draw: Callable[[HttpRequest, Member, Sequence[Membership]], Section | None]


_sources: dict[str, _Source] = {}


def section(*, order: int, permission: str) -> Callable:
    """Registers a function `(request, member, memberships) -> Section | None`, the lower orders higher up, for whoever
    has the permission at one of their brands at least. The memberships are those that the person may see."""

    def register(draw):
        _sources[f"{draw.__module__}.{draw.__qualname__}"] = _Source(order, permission, draw)
        return draw

    return register


def sections_of(request: HttpRequest, member: Member, memberships: Sequence[Membership]) -> list[Section]:
    """The parts of this member's page, from the top."""
    mine = [source for source in _sources.values() if request.user.has_perm(source.permission)]
    drawn = (source.draw(request, member, memberships) for source in sorted(mine, key=lambda source: source.order))
    return [each for each in drawn if each]
