"""What this room shows on the portal's first page: endpoints that were switched off, and what to do about it."""

from django.contrib import admin
from django.http import HttpRequest

from loyalty.backoffice_home import Panel, panel
from loyalty.backoffice_menu import waits
from loyalty.delivery.webhooks.models import WebhookEndpoint

SHOWN = 5
DISABLED = WebhookEndpoint.Status.DISABLED


def disabled_ones(request: HttpRequest) -> list[WebhookEndpoint]:
    """Endpoints that were switched off, the newest first, of those that the person sees. One query in a request."""
    if not hasattr(request, "_endpoints_disabled"):
        screen = admin.site._registry[WebhookEndpoint]
        found = screen.narrowed(request, screen.get_queryset(request)).filter(status=DISABLED)
        request._endpoints_disabled = list(found.order_by("-status_at")[:100])
    return request._endpoints_disabled


@waits(
    "loyalty.WebhookEndpoint", one="%(n)s webhook endpoint is switched off",
    many="%(n)s webhook endpoints are switched off", query="?status__exact=disabled", is_alarm=True,
)  # fmt: skip
def endpoints_off(request: HttpRequest) -> int:
    """Those that failed for days, or said that they are gone."""
    return len(disabled_ones(request))


@panel(order=14, permission="webhooks.view")
def switched_off(request: HttpRequest) -> Panel | None:
    """Which endpoints are switched off, why, and what to do."""
    found = disabled_ones(request)
    if not found:
        return None
    return Panel("admin/delivery/home_webhooks.html", {"rows": found[:SHOWN], "has_more": len(found) > SHOWN})
