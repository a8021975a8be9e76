"""The ground of the admin portal: screens scoped to the brands a person works for. Buttons that call an operation are
in `backoffice_buttons`; what a room shows is in its own `admin.py`."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from loyalty.errors import Invalid, LoyaltyError

ADMIN, STAFF, PARTNER = "admin", "staff", "partner"
NOBODY: frozenset[str] = frozenset()
ADMINS = frozenset({ADMIN})
EVERYDAY = frozenset({ADMIN, STAFF})
EVERYBODY = frozenset({ADMIN, STAFF, PARTNER})


def posts_of(request: HttpRequest) -> dict[UUID, str]:
    """The role of the person at each brand they work for; asked of the database once in a request."""
    if not hasattr(request, "_posts_by_brand"):
        person = request.user
        active = person.posts.filter(is_active=True).values_list("brand_id", "role") if person.is_authenticated else ()
        request._posts_by_brand = dict(active)
    return request._posts_by_brand


def is_operator(request: HttpRequest) -> bool:
    """Whether the person stands above all brands."""
    return bool(request.user.is_active and getattr(request.user, "is_operator", False))


def brands_of(request: HttpRequest, roles: Iterable[str]) -> set[UUID]:
    """The brands at which the person has one of these roles."""
    return {brand for brand, role in posts_of(request).items() if role in roles}


def screen(*shown: type[models.Model]) -> Callable:
    """Registers an admin class for these models. A floor above may show more of a model of a floor below: its class
    inherits the lower one and takes its place."""

    def register(admin_class):
        for model in shown:
            if admin.site.is_registered(model):
                admin.site.unregister(model)
            admin.site.register(model, admin_class)
        return admin_class

    return register


def visible(request: HttpRequest, model: type[models.Model]) -> models.QuerySet:
    """What the person may see of a model, anywhere: in lists, drop-downs, filters and look-ups. A model without a
    scoped screen is shown to operators only."""
    if is_operator(request):
        return model._default_manager.all()
    screen_of_model = admin.site._registry.get(model)
    if isinstance(screen_of_model, Scoped):
        return screen_of_model.scope(request, model._default_manager.all())
    return model._default_manager.none()


def take_over(obj: models.Model, made: models.Model) -> None:
    """Makes the form's unsaved object the one that an operation made, so that the admin goes on with it."""
    obj.__dict__.update(made.__dict__)


class VisibleRelatedFilter(RelatedFieldListFilter):
    """A filter by a related object that offers only what the person may see."""

    def field_choices(self, field, request, model_admin):
        ordering = self.field_admin_ordering(field, request, model_admin)
        chosen = visible(request, field.remote_field.model).values("pk")
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to={"pk__in": chosen})


class RowsChangeList(ChangeList):
    """Lets the screen work out columns for the whole page at once, in a constant number of queries."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.prepare_rows(request, self.result_list)


class Scoped:
    """What lists and inlines share: the one path to the brand and the roles that may view, add, change, delete.
    Without a path only operators see anything; a role that is not named may not."""

    brand_path: str | None = None
    view_roles: frozenset[str] = EVERYDAY
    add_roles: frozenset[str] = NOBODY
    change_roles: frozenset[str] = NOBODY
    delete_roles: frozenset[str] = NOBODY
    operators_may: frozenset[str] = frozenset({"view", "add", "change"})

    def brands_with(self, request: HttpRequest, roles: frozenset[str] | None = None) -> set[UUID]:
        """The brands at which the person has one of `roles`: those that may view, unless told."""
        return brands_of(request, self.view_roles if roles is None else roles)

    def scope(self, request: HttpRequest, queryset: models.QuerySet, roles=None) -> models.QuerySet:
        """The rows of the brands at which the person has one of `roles`: those that may view, unless told."""
        if is_operator(request):
            return queryset
        brands = self.brands_with(request, roles)
        if self.brand_path is None or not brands:
            return queryset.none()
        if self._leads_to_many():
            mine = self.model._base_manager.filter(**{f"{self.brand_path}__in": brands})
            return queryset.filter(pk__in=mine.values("pk"))
        return queryset.filter(**{f"{self.brand_path}__in": brands})

    def _leads_to_many(self) -> bool:
        fields = get_fields_from_path(self.model, self.brand_path) if self.brand_path not in ("pk", "id") else []
        return any(field.one_to_many or field.many_to_many for field in fields)

    def is_within(self, request: HttpRequest, obj: models.Model, roles: frozenset[str]) -> bool:
        """Whether the object is of a brand at which the person has one of these roles; asked once in a request."""
        known = request.__dict__.setdefault("_objects_within", {})
        asked = (type(obj), obj.pk, roles)
        if asked not in known:
            known[asked] = self.scope(request, self.model._base_manager.filter(pk=obj.pk), roles).exists()
        return known[asked]

    def may(self, request: HttpRequest, verb: str, obj: models.Model | None = None) -> bool:
        if not request.user.is_active:
            return False
        if is_operator(request):
            return verb in self.operators_may
        roles = getattr(self, f"{verb}_roles")
        if self.brand_path is None or not brands_of(request, roles):
            return False
        return obj is None or obj.pk is None or obj._state.adding or self.is_within(request, obj, roles)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", self.choices_of(request, db_field))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", self.choices_of(request, db_field))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def choices_of(self, request: HttpRequest, db_field) -> models.QuerySet:
        """What a drop-down of a new object offers: what the person sees, at brands where they may add."""
        model = db_field.remote_field.model
        chosen = visible(request, model)
        target = admin.site._registry.get(model)
        if not is_operator(request) and isinstance(target, Scoped):
            chosen = target.scope(request, chosen, (self.add_roles | self.change_roles) & target.view_roles)
        return chosen


class BrandScopedAdmin(Scoped, ModelAdmin):
    """A screen on which a person sees and changes only what belongs to the brands they work for."""

    ordering = ("-pk",)
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    list_filter_submit = False
    compressed_fields = True
    warn_unsaved_form = True
    related_searches: dict[str, str] = {}  # "known_to__external_id": "known_to__brand"
    lookups: tuple[str, ...] = ()

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        if self.raw_id_fields:
            raise ImproperlyConfigured("A raw id field names objects of other brands; use autocomplete_fields.")

    def prepare_rows(self, request: HttpRequest, rows: list) -> None:
        """Works out what the columns of these rows need, for all of them at once."""

    def get_changelist(self, request, **kwargs):
        return RowsChangeList

    def get_queryset(self, request):
        return self.scope(request, super().get_queryset(request))

    def has_module_permission(self, request):
        return self.may(request, "view")

    def has_view_permission(self, request, obj=None):
        return self.may(request, "view", obj)

    def has_add_permission(self, request):
        return self.may(request, "add")

    def has_change_permission(self, request, obj=None):
        return self.may(request, "change", obj)

    def has_delete_permission(self, request, obj=None):
        return self.may(request, "delete", obj)

    def get_list_filter(self, request):
        return [self._visible_filter(item) for item in super().get_list_filter(request)]

    def _visible_filter(self, item):
        if not isinstance(item, str):
            return item
        try:
            is_relation = get_fields_from_path(self.model, item)[-1].is_relation
        except FieldDoesNotExist:
            return item
        return (item, VisibleRelatedFilter) if is_relation else item

    def lookup_allowed(self, lookup, value, request=None):
        """Only what a filter of this screen, its date hierarchy or `lookups` names: anything else in the address
        would answer questions about hashes, or about other brands behind a relation."""
        names = [item if isinstance(item, str) else item[0] for item in self.list_filter if not isinstance(item, type)]
        allowed = {*names, *self.lookups, self.date_hierarchy}
        parts = lookup.split(LOOKUP_SEP)
        return any(LOOKUP_SEP.join(parts[:length]) in allowed for length in range(1, len(parts) + 1))

    def get_search_results(self, request, queryset, search_term):
        """Adds to the ordinary search what hangs on other rows, looking only at the rows of the person's brands."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_term.strip() or not self.related_searches:
            return found, may_repeat
        near = models.Q()
        for path, brand_path in self.related_searches.items():
            rule = {f"{path}__iexact": search_term.strip()}
            if not is_operator(request):
                rule[f"{brand_path}__in"] = brands_of(request, self.view_roles)
            near |= models.Q(pk__in=self.model._base_manager.filter(**rule).values("pk"))
        return queryset.filter(models.Q(pk__in=found.order_by().values("pk")) | near), False

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "brand") if obj and self.brand_path == "brand" and "brand" not in fixed else fixed

    def get_changeform_initial_data(self, request):
        initial = super().get_changeform_initial_data(request)
        own = brands_of(request, self.add_roles)
        if self.brand_path == "brand" and len(own) == 1 and not is_operator(request):
            initial["brand"] = next(iter(own))
        return initial

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """An operation may refuse what the form let through: then nothing is kept, and the form says why."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except LoyaltyError as refusal:
            request.refusal = refusal
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form_class = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", None)

        class Refused(form_class):
            def clean(self):
                super().clean()
                for told in mistakes_in(refusal):
                    self.add_error(None, told)
                return self.cleaned_data

        return Refused if refusal else form_class

    def history_view(self, request, object_id, extra_context=None):
        """Shows what the person's own colleagues did: an object that two brands know has two histories."""
        if is_operator(request):
            return super().history_view(request, object_id, extra_context)
        entries = LogEntry.objects.filter(
            object_id=unquote(object_id),
            content_type=ContentType.objects.get_for_model(self.model, for_concrete_model=False),
            user__posts__brand__in=brands_of(request, self.view_roles),
        )
        paginator = self.get_paginator(request, entries.distinct().order_by("action_time").select_related(), 100)
        page = paginator.get_page(request.GET.get(PAGE_VAR, 1))
        shown = {"action_list": page, "page_range": paginator.get_elided_page_range(page.number)}
        return super().history_view(request, object_id, {**shown, **(extra_context or {})})


class ReadOnlyAdmin(BrandScopedAdmin):
    """A screen to look at: nobody adds, changes or deletes here, operators neither."""

    operators_may = frozenset({"view"})


class OperatorAdmin(BrandScopedAdmin):
    """A screen for operators, to look at; brand staff do not know that it exists."""

    view_roles = NOBODY
    operators_may = frozenset({"view"})


class BrandScopedInline(Scoped, TabularInline):
    """Rows inside another object's page: scoped by their own path to the brand, allowed by the roles at the page's."""

    extra = 0
    show_change_link = True

    def get_queryset(self, request):
        return self.scope(request, super().get_queryset(request))

    def _may_here(self, request, verb: str, page) -> bool:
        if not self.may(request, verb):
            return False
        parent = admin.site._registry[self.parent_model]
        return page is None or is_operator(request) or parent.is_within(request, page, getattr(self, f"{verb}_roles"))

    def has_view_permission(self, request, obj=None):
        return self._may_here(request, "view", obj)

    def has_add_permission(self, request, obj=None):
        return self._may_here(request, "add", obj)

    def has_change_permission(self, request, obj=None):
        return self._may_here(request, "change", obj)

    def has_delete_permission(self, request, obj=None):
        return self._may_here(request, "delete", obj)


def mistakes_in(refusal: LoyaltyError) -> list[str]:
    """What a person is told of a refusal: each mistake on its own where there are several."""
    return [mistake["detail"] for mistake in refusal.errors] if isinstance(refusal, Invalid) else [refusal.detail]
