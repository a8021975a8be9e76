"""Lists of the portal as people read them: called what the menu calls them, figures with their separators, and columns
that are worked out for a whole page at once."""

from collections.abc import Callable, Sequence
from functools import cache

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.formats import number_format
from django.utils.text import capfirst
from unfold.views import ChangeList


class RowsChangeList(ChangeList):
    """A list of the brand that is looked at. Lets the screen work out columns for the whole page at once, in a constant
    number of queries."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.title = capfirst(self.opts.verbose_name_plural)

    def get_queryset(self, request, exclude_parameters=None):
        return self.model_admin.narrowed(request, super().get_queryset(request, exclude_parameters))

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.prepare_rows(request, self.result_list)


def with_figures(model: type[models.Model], columns: Sequence) -> list:
    """These columns; those of whole numbers write them as the language does: 1,500."""
    return [_figure(model, name) if _is_count(model, name) else name for name in columns]


def _is_count(model: type[models.Model], name: str | Callable) -> bool:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return isinstance(field, models.IntegerField) and not (field.primary_key or field.choices)


@cache
def _figure(model: type[models.Model], name: str) -> Callable:
    """The same for every request: a list sorts by the column that it offered."""
    field = model._meta.get_field(name)

    @admin.display(description=field.verbose_name, ordering=name)
    def figure(row):
        count = getattr(row, name)
        return None if count is None else number_format(count, force_grouping=True)

    figure.__name__ = name
    return figure
