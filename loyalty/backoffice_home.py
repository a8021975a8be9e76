"""What the portal's first page is made of. Rooms register panels and quick actions; the page shows of them what the
person may see, so that each role has a first page of its own and a room that is not there leaves no hole."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from loyalty.roles import OPERATOR, roles_for


@dataclass(frozen=True)
class Panel:
    """A part of the first page: a template, and what it shows."""

    template: str
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class QuickAction:
    """A button at the top of the first page."""

    title: str | Promise
    icon: str
    address: str
    permission: str
    query: str = ""
    order: int = 0

    @property
    def link(self) -> str:
        return f"{reverse(self.address)}{self.query}"


@dataclass(frozen=True)
class _Source:
    order: int
    permission: str
    draw: Callable[[HttpRequest], Panel | None]


_panels: dict[str, _Source] = {}
_actions: dict[str, QuickAction] = {}


def panel(*, order: int, permission: str) -> Callable:
    """Registers a function `(request) -> Panel | None` that draws a part of the first page, the lower orders higher up,
    for whoever has the permission at one of their brands at least."""

    def register(draw):
        _panels[f"{draw.__module__}.{draw.__qualname__}"] = _Source(order, permission, draw)
        return draw

    return register


def quick_action(action: QuickAction) -> None:
    """Registers a button of the first page, for whoever has its permission."""
    _actions[action.address + action.query] = action


def panels(request: HttpRequest) -> list[Panel]:
    """The parts of the person's first page, from the top."""
    mine = [source for source in _panels.values() if request.user.has_perm(source.permission)]
    drawn = (source.draw(request) for source in sorted(mine, key=lambda source: source.order))
    return [each for each in drawn if each]


def quick_actions(request: HttpRequest) -> list[QuickAction]:
    """The buttons of the person's first page. Operators, who work for no brand, are offered none of its daily work."""
    mine = [action for action in _actions.values() if _is_theirs(request, action)]
    return sorted(mine, key=lambda action: action.order)


def _is_theirs(request: HttpRequest, action: QuickAction) -> bool:
    if not request.user.has_perm(action.permission):
        return False
    is_platform_work = roles_for(action.permission) == frozenset({OPERATOR})
    return is_platform_work or bool(request.user.worker.brands)
