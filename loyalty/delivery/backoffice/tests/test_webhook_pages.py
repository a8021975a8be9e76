"""Webhooks on the portal: made with a secret that is shown once, tried, paused, rotated, replayed and removed."""

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from loyalty import clock
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.events import log
from loyalty.events.models import Event
from loyalty.testing.log import settle_log

pytestmark = pytest.mark.django_db
ADD = {"url": "https://crm.example.com/in", "description": "CRM", "events": ["points.*", "member.created"]}


def at(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


def page(name: str, endpoint) -> str:
    return at(f"loyalty_webhookendpoint_{name}", endpoint.pk)


def body(answer) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def press(client, endpoint, button: str, **form):
    return client.post(page(button, endpoint), {"request_key": uuid4(), "reason": "Because", **form})


def happened(endpoint) -> Event:
    with transaction.atomic():
        return log.record("test.happened", brand_id=endpoint.brand_id, aggregate_id=uuid4())


def sent(endpoint, **more) -> WebhookDelivery:
    event = happened(endpoint)
    return WebhookDelivery.objects.create(
        endpoint=endpoint, event_number=event.pk, event_id=event.event_id, type=event.type,
        aggregate_id=event.aggregate_id, sequence=event.sequence, **more,
    )  # fmt: skip


def test_an_endpoint_is_made_and_its_secret_shown_once(desk, cafe):
    form = ADD | {"brand": cafe.pk, "in_flight_max": 4, "request_key": uuid4()}

    shown = desk.admin.post(at("loyalty_webhookendpoint_add"), form)

    made = WebhookEndpoint.objects.get()
    assert (made.url, made.events, made.in_flight_max) == (ADD["url"], ADD["events"], 4)
    assert made.secret in body(shown) and "no-store" in shown["Cache-Control"]
    assert made.secret not in body(desk.admin.get(page("change", made)))
    assert desk.staff.get(at("loyalty_webhookendpoint_add")).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"url": "https://127.0.0.1/x"}, "open internet"),
        ({"url": "http://x.example"}, "https://"),
        ({"events": []}, "Choose what"),
    ],
)
def test_what_is_refused_is_told_and_nothing_is_made(desk, cafe, settings, wrong, told):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    form = ADD | {"brand": cafe.pk, "in_flight_max": 4, "request_key": uuid4()} | wrong

    assert told in body(desk.admin.post(at("loyalty_webhookendpoint_add"), form))
    assert not WebhookEndpoint.objects.exists()


def test_nobody_makes_one_for_another_brand(desk, bistro):
    form = ADD | {"brand": bistro.pk, "in_flight_max": 4, "request_key": uuid4()}

    assert desk.admin.post(at("loyalty_webhookendpoint_add"), form).status_code == 200
    assert not WebhookEndpoint.objects.exists()


def test_it_is_changed_paused_and_enabled_by_admins(desk, endpoint):
    form = {"url": endpoint.url, "description": "New", "in_flight_max": 2, "events": ["*"], "request_key": uuid4()}
    desk.admin.post(page("edit", endpoint), form)
    assert press(desk.staff, endpoint, "pause").status_code == 403
    press(desk.admin, endpoint, "pause", reason="Moving")

    endpoint.refresh_from_db()
    assert (endpoint.description, endpoint.in_flight_max) == ("New", 2)
    assert (endpoint.status, endpoint.status_reason) == ("paused", "Moving")

    press(desk.admin, endpoint, "enable")

    endpoint.refresh_from_db()
    assert endpoint.status == "active"


def test_a_new_secret_is_shown_once_and_the_old_one_goes_on_for_a_day(desk, endpoint):
    shown = press(desk.admin, endpoint, "rotate")

    endpoint.refresh_from_db()
    assert endpoint.previous_secret == "whsec_c2VjcmV0" and endpoint.secret in body(shown)
    assert press(desk.staff, endpoint, "rotate").status_code == 403


def test_a_test_event_leads_to_the_page_of_its_delivery(desk, endpoint):
    answer = press(desk.staff, endpoint, "test")

    delivery = WebhookDelivery.objects.get()
    assert answer.headers["Location"] == at("loyalty_webhookdelivery_change", delivery.pk)
    assert 'data-live="true"' in desk.staff.get(answer.headers["Location"]).content.decode()


def test_a_removed_endpoint_is_gone_from_the_list_and_can_be_read(desk, endpoint):
    press(desk.admin, endpoint, "remove")

    assert "The CRM" not in body(desk.admin.get(at("loyalty_webhookendpoint_changelist")))
    assert "Removed" in body(desk.admin.get(page("change", endpoint)))


def test_a_replay_tells_how_many_before_it_sends_them(desk, endpoint):
    happened(endpoint)
    settle_log()
    asked = {"since": (clock.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"), "until": "", "request_key": uuid4()}
    replay = at("webhook_replay", endpoint.pk)

    counted = body(desk.admin.post(replay, asked | {"act": "count"}))

    assert "will be sent again" in counted and not WebhookDelivery.objects.exists()

    desk.admin.post(replay, asked | {"act": "send"})

    assert WebhookDelivery.objects.filter(origin="replay").count() > 0
    assert desk.staff.get(replay).status_code == 403


def test_deliveries_are_shown_with_their_tries_and_sent_again(desk, other, endpoint):
    told = {"at": clock.now().isoformat(), "ms": 321, "status": 503, "error": ""}
    delivery = sent(endpoint, status="failed", tries=1, status_code=503, answers=[told], ended_at=clock.now())
    shown = at("loyalty_webhookdelivery_change", delivery.pk)

    assert "503, not taken" in body(desk.staff.get(shown)) and "321 ms" in body(desk.staff.get(shown))
    assert str(delivery.event_id) in body(desk.staff.get(shown))
    assert other.admin.get(shown).status_code == 404

    desk.staff.post(at("loyalty_webhookdelivery_redeliver", delivery.pk), {"request_key": uuid4()})

    delivery.refresh_from_db()
    assert (delivery.status, delivery.tries) == ("waiting", 0)


def test_failed_ones_are_sent_again_together_but_for_another_brands(desk, other, endpoint):
    delivery = sent(endpoint, status="failed", tries=9, ended_at=clock.now())
    form = {"action": "redeliver_chosen", "_selected_action": [delivery.pk], "index": 0}
    other.admin.post(at("loyalty_webhookdelivery_changelist"), form)
    delivery.refresh_from_db()
    assert delivery.status == "failed"

    answer = desk.admin.post(at("loyalty_webhookdelivery_changelist"), form, follow=True)

    delivery.refresh_from_db()
    assert delivery.status == "waiting" and "1 delivery is sent again" in body(answer)


def test_a_disabled_endpoint_is_told_on_the_first_page_with_what_to_do(desk, other, endpoint):
    WebhookEndpoint.objects.update(status="disabled", status_reason="It answered 410 Gone.")

    home = body(desk.admin.get(at("index")))

    assert "It answered 410 Gone." in home and "put the receiver right and enable" in home
    assert "410 Gone" not in body(other.admin.get(at("index")))


def test_the_log_shows_an_event_as_it_is_told_and_to_whom(desk, other, endpoint):
    delivery = sent(endpoint, status="delivered", tries=1, status_code=200, ended_at=clock.now())
    shown = at("loyalty_event_change", delivery.event_number)

    assert str(delivery.event_id) in body(desk.staff.get(shown)) and "The CRM" in body(desk.staff.get(shown))
    assert other.admin.get(shown).status_code == 404
    assert desk.partner.get(at("loyalty_event_changelist")).status_code == 403


def test_readers_and_their_lag_are_for_operators(desk, operator, client):
    client.force_login(operator)

    assert "Settled up to" in body(client.get(at("event_readers")))
    assert desk.admin.get(at("event_readers")).status_code == 403
