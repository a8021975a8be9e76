"""The mail to a brand's admins when one of their endpoints was switched off."""

from django.conf import settings
from django.urls import reverse

from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.identity.mails import prepares
from loyalty.identity.models import Person

DISABLED = "webhook_disabled"
COUNTED_MAX = 100_000


@prepares(DISABLED)
def disabled(person: Person, facts: dict) -> dict | None:
    """Where it was sent, how many events wait, and the page where it is enabled; no mail where it is enabled by now."""
    endpoint = WebhookEndpoint.objects.filter(id=facts["endpoint_id"], status=WebhookEndpoint.Status.DISABLED).first()
    if endpoint is None:
        return None
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, status=WebhookDelivery.Status.WAITING)
    return {
        "name": str(endpoint),
        "url": endpoint.url,
        "reason": endpoint.status_reason,
        "waiting": waiting[:COUNTED_MAX].count(),
        "link": settings.SITE_URL + reverse("admin:loyalty_webhookendpoint_change", args=[endpoint.id]),
    }
