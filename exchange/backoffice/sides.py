"""What stands between two programs belongs to both their brands: who sees it, and how the pair is called."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from exchange.rates.models import Agreement
from loyalty.backoffice import brands_where, chosen_brand
from programs.membership.models import Program


def programs_within(brands: Collection[UUID]) -> list[UUID]:
    """The programs of these brands, which are few."""
    return list(Program.objects.filter(brand__in=brands).order_by("pk").values_list("pk", flat=True))


def of_either_side(rows: QuerySet, brands: Collection[UUID] | None) -> QuerySet:
    """The rows of pairs of which a brand has one side; None: all of them."""
    if brands is None:
        return rows
    programs = programs_within(brands) if brands else []
    return rows.filter(Q(from_program__in=programs) | Q(to_program__in=programs)) if programs else rows.none()


def looked_at(request: HttpRequest, permission: str) -> set[UUID] | None:
    """The brands of which a page shows something: the one that is looked at, or all where the person may; None: all."""
    brands, chosen = brands_where(request, permission), chosen_brand(request)
    if chosen is None:
        return brands
    return {chosen} if brands is None or chosen in brands else set()


def own_programs(request: HttpRequest, permission: str) -> QuerySet[Program]:
    """The programs that are open, of the brands at which the person may do that."""
    brands = looked_at(request, permission)
    found = Program.objects.filter(status=Program.Status.ACTIVE).select_related("brand", "unit").order_by("name")
    return found if brands is None else found.filter(brand__in=brands)


def is_one_of(brands: Collection[UUID] | None, *programs: Program) -> bool:
    """Whether one of the programs is of these brands; None: all brands."""
    return brands is None or any(program.brand_id in brands for program in programs)


def pair_told(from_program: Program, to_program: Program) -> str:
    """The pair in short: SKY → SHOP."""
    return f"{from_program.code} → {to_program.code}"


class OfBothSides:
    """A screen whose rows are seen by the brands of both their programs."""

    brand_path = "from_program__brand"

    def within(self, queryset, brands):
        return of_either_side(queryset, brands)


class SideFilter(admin.SimpleListFilter):
    """By the pair, of those that the person sees. The pairs are those with an agreement, which are few."""

    title = _("pair")
    parameter_name = "pair"

    def lookups(self, request, model_admin):
        from_to = _pairs_of(request, model_admin.permission("view"))
        return [(f"{one}.{two}", told) for one, two, told in from_to]

    def queryset(self, request, queryset):
        ends = _uuids(self.value() or "")
        return queryset.filter(from_program=ends[0], to_program=ends[1]) if ends else queryset


def _pairs_of(request: HttpRequest, permission: str) -> Iterable[tuple[UUID, UUID, str]]:
    found = of_either_side(Agreement.objects.all(), looked_at(request, permission))
    rows = found.order_by("from_program__code", "to_program__code").values_list(
        "from_program", "to_program", "from_program__code", "to_program__code"
    )
    return dict.fromkeys((one, two, f"{first} → {second}") for one, two, first, second in rows)


def _uuids(text: str) -> tuple[UUID, UUID] | None:
    one, _dot, two = text.partition(".")
    try:
        return UUID(one), UUID(two)
    except ValueError:
        return None
