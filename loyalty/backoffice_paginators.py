"""How the portal's lists are cut into pages."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from unfold.paginator import InfinitePaginator

SHORT_ROWS = 1_000


class ListPaginator(Paginator):
    """Of a long list the keys of the page are found first and its rows then, so that what is sorted and passed over
    does not carry along all that the rows are shown with."""

    def page(self, number):
        page = super().page(number)
        if self.count > SHORT_ROWS:
            keys = list(page.object_list.values_list("pk", flat=True))
            page.object_list = self.object_list.filter(pk__in=keys)
        return page


class UncountedPaginator(InfinitePaginator):
    """Knows the size of a page, and that there may be another one."""

    template_name = "admin/before_and_after.html"

    @cached_property
    def count(self):
        return self.per_page + 1
