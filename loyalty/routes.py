"""Every address of the service, and what the table of roles asks of whoever opens it. A check at start-up stops at an
address of which the table knows nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from django.contrib import admin
from django.core import checks
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from loyalty.backoffice import Scoped
from loyalty.http.views import ApiView, permissions_of
from loyalty.roles import PAGES, PUBLIC, is_known

API_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PAGE_METHODS = ("GET", "POST")
PARAMETER = r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>"
VERBS = {"changelist": "view", "history": "history.view", "add": "add", "delete": "delete"}
"""What Django's own pages of a screen do; a change page is looked at, or changed by a POST."""
NOBODYS = "nobody's"
"""Stands for a permission that nobody has: a page that Django gives to a screen which does not offer it."""


class UnknownRoute(LookupError):
    """The table of roles does not say who may open an address."""


@dataclass(frozen=True)
class Route:
    """One address, as a pattern ("api/members/<str:member>"), under its name ("admin:loyalty_member_add")."""

    pattern: str
    name: str
    view: object

    @property
    def parameters(self) -> list[str]:
        return [a or b for a, b in re.findall(PARAMETER, self.pattern)]

    @cached_property
    def api_view(self) -> type[ApiView] | None:
        view_class = getattr(self.view, "view_class", getattr(self.view, "cls", None))
        return view_class if isinstance(view_class, type) and issubclass(view_class, ApiView) else None

    @cached_property
    def screen(self) -> tuple[Scoped, str] | None:
        """The screen of the portal that the address belongs to, and which of its pages it is."""
        space, _, name = self.name.rpartition(":")
        screens = admin.site._registry.values() if space == admin.site.name else ()
        for screen in screens:
            prefix = f"{screen.opts.app_label}_{screen.opts.model_name}_"
            if name.startswith(prefix) and name in _names_of(screen):
                return screen, name.removeprefix(prefix)
        return None

    @property
    def methods(self) -> tuple[str, ...]:
        return API_METHODS if self.api_view else PAGE_METHODS

    def fill(self, values: dict[str, str]) -> str:
        """The address with these values in it."""
        pattern = self.pattern.removesuffix("$").replace("(/.*)?", "")
        return "/" + re.sub(PARAMETER, lambda found: str(values[found[1] or found[2]]), pattern)


def _names_of(screen) -> set[str]:
    if not hasattr(screen, "_names_of_pages"):
        screen._names_of_pages = {pattern.name for pattern in screen.get_urls() if pattern.name}
    return screen._names_of_pages


def every_route(resolver=None, before: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Route]:
    """All addresses, libraries' and the portal's with them, in the order in which they are tried."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = str(entry.pattern)
        whole = before + (pattern if isinstance(entry.pattern, RoutePattern) else pattern.removeprefix("^"))
        if isinstance(entry, URLPattern):
            yield Route(whole, ":".join((*spaces, entry.name or "")), entry.callback)
        else:
            yield from every_route(entry, whole, (*spaces, entry.namespace) if entry.namespace else spaces)


def needs(route: Route, method: str) -> tuple[str, ...] | None:
    """The permissions of which one opens the address for that method: (PUBLIC,) where nobody is asked, None where the
    method is not taken. Raises UnknownRoute."""
    if route.api_view:
        handler = getattr(route.api_view, method.lower(), None)
        return None if handler is None else (PUBLIC,) if route.api_view.public else permissions_of(handler)
    if permission := getattr(route.view, "permission", None):
        return (permission,)
    if route.screen:
        return (_needed_by_page(*route.screen, method),)
    for named, permission in PAGES.items():
        if named == route.name or fnmatchcase(route.pattern, named):
            return (permission,)
    raise UnknownRoute(f"The table of roles does not know {route.pattern} ({route.name or 'without a name'}).")


def _needed_by_page(screen, page: str, method: str) -> str:
    if not isinstance(screen, Scoped):
        raise UnknownRoute(f"{type(screen).__name__} of {screen.opts.label} is no screen with a resource.")
    verb = VERBS.get(page) if page != "change" else "change" if method == "POST" else "view"
    if verb:
        return screen.permission(verb) if screen.offers(verb) else NOBODYS
    named = getattr(screen, page, None)
    if button := getattr(named, "button", None):
        return screen.permission(button.verb)
    if permission := getattr(named, "permission", None):
        return permission
    raise UnknownRoute(f"{type(screen).__name__}.{page} says by no `allowed(...)` who may open it.")


def check_every_route_is_known(app_configs, **kwargs) -> list[checks.Warning]:
    """Deny by default: what the table of roles does not know is not served."""
    errors = []
    for route in every_route():
        for method in route.methods:
            try:
                permissions = needs(route, method) or ()
            except UnknownRoute as unknown:
                errors.append(checks.Warning(str(unknown), id="loyalty.E001"))
                break
            # A screen's own name for what nobody may do (add, delete) need not stand in the table.
            if not route.screen and not all(one == PUBLIC or is_known(one) for one in permissions):
                errors.append(
                    checks.Warning(f"The table of roles has no {permissions} ({route.pattern}).", id="loyalty.E001")
                )
    return errors


def register_check() -> None:
    """Asked by the app when it is ready."""
    checks.register(check_every_route_is_known, checks.Tags.urls)
