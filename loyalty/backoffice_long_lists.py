"""Lists of what only ever grows, and is never counted, sorted or leafed through by number: newest first, a page after a
row or before one, so that the last page costs what the first does. What is searched for in them has an index."""

from typing import ClassVar

from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from loyalty.backoffice import ReadOnlyAdmin, RowsChangeList
from loyalty.backoffice_paginators import UncountedPaginator

AFTER, BEFORE = "after", "before"


class LongChangeList(RowsChangeList):
    """A page is named by the row that it comes after, or before: `p=after.4711`. A number names the first one."""

    def get_ordering(self, request, queryset):
        return ["-pk"]

    def get_results(self, request):
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        way, _dot, row = request.GET.get(PAGE_VAR, "").partition(".")
        try:
            rows, is_more_before, is_more_after = self._rows(way, row)
        except (ValueError, ValidationError):
            rows, is_more_before, is_more_after = self._rows("", "")
        self.result_list = rows
        self.result_count = len(rows)
        self.full_result_count = len(rows)
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all, self.multi_page = False, False
        self.newer = is_more_before and self.get_query_string({PAGE_VAR: f"{BEFORE}.{rows[0].pk}"})
        self.older = is_more_after and self.get_query_string({PAGE_VAR: f"{AFTER}.{rows[-1].pk}"})
        self.model_admin.prepare_rows(request, rows)

    def first_of(self, rows, order: str, most: int) -> list:
        """The first of these rows in that order. A list that no single index serves finds them its own way."""
        return list(rows.order_by(order)[:most])

    def _rows(self, way: str, row: str) -> tuple[list, bool, bool]:
        """The rows of a page, and whether there are more before and after it."""
        size = self.list_per_page
        if way == BEFORE:
            found = self.first_of(self.queryset.filter(pk__gt=row), "pk", size + 1)
            if len(found) >= size:
                return found[:size][::-1], len(found) > size, True
            way = ""
        older = self.queryset.filter(pk__lt=row) if way == AFTER else self.queryset
        found = self.first_of(older, "-pk", size + 1)
        if way == AFTER and not found:
            return self._rows("", "")
        return found[:size], way == AFTER, len(found) > size


class LongListAdmin(ReadOnlyAdmin):
    """A screen of a list that only grows."""

    paginator = UncountedPaginator
    sortable_by: ClassVar[tuple[str, ...]] = ()
    ordering = ("-pk",)

    def get_changelist(self, request: HttpRequest, **kwargs):
        return LongChangeList
