"""An endpoint that is gone, or has failed for five days, is switched off, and the brand's admins are told."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.delivery.webhooks import disabling, fanning_out
from loyalty.delivery.webhooks.claiming import Claims
from loyalty.delivery.webhooks.figures import figures
from loyalty.delivery.webhooks.jobs import prune, prune_deliveries
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.recording import Result, record
from loyalty.delivery.webhooks.sending import send_round
from loyalty.delivery.webhooks.transport import Answer
from loyalty.events.models import Event
from loyalty.identity.mails import send_mail


def told(manager, mailoutbox, endpoint):
    """Does the mail's job by hand."""
    facts = {"brand_id": str(endpoint.brand_id), "endpoint_id": str(endpoint.id)}

    class Job:
        id = 1

    class Context:
        job = Job

    send_mail(Context, "webhook_disabled", str(manager.id), facts)
    return mailoutbox[-1]


def jobs() -> list[dict]:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return list(ProcrastinateJob.objects.filter(task_name="loyalty.send_mail").values_list("args", flat=True))


def test_gone_disables_at_once_and_what_waits_stays(endpoint, receiver, earned, manager, barista, mailoutbox):
    earned(2)
    receiver.answer = lambda got: 410

    send_round(), send_round()

    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.status_reason) == ("disabled", disabling.GONE)
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"waiting"}
    assert len(receiver.got) == 1
    assert Event.objects.get(type="webhook.disabled").data["reason"] == disabling.GONE
    assert [job["person_id"] for job in jobs()] == [str(manager.id)]
    mail = told(manager, mailoutbox, endpoint)
    assert endpoint.url in mail.body
    assert f"/admin/loyalty/webhookendpoint/{endpoint.id}/" in mail.body
    assert "2 deliveries wait" in mail.body


def test_five_days_of_nothing_but_failures_disable(endpoint, receiver, earned, manager):
    receiver.answer = lambda got: 500
    began = clock.now()

    statuses = []
    for days in (0, 4.9, 5.1):
        with clock.at(began + timedelta(days=days)):
            WebhookEndpoint.objects.update(resting_until=None)
            earned()
            send_round()
            statuses.append(WebhookEndpoint.objects.get().status)

    assert statuses == ["active", "active", "disabled"]
    assert len(jobs()) == 1


def test_a_success_in_between_begins_the_five_days_anew(endpoint, receiver, earned):
    began = clock.now()
    for days, status in ((0, 500), (4, 204), (4.5, 500), (6, 500)):
        receiver.answer = lambda got, status=status: status
        with clock.at(began + timedelta(days=days)):
            WebhookDelivery.objects.filter(status="waiting").delete()
            earned()
            send_round()

    assert WebhookEndpoint.objects.get().status == "active"


def test_enabling_goes_on_where_it_stopped_and_forgets_the_failures(api, endpoint, receiver, earned):
    earned(2)
    receiver.answer = lambda got: 410
    send_round()
    receiver.answer = lambda got: 204
    earned()

    api.post(f"/api/webhooks/{endpoint.id}/enable", {})
    send_round(), send_round()

    endpoint.refresh_from_db()
    assert sorted(got.sequence for got in receiver.got) == [1, 1, 1, 2]
    assert (endpoint.failing_since, endpoint.failures_in_row) == (None, 0)


@pytest.mark.parametrize("status", ["paused", "disabled", "removed"])
def test_what_is_not_active_is_not_disabled_once_more(endpoint, status):
    WebhookEndpoint.objects.update(status=status)

    assert disabling.disable(endpoint.id, disabling.GONE) is False
    assert jobs() == []


def test_deliveries_that_ended_long_ago_are_forgotten_and_open_ones_never(endpoint, receiver, earned):
    earned(), earned()
    receiver.answer = lambda got: 500 if len(receiver.got) == 1 else 204
    send_round()

    counts = []
    for days in (29, 31):
        with clock.at(clock.now() + timedelta(days=days)):
            counts.append(prune())

    assert counts == [0, 1]
    assert WebhookDelivery.objects.get().status == "waiting"


def test_metrics_tell_what_waits_and_what_was_sent(client, endpoint, receiver, earned):
    earned(), earned()
    receiver.answer = lambda got: 500 if len(receiver.got) == 1 else 204
    send_round()
    figures.forget()

    text = client.get("/metrics").content.decode()

    assert "loyalty_webhook_deliveries_waiting 1.0" in text
    assert "loyalty_webhook_delivered_last_minute 1.0" in text
    assert "loyalty_webhook_endpoints_failing" in text


def test_what_was_on_its_way_to_an_endpoint_that_was_removed_waits_for_nobody(endpoint, earned, api):
    earned()
    fanning_out.fan_out()
    claims = Claims()
    claims.sign_on()
    in_hand = claims.claim()

    assert api.delete(f"/api/webhooks/{endpoint.id}").status_code == 204
    record([Result(one, Answer(500, "", 1), clock.now()) for one in in_hand], sender=claims.number)
    prune_deliveries(0)

    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"cancelled"}
