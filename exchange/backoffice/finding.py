"""Exchanges for the portal's search: by their whole id."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exchange.backoffice.exchange_list import title_of
from exchange.backoffice.sides import pair_told
from exchange.requests.models import Exchange
from loyalty.backoffice_search import Found, finds
from loyalty.identity.selectors import as_uuid


@finds(_("Exchanges"), icon="currency_exchange", permission="exchanges.view", order=7, by=_("the whole id"))
def found_exchanges(request: HttpRequest, text: str, limit: int) -> list[Found]:
    """The exchange of this id, if the person sees it."""
    uuid = as_uuid(text)
    if uuid is None:
        return []
    screen = admin.site._registry[Exchange]
    rows = screen.narrowed(request, screen.get_queryset(request)).filter(pk=uuid)
    return [
        Found(
            title_of(row),
            f"{pair_told(row.from_program, row.to_program)} · {row.get_status_display()}",
            reverse("admin:exchange_exchange_change", args=[row.pk]),
        )
        for row in rows.select_related("from_program__unit", "to_program__unit")[:limit]
    ]
