"""POST /api/events by key: what is answered, in every mode, and who may have what done."""

import json

import pytest

from loyalty.identity.operations import create_server_key
from loyalty.testing.clients import with_key
from programs.activity.inbound.models import InboundEvent
from programs.activity.models import Purchase, Return
from programs.activity.tests.tills import available, fresh, refusal

pytestmark = pytest.mark.django_db


def event(type: str = "order.paid", **more) -> dict:
    said = {"specversion": "1.0", "id": fresh("event"), "source": "/shop", "type": type, "subject": "ana"}
    return said | more


def order(amount: str = "12.50", **more) -> dict:
    data = {"reference": fresh("order"), "amount": amount, "currency": "EUR"}
    return event(data=data | more.pop("data", {}), **more)


def test_an_order_is_answered_with_its_transaction(api, ana_beans):
    answer = api.post("/api/events", order())

    told = answer.json()
    assert (answer.status_code, told["status"], told["act"]) == (201, "done", "earn")
    assert [one["points"] for one in told["transactions"]] == [12]
    assert api.get(f"/api/events/in/{told['inbound_id']}").json()["transactions"] == [told["transactions"][0]["id"]]


def test_told_again_it_gets_the_first_answer(api, ana_beans):
    same = order()
    first, again = (api.post("/api/events", same) for _ in range(2))

    assert (again.status_code, again["Idempotent-Replayed"], again.json()) == (201, "true", first.json())
    assert available(api) == 12


def test_another_content_of_the_same_id_is_refused(api, ana_beans):
    api.post("/api/events", order(id="same"))

    assert refusal(api.post("/api/events", order("99.00", id="same"))) == (422, "event-id-reused")


def test_a_binary_event_does_the_same(api, ana_beans):
    headers = {
        "HTTP_CE_SPECVERSION": "1.0", "HTTP_CE_ID": "1", "HTTP_CE_SOURCE": "/shop", "HTTP_CE_TYPE": "order.paid",
        "HTTP_CE_SUBJECT": "an%61",
    }  # fmt: skip

    answer = api.generic(
        "POST", "/api/events", b'{"reference": "order-1", "amount": 12.5}', "application/json", **headers
    )

    assert (answer.status_code, available(api)) == (201, 12)


def test_a_batch_is_answered_one_by_one(api, ana_beans):
    first = order(id="one")
    batch = [first, order("1.00", id="one"), event("cart.left"), order(subject="nobody")]

    answer = api.generic("POST", "/api/events", _json(batch), "application/cloudevents-batch+json")

    assert answer.status_code == 202
    assert [(one["id"] == "one", one["status"]) for one in answer.json()["events"]] == [
        (True, "done"), (True, "refused"), (False, "ignored"), (False, "waiting"),
    ]  # fmt: skip


def test_an_envelope_with_mistakes_leaves_nothing(api, ana_beans):
    answer = api.post("/api/events", {"specversion": "1.0", "type": "order.paid"})

    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (400, ["/id", "/source"])
    assert not InboundEvent.objects.exists()


def test_a_key_has_done_what_its_scopes_allow_and_no_more(cafe, ana_beans):
    _, plain = create_server_key(cafe, name="reviews", scopes=["events:write"], rate="")
    narrow = with_key(plain)

    assert refusal(narrow.post("/api/events", order())) == (403, "scope-missing")
    assert refusal(narrow.post("/api/events", event("guest.registered"))) == (403, "scope-missing")
    ignored = narrow.post("/api/events", event("cart.left")).json()["inbound_id"]
    # Nor by correcting what was harmless.
    kept = InboundEvent.objects.get(pk=ignored)
    body = {"event": order(id=kept.event_key)}
    assert refusal(narrow.patch(f"/api/events/in/{ignored}", body)) == (403, "scope-missing")
    assert (InboundEvent.objects.count(), Purchase.objects.count()) == (1, 0)


def test_another_brands_key_finds_neither_program_nor_event(api, bistro_api, ana_beans):
    taken = api.post("/api/events", order()).json()["inbound_id"]

    assert refusal(bistro_api.post("/api/events", order(programid="BEANS")))[0] == 404
    assert refusal(bistro_api.get(f"/api/events/in/{taken}"))[0] == 404
    assert bistro_api.get("/api/events/in").json()["results"] == []


def test_the_list_is_filtered_by_status_and_type(api, ana_beans):
    for one in (order(), order("nothing"), event("cart.left")):
        api.post("/api/events", one)

    def listed(query: str) -> list[tuple]:
        return [(one["type"], one["status"]) for one in api.get(f"/api/events/in?{query}").json()["results"]]

    assert listed("") == [("cart.left", "ignored"), ("order.paid", "failed"), ("order.paid", "done")]
    assert listed("status=failed") == [("order.paid", "failed")]
    assert listed("type=cart.left") == [("cart.left", "ignored")]
    assert [(one["type"], one["events"]) for one in api.get("/api/events/in/unknown").json()] == [("cart.left", 1)]


def test_parts_and_the_rest_of_an_order_come_back(api, ana_beans):
    bought = order("40.00", data={"items": [{"sku": "tea", "quantity": 4, "amount": "40.00"}]})
    api.post("/api/events", bought)
    reference = bought["data"]["reference"]

    for data in ({"items": [{"sku": "tea", "quantity": 1}]}, {"amount": "5.00"}, {}):
        back = event("order.returned", data={"order_reference": reference} | data)
        assert api.post("/api/events", back).status_code == 201

    assert sorted(Return.objects.values_list("amount_minor", flat=True)) == [500, 1_000, 2_500]
    assert available(api) == 0


def test_more_than_an_order_cannot_come_back(api, ana_beans):
    bought = order("40.00")
    api.post("/api/events", bought)

    back = event("order.returned", data={"order_reference": bought["data"]["reference"], "amount": "41.00"})

    assert api.post("/api/events", back).json()["reason"] == "return-exceeds-purchase"


def _json(value) -> bytes:
    return json.dumps(value).encode()
