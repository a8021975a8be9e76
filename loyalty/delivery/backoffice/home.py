"""What this room shows on the portal's first page: endpoints that were switched off, and what to do about it."""

from django.contrib import admin
from django.http import HttpRequest

from loyalty.backoffice_home import Panel, panel
from loyalty.delivery.webhooks.models import WebhookEndpoint

SHOWN = 5
DISABLED = WebhookEndpoint.Status.DISABLED


@panel(order=14, permission="webhooks.view")
def switched_off(request: HttpRequest) -> Panel | None:
    """Which endpoints are switched off, why, and what to do. One query, on the first page alone."""
    screen = admin.site._registry[WebhookEndpoint]
    found = screen.narrowed(request, screen.get_queryset(request)).filter(status=DISABLED)
    rows = list(found.order_by("-status_at")[: SHOWN + 1])
    if not rows:
        return None
    return Panel("admin/delivery/home_webhooks.html", {"rows": rows[:SHOWN], "has_more": len(rows) > SHOWN})
