"""Tests, redelivery, replay: asked for over the API, with the same ids, and bounded."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.delivery.webhooks import resending
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.sending import send_round
from loyalty.events.models import EventArchive


@pytest.fixture
def one(endpoint) -> str:
    return f"/api/webhooks/{endpoint.id}"


def hour(ago: int) -> str:
    return (clock.now() - timedelta(hours=ago)).isoformat()


def test_a_test_event_goes_to_that_endpoint_alone_whatever_it_asks_for(api, endpoint_at, receiver):
    tried = endpoint_at(receiver.url("/tried"), "voucher.*")
    endpoint_at(receiver.url("/other"), "*")

    made = api.post(f"/api/webhooks/{tried.id}/test", {})
    send_round()

    (got,) = receiver.got
    shown = api.get(made.headers["Location"]).json()
    assert (got.path, got.event["type"], got.event["data"]["endpoint_id"]) == ("/tried", "webhook.test", str(tried.id))
    assert (made.status_code, shown["status"], shown["origin"], shown["answers"][0]["status"]) == (
        201, "delivered", "test", 204,
    )  # fmt: skip


def test_a_test_is_sent_to_an_endpoint_that_rests_too(api, one, endpoint, receiver):
    WebhookEndpoint.objects.update(failures_in_row=12, resting_until=clock.now() + timedelta(hours=5))

    api.post(f"{one}/test", {})
    send_round()

    assert len(receiver.got) == 1


def test_deliveries_are_listed_with_every_try_and_narrowed(api, one, earned, receiver):
    (event, *_), _ = earned(1), earned(1, type="points.redeemed")
    receiver.answer = lambda got: 500 if got.event["type"] == "points.redeemed" else 204
    send_round()

    def ids(query: str) -> list[str]:
        return [each["event_id"] for each in api.get(f"{one}/deliveries?{query}").json()["results"]]

    (shown,) = api.get(f"{one}/deliveries?status=waiting").json()["results"]
    assert (shown["type"], shown["tries"], shown["answers"][0]["status"]) == ("points.redeemed", 1, 500)
    assert shown["next_try_at"] is not None
    assert ids("status=delivered") == ids("type=points.earned") == ids(f"event_id={event.event_id}")
    assert ids("status=delivered") == [str(event.event_id)]
    assert api.get(f"{one}/deliveries?status=lost").status_code == 400


def test_an_event_is_delivered_again_with_the_same_id(api, one, earned, receiver):
    earned()
    send_round()
    delivery = WebhookDelivery.objects.get()

    answer = api.post(f"{one}/deliveries/{delivery.id}/redeliver", {})
    send_round()

    first, second = receiver.got
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert len(api.get(f"{one}/deliveries/{delivery.id}").json()["answers"]) == 2


def test_what_waits_for_its_next_try_is_tried_at_once_and_its_followers_go_with_it(api, one, earned, receiver):
    earned(3)
    receiver.answer = lambda got: 500
    send_round()
    head = WebhookDelivery.objects.order_by("id").first()
    receiver.answer = lambda got: 204

    api.post(f"{one}/deliveries/{head.id}/redeliver", {})
    send_round(), send_round()

    assert [got.sequence for got in receiver.got] == [1, 1, 2, 3]


def test_a_time_is_replayed_with_what_the_endpoint_asks_for(api, endpoint_at, earned, receiver):
    endpoint = endpoint_at(receiver.url(), "points.*")
    earned(3), earned(1, type="points.redeemed")
    send_round()
    sent = [got.headers["webhook-id"] for got in receiver.got]

    all_of_it = api.post(f"/api/webhooks/{endpoint.id}/replay", {"from": hour(1)})
    some = api.post(f"/api/webhooks/{endpoint.id}/replay", {"from": hour(1), "types": ["points.redeemed"]})
    none = api.post(f"/api/webhooks/{endpoint.id}/replay", {"from": hour(3), "to": hour(2)})
    for _ in range(3):
        send_round()

    again = [got.headers["webhook-id"] for got in receiver.got[4:]]
    assert [answer.json() for answer in (all_of_it, some, none)] == [{"events": 4}, {"events": 1}, {"events": 0}]
    assert (all_of_it.status_code, len(again), set(again)) == (202, 5, set(sent))


def test_replayed_events_of_an_aggregate_go_in_order_and_before_what_waits(api, one, endpoint, earned, receiver):
    (first, *_) = earned(3)
    send_round()
    earned(2, aggregate=first.aggregate_id)

    api.post(f"{one}/replay", {"from": hour(1), "types": ["points.*"]})
    for _ in range(4):
        send_round()

    replayed = [got.sequence for got in receiver.got[3:]]
    assert sorted(replayed) == [1, 2, 3, 4, 4, 5, 5]
    assert replayed == sorted(replayed)


def test_too_much_is_not_replayed_at_once(api, one, earned, monkeypatch):
    monkeypatch.setattr(resending, "REPLAY_MAX", 2)
    earned(3)

    answer = api.post(f"{one}/replay", {"from": hour(1)})

    assert (answer.status_code, answer.json()["code"], answer.json()["maximum"]) == (422, "replay-too-large", 2)
    assert not WebhookDelivery.objects.exists()


def test_events_that_were_moved_out_are_not_replayed(api, one):
    at = clock.now() - timedelta(days=90)
    EventArchive.objects.create(
        partition="loyalty_event_1", first_id=1, last_id=2, events=2, first_at=at, last_at=at, file="x", sha256="0" * 64
    )

    refused = api.post(f"{one}/replay", {"from": (at - timedelta(days=1)).isoformat()})

    assert (refused.status_code, refused.json()["code"]) == (409, "events-archived")
    assert api.post(f"{one}/replay", {"from": hour(1)}).status_code == 202


@pytest.mark.parametrize("body", [{}, {"from": hour(1), "to": hour(2)}, {"from": hour(1), "types": ["no.such"]}])
def test_a_replay_that_makes_no_sense_is_refused(api, one, body):
    assert api.post(f"{one}/replay", body).status_code == 400


@pytest.mark.parametrize("verb", ["test", "replay"])
def test_nothing_is_sent_on_purpose_to_an_endpoint_that_is_not_active(api, one, verb):
    api.post(f"{one}/pause", {})

    answer = api.post(f"{one}/{verb}", {"from": hour(1)} if verb == "replay" else {})

    assert (answer.status_code, answer.json()["code"]) == (409, "webhook-not-active")


def test_health_tells_of_the_last_day(api, one, earned, receiver):
    earned(), earned()
    receiver.answer = lambda got: 500 if len(receiver.got) == 1 else 204
    send_round()

    health = api.get(one).json()["health"]

    assert (health["tries"], health["success_percent"], health["waiting"]) == (2, 50, 1)
    assert health["p50_ms"] <= health["p95_ms"]
    assert health["oldest_waiting_seconds"] is not None
