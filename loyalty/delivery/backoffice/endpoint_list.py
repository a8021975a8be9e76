"""The list of webhook endpoints with how each one is. What one does with an endpoint is in `endpoint_admin`."""

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty import clock
from loyalty.backoffice import BrandScopedAdmin
from loyalty.delivery.backoffice.wording import ENDPOINT_LABELS, lasting_told, state_of
from loyalty.delivery.webhooks.models import WebhookEndpoint
from loyalty.delivery.webhooks.selectors import COUNTED_MAX, health_of

EVENTS_SHOWN = 3
Status = WebhookEndpoint.Status


def events_told(endpoint: WebhookEndpoint) -> str:
    """Which events it asks for, in short."""
    if endpoint.events == ["*"]:
        return _("everything")
    more = len(endpoint.events) - EVENTS_SHOWN
    told = ", ".join(endpoint.events[:EVENTS_SHOWN])
    return _("%(told)s and %(n)s more") % {"told": told, "n": more} if more > 0 else told


def waiting_told(waiting: int) -> str:
    """How many wait; of very many that there are more."""
    return _("more than %(n)s") % {"n": f"{COUNTED_MAX:,}"} if waiting >= COUNTED_MAX else f"{waiting:,}"


class EndpointList(BrandScopedAdmin):
    """Addresses that are told of events; removed ones are shown to whoever asks for them."""

    resource = "webhooks"
    brand_path = "brand"
    list_display = ("named", "state", "success", "waiting", "oldest", "succeeded", "failing")
    list_filter = ("status", "brand")
    list_select_related = ("brand",)
    search_fields = ("url", "description")
    ordering = ("-id",)

    def get_queryset(self, request):
        found = super().get_queryset(request)
        is_list = request.resolver_match and request.resolver_match.url_name.endswith("_changelist")
        return found.exclude(status=Status.REMOVED) if is_list and "status__exact" not in request.GET else found

    def prepare_rows(self, request, rows):
        """How they are, in one query."""
        found, now = health_of(rows), clock.now()
        for row in rows:
            row.health, row.state_told = found[row.pk], state_of(row, now)

    @display(description=gettext_lazy("Endpoint"), ordering="description")
    def named(self, endpoint):
        if not endpoint.description:
            return endpoint.url
        return format_html("{}<br><small>{}</small>", endpoint.description, endpoint.url)

    @display(description=gettext_lazy("State"), ordering="status", label=ENDPOINT_LABELS)
    def state(self, endpoint):
        return endpoint.state_told

    @display(description=gettext_lazy("Success in 24 h"), empty_value="-")
    def success(self, endpoint):
        per_cent = endpoint.health.success_percent
        return None if per_cent is None else format_html('<span class="figure">{} %</span>', per_cent)

    @display(description=gettext_lazy("Waiting"))
    def waiting(self, endpoint):
        if not endpoint.health.waiting:
            return "0"
        at = reverse("admin:loyalty_webhookdelivery_changelist")
        told = waiting_told(endpoint.health.waiting)
        return format_html(
            '<a class="ly-link" href="{}?endpoint__id__exact={}&status__exact=waiting"><u>{}</u></a>',
            at,
            endpoint.pk,
            told,
        )

    @display(description=gettext_lazy("Oldest waits for"), empty_value="-")
    def oldest(self, endpoint):
        return lasting_told(endpoint.health.oldest_seconds) or None

    @display(description=gettext_lazy("Last success"), ordering="succeeded_at", empty_value="-")
    def succeeded(self, endpoint):
        return naturaltime(endpoint.succeeded_at) if endpoint.succeeded_at else None

    @display(description=gettext_lazy("Fails since"), ordering="failing_since", empty_value="-")
    def failing(self, endpoint):
        return naturaltime(endpoint.failing_since) if endpoint.failing_since else None
