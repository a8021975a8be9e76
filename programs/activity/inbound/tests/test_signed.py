"""POST /api/events/from/{source}: systems that sign what they send."""

import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from loyalty import clock
from loyalty.testing.clients import JsonClient
from programs.activity.inbound.models import EventSource, InboundEvent
from programs.activity.inbound.sources import create_source, rotate_secret
from programs.activity.tests.tills import available, fresh, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(cafe, beans):
    """A source of the cafe, with its secret as `plain`."""
    source, source.plain = create_source(cafe, name="Shop", program=beans, location_id="web", actor="system:test")
    return source


def order(**more) -> dict:
    data = {"reference": fresh("order"), "amount": "12.50"}
    said = {"specversion": "1.0", "id": fresh("event"), "source": "/shop", "type": "order.paid", "subject": "ana"}
    return said | {"data": data} | more


def send(source, body, *, secret: str = "", at=None, **headers):
    raw, at = json.dumps(body).encode(), at or clock.now()
    signed = Webhook(secret or source.plain).sign("msg_1", at, raw.decode())
    said = {"webhook_id": "msg_1", "webhook_timestamp": str(int(at.timestamp())), "webhook_signature": signed} | headers
    meta = {f"HTTP_{name.upper()}": value for name, value in said.items() if value}
    path = f"/api/events/from/{getattr(source, 'id', source)}"
    return JsonClient().generic("POST", path, raw, "application/cloudevents+json", **meta)


def test_what_the_source_signed_is_taken_in(api, shop, ana_beans):
    answer = send(shop, order(id="1"))

    assert (answer.status_code, answer.json()) == (
        202, {"events": [{"id": "1", "source": "/shop", "type": "order.paid", "status": "done"}]},
    )  # fmt: skip
    assert available(api) == 12
    event = InboundEvent.objects.get()
    assert (event.sender_id, event.actor) == (shop.id, f"source:{shop.id}")


def test_a_batch_is_taken_in(shop, ana_beans):
    raw, at = json.dumps([order(), order()]).encode(), clock.now()
    headers = {
        "HTTP_WEBHOOK_ID": "1", "HTTP_WEBHOOK_TIMESTAMP": str(int(at.timestamp())),
        "HTTP_WEBHOOK_SIGNATURE": Webhook(shop.plain).sign("1", at, raw.decode()),
    }  # fmt: skip

    path = f"/api/events/from/{shop.id}"
    answer = JsonClient().generic("POST", path, raw, "application/cloudevents-batch+json", **headers)

    assert [one["status"] for one in answer.json()["events"]] == ["done", "done"]


def test_what_is_refused_in_a_batch_keeps_nothing_after_it_out(shop, ana_beans):
    send(shop, order(id="1"))
    raw, at = json.dumps([order(id="0"), order(id="1"), order(id="2")]).encode(), clock.now()
    headers = {
        "HTTP_WEBHOOK_ID": "1", "HTTP_WEBHOOK_TIMESTAMP": str(int(at.timestamp())),
        "HTTP_WEBHOOK_SIGNATURE": Webhook(shop.plain).sign("1", at, raw.decode()),
    }  # fmt: skip

    path = f"/api/events/from/{shop.id}"
    answer = JsonClient().generic("POST", path, raw, "application/cloudevents-batch+json", **headers)

    assert refusal(answer) == (422, "event-id-reused")
    assert set(InboundEvent.objects.values_list("event_key", "status")) == {(name, "done") for name in "012"}


@pytest.mark.parametrize(
    "how",
    [
        {"webhook_signature": ""},
        {"webhook_id": ""},
        {"webhook_timestamp": ""},
        {"webhook_timestamp": "now"},
        {"webhook_id": "msg_2"},
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": "v1a,whatever nonsense"},
        {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
        {"at": -timedelta(minutes=6)},
        {"at": timedelta(minutes=6)},
    ],
)
def test_a_wrong_old_or_missing_signature_is_refused(shop, ana_beans, how):
    if "at" in how:
        how = {"at": clock.now() + how["at"]}

    assert refusal(send(shop, order(), **how)) == (401, "signature-invalid")
    assert not InboundEvent.objects.exists()


def test_a_changed_body_is_refused(shop, ana_beans):
    signed = send(shop, order()).wsgi_request
    raw = json.dumps(order()).encode()
    headers = {name: signed.META[name] for name in signed.META if name.startswith("HTTP_WEBHOOK")}

    answer = JsonClient().generic("POST", f"/api/events/from/{shop.id}", raw, "application/cloudevents+json", **headers)

    assert refusal(answer) == (401, "signature-invalid")


def test_the_secret_before_is_taken_while_it_changes_over(shop, ana_beans):
    _, fresh_secret = rotate_secret(shop, actor="system:test")

    assert {send(shop, order(), secret=one).status_code for one in (shop.plain, fresh_secret)} == {202}
    EventSource.objects.update(previous_until=clock.now())
    assert send(shop, order(), secret=fresh_secret).status_code == 202
    assert refusal(send(shop, order()))[0] == 401


def test_a_source_that_is_off_or_nobodys_is_not_there(shop, ana_beans):
    assert refusal(send("0190a8a0-0000-7000-8000-000000000000", order(), secret=shop.plain))[0] == 401
    assert refusal(send("shop", order(), secret=shop.plain))[0] == 401
    EventSource.objects.update(is_active=False)
    assert refusal(send(shop, order()))[0] == 401


def test_a_source_sends_so_much_and_no_more(shop, ana_beans, settings):
    settings.EVENT_SOURCE_RATE = "2/m"

    assert [send(shop, order()).status_code for _ in range(3)] == [202, 202, 429]


def test_sources_are_entered_changed_and_given_new_secrets(api, bistro_api, beans):
    made = api.post("/api/event-sources", {"name": "Shop", "program_id": "BEANS"})
    source = made.json()
    assert (made.status_code, source["secret"][:6], source["program_id"]) == (201, "whsec_", str(beans.id))

    at = f"/api/event-sources/{source['id']}"
    assert refusal(api.post("/api/event-sources", {"name": "Shop"})) == (409, "event-source-taken")
    assert refusal(api.post("/api/event-sources", {"name": "Till", "kind": "square"})) == (422, "secret-required")
    assert "secret" not in api.get(at).json()
    assert api.patch(at, {"is_active": False, "program_id": None}).json()["program_id"] is None
    assert api.post(f"{at}/rotate", {}).json()["secret"] != source["secret"]
    assert [one["name"] for one in api.get("/api/event-sources").json()["results"]] == ["Shop"]
    assert (refusal(bistro_api.get(at))[0], bistro_api.get("/api/event-sources").json()["results"]) == (404, [])
