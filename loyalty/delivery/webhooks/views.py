"""The addresses of webhooks: where events are sent, with which secret, and what came of it."""

from collections.abc import Callable

from django.http import HttpResponse

from loyalty.delivery.webhooks import docs, operations, patterns, selectors, serializers
from loyalty.events import catalogue
from loyalty.http.etags import conditional
from loyalty.http.idempotency import answer_once, given_key, idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import find_brand


def once_but_secret(request, make: Callable[[], tuple[HttpResponse, object]]) -> HttpResponse:
    """Answers once under the caller's key. `make` gives the answer as it is kept, without the secret, and as it goes
    out: what is kept for repetitions is no place for secrets."""
    shown: list[object] = []

    def answer() -> HttpResponse:
        kept, told = make()
        shown.append(told)
        return kept

    response = answer_once(request, given_key(request), answer)
    if shown and response.status_code < 400:
        response.content = reply(shown[0]).content
    return response


class WebhooksView(ApiView):
    """Where a brand's systems are told what happens."""

    @operation("List webhooks", **docs.LIST)
    def get(self, request):
        """Newest first. Secrets are not shown."""
        asked = query(request, serializers.WebhookFilters)
        found = selectors.visible_endpoints(self.principal)
        found = found.filter(brand_id=find_brand(self.principal, asked.brand_id).id) if asked.brand_id else found
        found = found.filter(status=asked.status) if asked.status else found
        return conditional(request, page(request, found, render=serializers.webhook_answer))

    @operation("Add a webhook", **docs.ADD)
    def post(self, request):
        """Events that fit are sent from now on, each as a POST of JSON signed as Standard Webhooks has it
        (`webhook-id`, `webhook-timestamp`, `webhook-signature`), at least once, in order for each `aggregate_id`. Any
        2xx within 15 seconds takes an event; else it is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h,
        20 h and 24 h. 410 disables the webhook, and so do five days of nothing but failures. The secret is answered
        once, and not when the request is repeated with its idempotency key."""
        given = serializers.asked(read(request, serializers.NewWebhook))
        brand, url, events = given.pop("brand_id"), given.pop("url"), given.pop("events")

        def make():
            made, secret = operations.add_endpoint(self.principal, brand, url, events, **given)
            kept = reply(serializers.webhook_created(made, None), 201, {"Location": f"/api/webhooks/{made.id}"})
            return kept, serializers.webhook_created(made, secret)

        return once_but_secret(request, make)


class WebhookView(ApiView):
    """One webhook."""

    @operation("Show a webhook", **docs.SHOW)
    def get(self, request, webhook):
        """With how it fares. Its secret is not shown."""
        found = selectors.find_endpoint(self.principal, webhook)
        return conditional(request, serializers.webhook_detail(found, selectors.health_of([found])[found.id]))

    @operation("Change a webhook", **docs.CHANGE)
    def patch(self, request, webhook):
        """What waits goes to the new address. What did not fit when it happened is not sent later, but can be
        replayed."""
        changes = serializers.asked(read(request, serializers.WebhookPatch))
        return reply(serializers.webhook_answer(operations.change_endpoint(self.principal, webhook, changes)))

    @operation("Remove a webhook", **docs.REMOVE)
    def delete(self, request, webhook):
        """Nothing more is sent; what waits is cancelled. It cannot be taken back."""
        operations.remove_endpoint(self.principal, webhook)
        return reply(status=204)


class WebhookTestView(ApiView):
    """Trying a webhook out."""

    @operation("Test a webhook", **docs.TEST)
    @idempotent
    def post(self, request, webhook):
        """Sends an event `webhook.test`, whatever the webhook asks for. Look at the delivery to see what came of
        it."""
        read(request, serializers.Nothing)
        made = operations.send_test(self.principal, webhook)
        return reply(serializers.delivery_answer(made), 201, {"Location": _path_of(made)})


class WebhookRotateView(ApiView):
    """Changing the secret."""

    @operation("Rotate a webhook's secret", **docs.ROTATE)
    def post(self, request, webhook):
        """For `keep_hours` what is sent bears two signatures, by the new secret and by the one before, so that a
        receiver can change over. The secret is answered once, and not when the request is repeated with its idempotency
        key."""
        keep_hours = read(request, serializers.Rotation).keep_hours

        def make():
            secret = operations.rotate_secret(self.principal, webhook, keep_hours)
            until = selectors.find_endpoint(self.principal, webhook).previous_until
            kept = reply(serializers.SecretAnswer(secret=None, previous_secret_until=until))
            return kept, serializers.SecretAnswer(secret=secret, previous_secret_until=until)

        return once_but_secret(request, make)


class WebhookPauseView(ApiView):
    """Pausing."""

    @operation("Pause a webhook", **docs.PAUSE)
    def post(self, request, webhook):
        """Nothing is sent until it is enabled; what happens meanwhile is sent then."""
        read(request, serializers.Nothing)
        return reply(serializers.webhook_answer(operations.pause(self.principal, webhook)))


class WebhookEnableView(ApiView):
    """Going on."""

    @operation("Enable a webhook", **docs.ENABLE)
    def post(self, request, webhook):
        """One that was paused or disabled goes on where it stopped, with what waits first."""
        read(request, serializers.Nothing)
        return reply(serializers.webhook_answer(operations.enable(self.principal, webhook)))


class WebhookReplayView(ApiView):
    """Sending a time once more."""

    @operation("Replay events to a webhook", **docs.REPLAY)
    @idempotent
    def post(self, request, webhook):
        """Sends the events that were recorded in that time and that the webhook asks for once more, with the same ids:
        a receiver that has them knows them by these. At most 100,000 at once."""
        asked = read(request, serializers.Replay)
        count = operations.replay(self.principal, webhook, asked.from_, asked.to, asked.types)
        return reply(serializers.ReplayAnswer(events=count), 202)


class DeliveriesView(ApiView):
    """What was sent to a webhook."""

    @operation("List deliveries of a webhook", **docs.LIST_DELIVERIES)
    def get(self, request, webhook):
        """Newest first, with every try. What receivers answer is not kept, but for the status."""
        asked = query(request, serializers.DeliveryFilters)
        found = selectors.find_endpoint(self.principal, webhook)
        narrowed = selectors.deliveries_of(
            found, status=asked.status or "", type=asked.type or "", event_id=asked.event_id
        )
        return reply(page(request, narrowed, render=serializers.delivery_answer))


class DeliveryView(ApiView):
    """One delivery."""

    @operation("Show a delivery", **docs.SHOW_DELIVERY)
    def get(self, request, webhook, delivery):
        """With every try."""
        found = selectors.find_delivery(self.principal, delivery, endpoint=webhook)
        return conditional(request, serializers.delivery_answer(found))


class RedeliverView(ApiView):
    """Sending one event once more."""

    @operation("Redeliver an event", **docs.REDELIVER)
    @idempotent
    def post(self, request, webhook, delivery):
        """With the same id, at once, or as soon as nothing older of its aggregate is on its way."""
        read(request, serializers.Nothing)
        found = selectors.find_delivery(self.principal, delivery, endpoint=webhook)
        return reply(serializers.delivery_answer(operations.redeliver(self.principal, found)), 202)


class EventTypesView(ApiView):
    """What webhooks may ask for."""

    @operation("List event types", **docs.EVENT_TYPES)
    def get(self, request):
        """Their data is described at /api/asyncapi."""
        found = [catalogue.newest(type) for type in patterns.types_known()]
        return conditional(
            request, serializers.EventTypesAnswer(results=list(map(serializers.event_type_answer, found)))
        )


def _path_of(delivery) -> str:
    return f"/api/webhooks/{delivery.endpoint_id}/deliveries/{delivery.id}"
