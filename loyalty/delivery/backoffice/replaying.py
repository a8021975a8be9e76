"""The page that sends the events of a time again: it says how many they are before it does."""

from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.backoffice import allowed, mistakes_in, visible
from loyalty.backoffice_menu import page
from loyalty.delivery.backoffice.endpoint_forms import ReplayForm
from loyalty.delivery.webhooks.models import WebhookEndpoint
from loyalty.delivery.webhooks.resending import count_replay, replay
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of

MAY = "webhooks.replay"
SEND = "send"


@page("webhooks/<uuid:endpoint_id>/replay/", name="webhook_replay")
@allowed(MAY)
def replay_page(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Asks from when to when, tells how many events that are, and sends them again when that is confirmed."""
    endpoint = visible(request, WebhookEndpoint).exclude(status=WebhookEndpoint.Status.REMOVED).filter(pk=endpoint_id)
    endpoint = endpoint.select_related("brand").first()
    if endpoint is None:
        raise Http404
    if not request.user.has_perm(MAY, endpoint.brand_id):
        raise PermissionDenied
    form, counted, refusals = ReplayForm(request.POST or None), None, []
    if request.method == "POST" and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("since", "until")}
        try:
            if request.POST.get("act") == SEND:
                return _sent(request, endpoint, asked)
            counted = count_replay(principal_of(request), endpoint, **asked)
        except LoyaltyError as refusal:
            refusals = mistakes_in(refusal)
    context = {
        **admin.site.each_context(request), "title": _("Replay a time"), "endpoint": endpoint, "form": form,
        "counted": counted, "refusals": refusals, "zone": timezone.get_current_timezone_name(),
        "back": _page_of(endpoint),
    }  # fmt: skip
    return TemplateResponse(request, "admin/delivery/replay.html", context)


def _sent(request: HttpRequest, endpoint: WebhookEndpoint, asked: dict) -> HttpResponse:
    count = replay(principal_of(request), endpoint, **asked)
    told = ngettext("%(n)s event is sent again.", "%(n)s events are sent again.", count)
    messages.success(request, told % {"n": f"{count:,}"})
    return HttpResponseRedirect(_page_of(endpoint))


def _page_of(endpoint: WebhookEndpoint) -> str:
    return reverse("admin:loyalty_webhookendpoint_change", args=[endpoint.pk])
