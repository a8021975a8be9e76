"""Switching an endpoint off for what it did, and telling the brand."""

from uuid import UUID

from loyalty import clock
from loyalty.delivery.webhooks import letters
from loyalty.delivery.webhooks.models import WebhookEndpoint
from loyalty.events import log
from loyalty.identity.mails import send_mail_later
from loyalty.identity.models import Staff

GONE = "It answered 410 Gone."
FAILING = "It has taken nothing for five days."


def disable(endpoint_id: UUID, reason: str) -> bool:
    """Sends nothing more to the endpoint until somebody enables it; what waits for it stays. In the caller's
    transaction: the event webhook.disabled is recorded and the brand's admins are sent a mail. Repeating it, and
    disabling one that is not active, does nothing; answers whether it did."""
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(id=endpoint_id).first()
    if endpoint is None or endpoint.status != WebhookEndpoint.Status.ACTIVE:
        return False
    endpoint.status, endpoint.status_reason = WebhookEndpoint.Status.DISABLED, reason
    endpoint.status_at = clock.now()
    endpoint.save(update_fields=["status", "status_reason", "status_at"])
    log.record(
        "webhook.disabled",
        brand_id=endpoint.brand_id,
        aggregate_id=endpoint.id,
        data={"endpoint_id": str(endpoint.id), "reason": reason},
    )
    admins = Staff.objects.filter(brand_id=endpoint.brand_id, role=Staff.Role.ADMIN, person__is_active=True)
    facts = {"brand_id": str(endpoint.brand_id), "endpoint_id": str(endpoint.id)}
    for person_id in admins.values_list("person_id", flat=True):
        send_mail_later(letters.DISABLED, person_id, facts)
    return True
