"""What the tests of webhooks share: a receiver on this machine, endpoints of the cafe, events."""

import uuid

import pytest
from django.db import transaction

from loyalty.delivery.webhooks import signing
from loyalty.delivery.webhooks.models import WebhookEndpoint
from loyalty.delivery.webhooks.tests.receiving import Receiver
from loyalty.events import log, reading
from loyalty.identity.principals import Principal
from loyalty.testing.log import settle_log


@pytest.fixture(autouse=True)
def loopback(settings):
    """Receivers of tests are on this machine."""
    settings.WEBHOOKS_ALLOW_LOOPBACK = True


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def endpoint_at(cafe):
    """A function that makes an endpoint of the cafe for this address."""

    def make(url: str, *events: str, brand=cafe, **more) -> WebhookEndpoint:
        settle_log()
        given = {"events": list(events or ("*",)), "secret": signing.new_secret(), "position": reading.settled_id()}
        return WebhookEndpoint.objects.create(brand=brand, url=url, **given | more)

    return make


@pytest.fixture
def endpoint(endpoint_at, receiver):
    """The cafe's endpoint, which asks for everything."""
    return endpoint_at(receiver.url())


@pytest.fixture
def earned(cafe):
    """A function that writes points.earned events of one aggregate, and has them settled."""

    def write(count: int = 1, *, aggregate: uuid.UUID | None = None, brand=cafe, type: str = "points.earned"):
        aggregate = aggregate or uuid.uuid4()
        with transaction.atomic():
            events = [
                log.record(
                    type,
                    brand_id=brand and brand.id,
                    aggregate_id=aggregate,
                    data={
                        "transaction_id": str(uuid.uuid4()),
                        "points": 5,
                        "balance_after": 5,
                        "reference": f"order {n}",
                    },
                )
                for n in range(count)
            ]
        settle_log()
        return events

    return write


@pytest.fixture
def operator_principal(operator):
    return Principal(kind="person", id=operator.id, actor=f"person:{operator.id}", is_operator=True)
