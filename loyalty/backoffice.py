"""The ground of the admin portal: screens scoped to the brands a person works for. Buttons that call an operation are
in `backoffice_buttons`; what a room shows is in its own `admin.py`."""

from collections.abc import Callable, Collection
from functools import wraps
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseRedirect
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from loyalty.backoffice_labels import label
from loyalty.backoffice_lists import RowsChangeList, with_figures
from loyalty.backoffice_lookups import asks_only
from loyalty.backoffice_paginators import ListPaginator
from loyalty.errors import Invalid, LoyaltyError
from loyalty.roles import is_known
from loyalty.sealed.fields import SealedDateField, SealedEmailField, SealedField

CHOSEN_BRAND = "chosen_brand"
"""Where the session keeps the brand that the person is looking at."""
WHOLE_LIST = "whole"
"""In the address of a list: show all of it, whatever the person has it open with."""


def is_operator(request: HttpRequest) -> bool:
    """Whether the person stands above all brands."""
    return bool(request.user.is_active and getattr(request.user, "is_operator", False))


def brands_where(request: HttpRequest, permission: str) -> set[UUID] | None:
    """The brands at which the person may ("members.view"); None for an operator who may: at all of them."""
    if not request.user.is_active:
        return set()
    brands = request.user.worker.brands_where(permission)
    return None if brands is None else set(brands)


def chosen_brand(request: HttpRequest) -> UUID | None:
    """The one brand to which the person has narrowed lists and first page; None: all of theirs. It narrows what is
    shown and opens nothing: a brand that is not theirs (any more) counts as not chosen."""
    try:
        chosen = UUID(request.session.get(CHOSEN_BRAND, ""))
    except (AttributeError, ValueError):
        return None
    return chosen if is_operator(request) or chosen in request.user.worker.brands else None


def allowed(permission: str) -> Callable:
    """Makes a method of a screen, or a view, a page for those who may at one of their brands at least, and says so to
    `loyalty.routes`; whose object it is about the page must see to itself (`get_object`, `is_within`)."""
    if not is_known(permission):
        raise ImproperlyConfigured(f"The table of roles has no permission {permission}.")

    def decorate(page):
        @wraps(page)
        def checked(*args, **kwargs):
            request = next(one for one in args if isinstance(one, HttpRequest))
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return page(*args, **kwargs)

        checked.permission = permission
        return checked

    return decorate


def screen(*shown: type[models.Model]) -> Callable:
    """Registers an admin class for these models. A floor above may show more of a model of a floor below: its class
    inherits the lower one and takes its place."""

    def register(admin_class):
        for model in shown:
            if admin.site.is_registered(model):
                admin.site.unregister(model)
            label(model)
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
        related = admin.site._registry.get(field.remote_field.model)
        offered = visible(request, field.remote_field.model)
        chosen = (related.narrowed(request, offered) if isinstance(related, Scoped) else offered).values("pk")
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to={"pk__in": chosen})


class Scoped:
    """What lists and inlines share: the resource, which is a name in the table of roles, and the one path to the brand.
    Without a path only operators see anything; what the table does not name nobody may."""

    resource: str = ""
    brand_path: str | None = None

    def permission(self, verb: str) -> str:
        """The name in the table of roles of what is done here; a verb with a dot is one already."""
        return verb if "." in verb else f"{self.resource}.{verb}"

    def offers(self, verb: str) -> bool:
        """Whether it can be done here at all, whatever the table of roles allows elsewhere."""
        return True

    def brands_where(self, request: HttpRequest, verb: str = "view") -> set[UUID] | None:
        """The brands at which the person may; None: at all of them, for an operator."""
        return brands_where(request, self.permission(verb))

    def scope(self, request: HttpRequest, queryset: models.QuerySet, verb: str = "view") -> models.QuerySet:
        """The rows of the brands at which the person may."""
        return self.within(queryset, self.brands_where(request, verb))

    def within(self, queryset: models.QuerySet, brands: Collection[UUID] | None) -> models.QuerySet:
        """The rows of these brands; None: all of them."""
        if brands is None:
            return queryset
        if self.brand_path is None or not brands:
            return queryset.none()
        if self._leads_to_many():
            return queryset.filter(pk__in=self._linked(brands))
        return queryset.filter(**{f"{self.brand_path}__in": brands})

    def narrowed(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        """Of these rows those of the one brand that the person is looking at, if they have chosen one."""
        brand = chosen_brand(request)
        return queryset if brand is None or self.brand_path is None else self.within(queryset, {brand})

    def _leads_to_many(self) -> bool:
        fields = get_fields_from_path(self.model, self.brand_path) if self.brand_path not in ("pk", "id") else []
        return any(field.one_to_many or field.many_to_many for field in fields)

    def _linked(self, brands: Collection[UUID]) -> models.QuerySet:
        """The keys of the rows that these brands have something to do with, as the links alone tell them."""
        first, _dot, rest = self.brand_path.partition("__")
        relation = self.model._meta.get_field(first)
        if not relation.one_to_many:
            return self.model._base_manager.filter(**{f"{self.brand_path}__in": brands}).values("pk")
        links = relation.related_model._base_manager.filter(**{f"{rest or 'pk'}__in": brands})
        return links.values(relation.field.attname)

    def is_within(self, request: HttpRequest, obj: models.Model, verb: str) -> bool:
        """Whether the object is of a brand at which the person may; asked once in a request."""
        brands = self.brands_where(request, verb)
        if brands is None:
            return True
        known = request.__dict__.setdefault("_objects_within", {})
        asked = (type(obj), obj.pk, self.permission(verb))
        if asked not in known:
            known[asked] = self.within(self.model._base_manager.filter(pk=obj.pk), brands).exists()
        return known[asked]

    def may(self, request: HttpRequest, verb: str, obj: models.Model | None = None) -> bool:
        """Whether the person may do it to the object, or without one (or to a new one) at some brand."""
        brands = self.brands_where(request, verb) if self.offers(verb) else ()
        if brands is None:
            return True
        if self.brand_path is None or not brands:
            return False
        return obj is None or obj.pk is None or obj._state.adding or self.is_within(request, obj, verb)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", self.choices_of(request, db_field))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", self.choices_of(request, db_field))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def choices_of(self, request: HttpRequest, db_field) -> models.QuerySet:
        """What a drop-down of a new object offers: what the person sees, at brands where they may add or change."""
        model = db_field.remote_field.model
        target = admin.site._registry.get(model)
        if not isinstance(target, Scoped):
            return visible(request, model)
        theirs = [self.brands_where(request, verb) for verb in ("add", "change")]
        writable = None if None in theirs else set().union(*theirs)
        seen = target.brands_where(request)
        brands = seen if writable is None else writable if seen is None else seen & writable
        return target.within(model._default_manager.all(), brands)


class DayWidget(UnfoldAdminTextInputWidget):
    """A date, by the browser's own calendar."""

    input_type = "date"


class BrandScopedAdmin(Scoped, ModelAdmin):
    """A screen on which a person sees and changes only what belongs to the brands they work for."""

    ordering = ("-pk",)
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER  # each would be counted over the whole list
    list_max_show_all = 200
    paginator = ListPaginator
    show_full_result_count = False
    list_filter_submit = False
    compressed_fields = True
    warn_unsaved_form = True
    lookups: tuple[str, ...] = ()
    formfield_overrides = {
        SealedField: {"widget": UnfoldAdminTextInputWidget},
        SealedEmailField: {"widget": UnfoldAdminEmailInputWidget},
        SealedDateField: {"widget": DayWidget},
    }

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        if self.raw_id_fields:
            raise ImproperlyConfigured("A raw id field names objects of other brands; use autocomplete_fields.")
        for shown in (self, *self.inlines):
            if not is_known(f"{shown.resource}.view"):
                raise ImproperlyConfigured(f"The table of roles has no {shown.resource or shown}.view.")

    def prepare_rows(self, request: HttpRequest, rows: list) -> None:
        """Works out what the columns of these rows need, for all of them at once."""

    def get_changelist(self, request, **kwargs):
        return RowsChangeList

    def get_list_display(self, request):
        return with_figures(self.model, super().get_list_display(request))

    def get_sortable_by(self, request):
        """What lies encrypted has no order."""
        sealed = {field.name for field in self.opts.concrete_fields if isinstance(field, SealedField)}
        return [name for name in super().get_sortable_by(request) if name not in sealed]

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
        """Only what a filter of this screen, its date hierarchy or `lookups` names: anything else in the address, say
        `brand__staff__person__password__gte`, would answer questions about hashes, or about other brands."""
        names = [item if isinstance(item, str) else item[0] for item in self.list_filter if not isinstance(item, type)]
        return any(asks_only(self.model, name, lookup) for name in (*names, *self.lookups, self.date_hierarchy) if name)

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "brand") if obj and self.brand_path == "brand" and "brand" not in fixed else fixed

    def get_changeform_initial_data(self, request):
        initial = super().get_changeform_initial_data(request)
        own = self.brands_where(request, "add")
        chosen = chosen_brand(request)
        if self.brand_path == "brand" and chosen and (own is None or chosen in own):
            initial["brand"] = chosen
        elif self.brand_path == "brand" and own and len(own) == 1:
            initial["brand"] = next(iter(own))
        return initial

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    def changelist_view(self, request, extra_context=None):
        """A list opens with what the person keeps it open with, unless the address says how to show it."""
        if request.method == "GET" and not request.GET and (query := self.admin_site.opens_with(request, self)):
            return HttpResponseRedirect(f"?{query}")
        if WHOLE_LIST in request.GET:
            request.GET = request.GET.copy()
            del request.GET[WHOLE_LIST]
        return super().changelist_view(request, extra_context)

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

    def render_change_form(self, request, context, *args, **kwargs):
        context["show_history"] = self.admin_site.keeps_history(request, self.model)
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request, object_id, extra_context=None):
        """What was changed of the object, out of the history that the database keeps."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        return self.admin_site.history_of(request, self, obj)


class ReadOnlyAdmin(BrandScopedAdmin):
    """A screen to look at: nobody adds, changes or deletes here."""

    def offers(self, verb):
        return verb not in ("add", "change", "delete")


class BrandScopedInline(Scoped, TabularInline):
    """Rows inside another object's page: scoped by their own path to the brand, allowed by the role at the page's."""

    extra = 0
    show_change_link = True

    def get_queryset(self, request):
        return self.scope(request, super().get_queryset(request))

    def _may_here(self, request, verb: str, page) -> bool:
        if not self.may(request, verb):
            return False
        parent = admin.site._registry[self.parent_model]
        return page is None or parent.is_within(request, page, self.permission(verb))

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
