"""Views of lists that people keep: filters, search and order under a name, for themselves or for their colleagues. A
view without a name is what the person has the list open with."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IS_FACETS_VAR, IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, PAGE_VAR, SEARCH_VAR
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.translation import gettext as _

from loyalty.backoffice import WHOLE_LIST, Scoped
from loyalty.errors import Forbidden, Invalid, NotFound
from loyalty.identity.models import Brand, Person
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from loyalty.portal.models import SavedView

QUERY_MAX = 1000
FIELDS_MAX = 50
NAME_MAX = 60
VIEWS_MAX = 30
PASSING = {PAGE_VAR, ALL_VAR, ERROR_FLAG, IS_POPUP_VAR, TO_FIELD_VAR, IS_FACETS_VAR, WHOLE_LIST}


@dataclass(frozen=True)
class Tab:
    """A saved view above its list."""

    id: UUID
    name: str
    query: str
    is_here: bool
    is_first: bool
    is_shared: bool
    may_delete: bool


def name_of(screen) -> str:
    """What views call a list: "loyalty_member"."""
    return f"{screen.opts.app_label}_{screen.opts.model_name}"


def screen_named(name: str):
    """The screen of that name. Refusals: NotFound."""
    for screen in admin.site._registry.values():
        if name_of(screen) == name:
            return screen
    raise NotFound(_("There is no such list."))


def kept_part(screen, query: str) -> str:
    """Of a list's query what a view keeps: filters, order, and the words searched for unless they may name a person."""
    passing = PASSING | ({SEARCH_VAR} if getattr(screen, "finds_people", False) else set())
    try:
        pairs = parse_qsl(query.replace("\0", "").removeprefix("?"), max_num_fields=FIELDS_MAX)
    except ValueError:
        return ""
    return urlencode(sorted((name, value) for name, value in pairs if name not in passing))


def visible_views(person: Person, screen_name: str) -> QuerySet[SavedView]:
    """The views of the list that are the person's own, or shared with colleagues of a brand they work for."""
    shared = Q(brand__in=list(person.worker.brands))
    return SavedView.objects.filter(Q(person=person) | (shared & ~Q(name="")), screen=screen_name)


def tabs_of(person: Person, screen, query: str) -> list[Tab]:
    """The views above a list that is shown with this query, by name. One query."""
    here = kept_part(screen, query)
    views = list(visible_views(person, name_of(screen))[: VIEWS_MAX * 2])
    first = next((view.query for view in views if not view.name and view.person_id == person.pk), None)
    return [
        Tab(
            id=view.pk,
            name=view.name,
            query=view.query,
            is_here=view.query == here,
            is_first=view.query == first,
            is_shared=view.brand_id is not None,
            may_delete=may_delete(person, view),
        )
        for view in sorted(views, key=lambda view: view.name.casefold())
        if view.name
    ]


def opens_with(person: Person, screen_name: str) -> str:
    """The query that the person has the list open with; "" for all of it."""
    first = SavedView.objects.filter(person=person, screen=screen_name, name="").values_list("query", flat=True).first()
    return first or ""


def may_delete(person: Person, view: SavedView) -> bool:
    """One's own; those shared with a brand that one administers."""
    return view.person_id == person.pk or bool(view.brand_id and person.has_perm("brands.change", view.brand_id))


@transaction.atomic
def save_view(person: Person, *, screen, name: str, query: str, brand: Brand | None = None) -> SavedView:
    """Keeps the query under a name of at most 60 characters, for the person or, with `brand`, for its people too. The
    person's view of that name is replaced. Refusals: Forbidden (no colleague there), Invalid (no name, nothing to keep,
    too long, too many, or shared and naming what is another brand's)."""
    name, kept = " ".join(name.split()), kept_part(screen, query)
    if brand is not None and brand.pk not in person.worker.brands:
        raise Forbidden()
    others = SavedView.objects.filter(person=person, screen=name_of(screen)).exclude(name=name)
    if told := _mistake(screen, name, kept, brand, others.count()):
        raise Invalid([{"pointer": "/name", "code": "invalid", "detail": told}])
    view, _made = SavedView.objects.update_or_create(
        person=person, screen=name_of(screen), name=name, defaults={"query": kept, "brand": brand}
    )
    return view


def _mistake(screen, name: str, kept: str, brand: Brand | None, others: int) -> str:
    if not name or len(name) > NAME_MAX:
        return _("Give the view a name of at most 60 characters.")
    if not kept or len(kept) > QUERY_MAX:
        return _("There is nothing to keep: filter or sort the list first.")
    if others >= VIEWS_MAX:
        return _("You keep 30 views of this list already; delete one first.")
    if brand and not is_of(brand, screen, kept):
        return _("A filter names something of another brand, so it cannot be shared with this one.")
    return ""


def is_of(brand: Brand, screen, kept: str) -> bool:
    """Whether every object that the query names is the brand's. What cannot be told is not."""
    return all(_is_value_of(brand, screen.model, name, value) for name, value in parse_qsl(kept))


def _is_value_of(brand: Brand, model, name: str, value: str) -> bool:
    target = _related_model(model, name)
    if target is None:
        return not any(as_uuid(part) for part in value.split(","))
    screen = admin.site._registry.get(target)
    ids = [part for part in value.split(",") if part]
    if not isinstance(screen, Scoped) or not all(as_uuid(part) or part.isdecimal() for part in ids):
        return False
    try:
        return screen.within(target._base_manager.filter(pk__in=ids), {brand.pk}).count() == len(set(ids))
    except ValueError:
        return False


def _related_model(model, name: str):
    """The model whose object a filter of that name names; None for a filter by a plain value."""
    parts = name.split(LOOKUP_SEP)
    for length in range(len(parts), 0, -1):
        try:
            fields = get_fields_from_path(model, LOOKUP_SEP.join(parts[:length]))
        except (FieldDoesNotExist, NotRelationField, AttributeError):
            continue
        related = [field.remote_field.model for field in fields if field.is_relation and field.remote_field]
        return related[-1] if related else None
    return None


@transaction.atomic
def delete_view(person: Person, view_id: UUID) -> str:
    """Deletes a view and answers its name; whoever had their list open with it has it whole again. Refusals: NotFound,
    Forbidden (somebody else's)."""
    view = _find(person, view_id)
    if not may_delete(person, view):
        raise Forbidden(_("Only who made it, or a brand admin, deletes a shared view."))
    SavedView.objects.filter(screen=view.screen, name="", query=view.query, person=person).delete()
    view.delete()
    return view.name


def open_with(person: Person, view_id: UUID) -> SavedView:
    """Has the list open with that view from now on, for this person. Refusals: NotFound."""
    view = _find(person, view_id)
    SavedView.objects.update_or_create(
        person=person, screen=view.screen, name="", defaults={"query": view.query, "brand": None}
    )
    return view


def open_whole(person: Person, screen_name: str) -> None:
    """Has the list open whole again, for this person."""
    SavedView.objects.filter(person=person, screen=screen_name, name="").delete()


def _find(person: Person, view_id: UUID) -> SavedView:
    mine = Q(person=person) | Q(brand__in=list(person.worker.brands))
    view = SavedView.objects.filter(mine, pk=view_id).exclude(name="").first()
    if view is None:
        raise NotFound(_("There is no such view any more."))
    return view


def shares_with(principal: Principal, screen) -> list[UUID]:
    """The brands with whose people the person may share a view of the list: those at which they may open it."""
    return [brand for brand in principal.brands if principal.may(screen.permission("view"), brand)]


def shown_above(request: HttpRequest, screen) -> dict:
    """What stands above a list: its views, and what can be done with how it is shown now. Two queries at most."""
    query = request.GET.urlencode()
    here, tabs = kept_part(screen, query), tabs_of(request.user, screen, query)
    brands = shares_with(request.user.worker, screen) if here else []
    return {
        "screen": name_of(screen),
        "query": here,
        "tabs": tabs,
        "is_whole": not here,
        "is_new": bool(here) and not any(tab.is_here for tab in tabs),
        "current": next((tab for tab in tabs if tab.is_here), None),
        "first": next((tab for tab in tabs if tab.is_first), None),
        "whole": WHOLE_LIST,
        "brands": Brand.objects.filter(pk__in=brands).only("name", "code").order_by("name") if brands else [],
        "drops_words": bool(request.GET.get(SEARCH_VAR)) and getattr(screen, "finds_people", False),
    }
