"""Endpoints over the API: added with a secret shown once, changed, paused, rotated, removed; refusals with a hint."""

import pytest

from loyalty.delivery.webhooks import operations
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.sending import send_round
from loyalty.events.models import Event
from loyalty.testing.log import settle_log

NEW = {"url": "https://shop.example/loyalty", "events": ["points.earned", "voucher.*"], "description": "The CRM"}


def add(api, **more) -> dict:
    settle_log()
    answer = api.post("/api/webhooks", NEW | more)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_an_endpoint_is_added_and_its_secret_is_shown_this_once(api):
    made = add(api)

    shown = api.get(f"/api/webhooks/{made['id']}").json()
    listed = api.get("/api/webhooks").json()["results"]
    assert made["secret"].startswith("whsec_")
    assert made["secret"] not in str(shown) + str(listed)
    assert [one["id"] for one in listed] == [made["id"]]
    assert {name: shown[name] for name in NEW} == NEW
    assert shown["health"]["waiting"] == 0


def test_the_secret_lies_encrypted_and_not_among_idempotency_keys(api):
    first = api.post("/api/webhooks", NEW, headers={"Idempotency-Key": "hook-1"})
    again = api.post("/api/webhooks", NEW, headers={"Idempotency-Key": "hook-1"})

    assert (first.status_code, again.status_code, WebhookEndpoint.objects.count()) == (201, 201, 1)
    assert again.json() == first.json() | {"secret": None}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json()["secret"].encode() not in bytes(WebhookEndpoint.objects.values_list("secret", flat=True)[0])


def test_what_happens_from_now_on_is_sent_and_nothing_before(api, earned, receiver):
    earned()
    add(api, url=receiver.url(), events=["points.*"])
    (event,) = earned()
    settle_log()

    send_round()

    assert [got.headers["webhook-id"] for got in receiver.got] == [str(event.event_id)]


@pytest.mark.parametrize(
    ("events", "pointer", "hint"),
    [
        (["points.earnt"], "/events/0", "points.earned"),
        (["points.earned", "coupons.*"], "/events/1", "There is no event"),
        (["POINTS.EARNED"], "/events/0", "event-types"),
        (["*.earned"], "/events/0", "There is no event"),
        (["points*"], "/events/0", "points"),
        (["webhook.test"], "/events/0", "There is no event"),
        ([], "/events", ""),
        (["points.earned"] * 51, "/events", ""),
    ],
)
def test_events_that_are_not_there_are_refused_with_a_hint(api, events, pointer, hint):
    answer = api.post("/api/webhooks", NEW | {"events": events})

    (mistake,) = answer.json()["errors"]
    assert (answer.status_code, mistake["pointer"]) == (400, pointer)
    assert hint in mistake["detail"]


def test_event_types_are_those_that_are_declared_but_not_of_webhooks(api):
    types = [one["type"] for one in api.get("/api/webhooks/event-types").json()["results"]]

    assert {"points.earned", "member.created"} <= set(types)
    assert types == sorted(types)
    assert not any(type.startswith("webhook.") for type in types)


def test_a_brand_has_so_many_endpoints_and_no_more(api, monkeypatch):
    monkeypatch.setattr(operations, "ENDPOINTS_MAX", 2)
    first = add(api)
    add(api)

    refused = api.post("/api/webhooks", NEW)
    api.delete(f"/api/webhooks/{first['id']}")
    after = api.post("/api/webhooks", NEW)

    assert (refused.status_code, refused.json()["code"], after.status_code) == (409, "too-many-webhooks", 201)


def test_an_endpoint_is_changed_and_what_waits_goes_to_the_new_address(api, earned, receiver):
    made = add(api, events=["*"])
    earned()
    change = {"url": receiver.url("/new"), "events": ["points.*"], "in_flight_max": 2, "description": "Till"}

    changed = api.patch(f"/api/webhooks/{made['id']}", change).json()
    send_round()

    assert {name: changed[name] for name in change} == change
    assert [got.path for got in receiver.got] == ["/new"]


@pytest.mark.parametrize(
    "change", [{"url": "http://10.0.0.1/"}, {"events": ["nothing.*"]}, {"in_flight_max": 65}, {"secret": "x"}]
)
def test_a_change_that_is_a_mistake_is_refused_and_changes_nothing(api, change):
    made = add(api)

    answer = api.patch(f"/api/webhooks/{made['id']}", change)

    assert answer.status_code in (400, 422)
    assert {name: api.get(f"/api/webhooks/{made['id']}").json()[name] for name in NEW} == NEW


def test_pausing_and_enabling_keep_what_happens_meanwhile(api, earned, receiver):
    made = add(api, url=receiver.url(), events=["*"])
    paused = api.post(f"/api/webhooks/{made['id']}/pause").json()
    earned(2)
    send_round()
    missed = len(receiver.got)

    enabled = api.post(f"/api/webhooks/{made['id']}/enable", {}).json()
    send_round()

    assert (paused["status"], missed, enabled["status"]) == ("paused", 0, "active")
    assert [got.sequence for got in receiver.got] == [1, 2]


def test_a_removed_endpoint_is_gone_and_what_waited_is_cancelled(api, endpoint, earned, receiver):
    earned(2)
    receiver.answer = lambda got: 500
    send_round()

    removed = api.delete(f"/api/webhooks/{endpoint.id}")
    send_round()

    endpoint.refresh_from_db()
    assert removed.status_code == 204
    assert api.get(f"/api/webhooks/{endpoint.id}").status_code == 404
    assert api.delete(f"/api/webhooks/{endpoint.id}").status_code == 404
    assert (endpoint.status, endpoint.secret) == ("removed", "")
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"cancelled"}


def test_rotating_answers_another_secret_once(api):
    made = add(api)

    rotated = api.post(
        f"/api/webhooks/{made['id']}/rotate", {"keep_hours": 2}, headers={"Idempotency-Key": "r1"}
    ).json()
    again = api.post(f"/api/webhooks/{made['id']}/rotate", {"keep_hours": 2}, headers={"Idempotency-Key": "r1"}).json()
    at_once = api.post(f"/api/webhooks/{made['id']}/rotate", {"keep_hours": 0}).json()

    assert len({made["secret"], rotated["secret"], at_once["secret"]}) == 3
    assert again == rotated | {"secret": None}
    assert (rotated["previous_secret_until"] is not None, at_once["previous_secret_until"]) == (True, None)
    assert api.post(f"/api/webhooks/{made['id']}/rotate", {"keep_hours": 169}).status_code == 400


def test_another_brand_sees_nothing_of_it(api, bistro_api, endpoint, earned):
    earned()
    send_round()
    delivery = WebhookDelivery.objects.get()
    one = f"/api/webhooks/{endpoint.id}"

    answers = [
        bistro_api.get(one), bistro_api.patch(one, {"description": "x"}), bistro_api.delete(one),
        *[bistro_api.post(f"{one}/{verb}", {}) for verb in ("test", "rotate", "pause", "enable")],
        bistro_api.post(f"{one}/replay", {"from": "2026-01-01T00:00:00Z"}),
        bistro_api.get(f"{one}/deliveries"), bistro_api.get(f"{one}/deliveries/{delivery.id}"),
        bistro_api.post(f"{one}/deliveries/{delivery.id}/redeliver", {}),
    ]  # fmt: skip

    assert {answer.status_code for answer in answers} == {404}
    assert bistro_api.get("/api/webhooks").json()["results"] == []


def test_a_key_needs_the_scope_and_staff_only_look_test_and_redeliver(key_with, barista_client, endpoint):
    reader = key_with("read")
    one = f"/api/webhooks/{endpoint.id}"

    assert [reader.get(one).status_code, reader.post("/api/webhooks", NEW).json()["code"]] == [200, "scope-missing"]
    assert [barista_client.get(one).status_code, barista_client.post(f"{one}/test", {}).status_code] == [200, 201]
    assert [barista_client.post(f"{one}/{verb}", {}).status_code for verb in ("rotate", "pause")] == [403, 403]


def test_what_is_done_to_an_endpoint_is_in_the_log_and_is_sent_to_nobody(api, receiver):
    made = add(api, url=receiver.url(), events=["*"])
    for verb in ("pause", "enable", "rotate"):
        api.post(f"/api/webhooks/{made['id']}/{verb}", {})
    settle_log()

    send_round()

    types = list(Event.objects.filter(aggregate_id=made["id"]).order_by("sequence").values_list("type", flat=True))
    assert types == ["webhook.added", "webhook.paused", "webhook.enabled", "webhook.secret_rotated"]
    assert receiver.got == []


def test_an_answer_that_is_known_is_not_sent_twice(api):
    made = add(api)
    first = api.get(f"/api/webhooks/{made['id']}")

    again = api.get(f"/api/webhooks/{made['id']}", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
