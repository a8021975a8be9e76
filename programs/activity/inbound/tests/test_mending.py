"""Dead letters: tried again, corrected, discarded, one by one or many; and what waits is tried by time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.models import Member
from loyalty.identity.operations import create_member
from loyalty.identity.principals import Principal
from programs.activity.inbound import intake, mending
from programs.activity.inbound.doors import take_in
from programs.activity.inbound.models import InboundEvent
from programs.activity.inbound.tests.telling import paid, returned, told
from programs.activity.models import Purchase
from programs.activity.tests.tills import available, refusal
from programs.membership.enrolment import enrol

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(cafe):
    return Principal(kind="person", id=uuid4(), actor="person:boss", brands={cafe.id: "admin"})


@pytest.fixture
def stranger(bistro):
    return Principal(kind="person", id=uuid4(), actor="person:stranger", brands={bistro.id: "admin"})


def failed(cafe, reference: str = "order-1") -> InboundEvent:
    """An order whose amount is no amount."""
    return take_in(cafe, paid(reference, "a lot")).event


def test_a_corrected_event_is_done_and_still_known_by_its_name(api, cafe, ana_beans):
    order = paid("order-1", "a lot")
    event = take_in(cafe, order).event
    document = order.document() | {"data": {"reference": "order-1", "amount": "12.50"}}

    answer = api.patch(f"/api/events/in/{event.id}", {"event": document})

    told = answer.json()
    assert (told["status"], told["content_changed"], told["event"]["data"]["amount"]) == ("done", True, "12.50")
    assert available(api) == 12
    again = take_in(cafe, order)
    assert (again.is_new, again.event.status, Purchase.objects.count()) == (False, "done", 1)
    assert Event.objects.filter(type="inbound.corrected", aggregate_id=event.id).exists()


def test_its_source_and_id_stay(api, cafe, ana_beans):
    event = failed(cafe)
    document = paid("order-1", source="/other", id="other").document()

    answer = api.patch(f"/api/events/in/{event.id}", {"event": document})

    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/source", "unchangeable"), ("/id", "unchangeable"),
    ]  # fmt: skip


def test_what_failed_is_tried_again_by_what_it_means_today(api, cafe, beans, ana_beans):
    beans.status = "paused"
    beans.save()
    event = take_in(cafe, paid("order-1", program="BEANS")).event
    assert (event.status, event.reason) == ("failed", "program-not-active")

    beans.status = "active"
    beans.save()
    answer = api.post(f"/api/events/in/{event.id}/retry", {})

    assert (answer.json()["status"], available(api)) == ("done", 12)
    assert refusal(api.post(f"/api/events/in/{event.id}/retry", {})) == (409, "inbound-event-ended")
    assert refusal(api.post(f"/api/events/in/{event.id}/discard", {})) == (409, "inbound-event-ended")


def test_what_is_discarded_is_woken_by_nothing(api, cafe, beans, ana_beans):
    event = take_in(cafe, returned("order-1", "1.00")).event

    for _ in range(2):
        assert api.post(f"/api/events/in/{event.id}/discard", {}).json()["status"] == "discarded"
    take_in(cafe, paid("order-1"))

    assert available(api) == 12
    assert refusal(api.post(f"/api/events/in/{event.id}/retry", {})) == (409, "inbound-event-ended")


def test_many_are_tried_or_discarded_at_once_of_ones_own_brand_only(cafe, boss, stranger, ana_beans):
    ids = [failed(cafe, f"order-{n}").id for n in range(4)]

    assert (mending.retry_many(stranger, ids), mending.discard_many(stranger, ids)) == (0, 0)
    assert mending.retry_many(boss, ids[:2]) == 0
    assert mending.discard_many(boss, ids) == 4
    assert mending.discard_many(boss, ids) == 0
    assert set(InboundEvent.objects.values_list("status", flat=True)) == {"discarded"}


def test_what_a_list_shows_is_tried_again_by_its_address_so_many_at_a_time(api, cafe, beans, ana_beans):
    beans.status = "paused"
    beans.save()
    for n in range(3):
        take_in(cafe, paid(f"order-{n}", program="BEANS"))
    take_in(cafe, returned("order-9", program="BEANS"))
    beans.status = "active"
    beans.save()
    address = "/api/events/in?status=failed&type=order.paid"

    first = api.post(address, {"act": "retry", "limit": 2})
    rest = api.post(address, {"act": "retry", "limit": 2, "after": first.json()["next"]})

    assert (first.status_code, first.json()["tried"], first.json()["done"]) == (200, 2, 2)
    assert rest.json() == {"tried": 1, "done": 1, "next": None}
    assert available(api) == 36


def test_failures_are_discarded_by_the_address_of_the_list_and_nothing_else(api, bistro_api, cafe, ana_beans):
    gone = [failed(cafe, f"order-{n}").id for n in range(2)]
    stays = take_in(cafe, returned("order-9")).event.id

    others = bistro_api.post("/api/events/in", {"act": "discard"})
    answer = api.post("/api/events/in", {"act": "discard"})

    assert others.json() == {"tried": 0, "done": 0, "next": None}
    assert answer.json() == {"tried": 2, "done": 2, "next": None}
    states = dict(InboundEvent.objects.values_list("id", "status"))
    assert states == {gone[0]: "discarded", gone[1]: "discarded", stays: "waiting"}


def test_a_key_that_may_only_read_mends_nothing(key_with):
    assert refusal(key_with("read").post("/api/events/in", {"act": "retry"})) == (403, "scope-missing")


def test_what_waits_is_tried_when_its_time_comes(cafe, beans):
    event = take_in(cafe, paid("order-1", subject="late")).event
    enrol(beans, create_member(cafe, external_id="late"))

    assert mending.retry_due(at=clock.now()) == 0
    assert mending.retry_due(at=clock.now() + timedelta(seconds=61)) == 1
    event.refresh_from_db()
    assert (event.status, mending.retry_due(at=clock.now() + timedelta(days=9))) == ("done", 0)


def test_what_has_waited_three_days_has_failed(cafe, beans):
    event = take_in(cafe, paid("order-1", subject="never")).event
    tries = 0
    while event.status == "waiting":
        InboundEvent.objects.update(received_at=event.received_at - (event.due_at - clock.now()))
        tries += mending.retry_due(at=event.due_at)
        event.refresh_from_db()

    assert (event.status, event.reason, tries) == ("failed", "member-unknown", 9)
    assert Event.objects.filter(type="inbound.failed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_cut_off_between_effect_and_status_it_counts_once(cafe, ana_beans, monkeypatch):
    """Cut off, nothing of it is there; and were the effect there without its status, it would not be done again."""
    order, act = paid("order-1"), intake.carry_out

    def cut_off(coming):
        assert act(coming).recorded
        raise KeyboardInterrupt

    with monkeypatch.context() as planted:
        planted.setattr(intake, "carry_out", cut_off)
        with pytest.raises(KeyboardInterrupt):
            take_in(cafe, order)
    assert (InboundEvent.objects.count(), Purchase.objects.count()) == (0, 0)

    taken = take_in(cafe, order)
    InboundEvent.objects.update(status="waiting", outcome={}, due_at=clock.now())

    assert mending.retry_due(at=clock.now()) == 1
    assert (InboundEvent.objects.get().outcome, Purchase.objects.count()) == (taken.event.outcome, 1)


def test_what_goes_wrong_here_is_tried_again(cafe, ana_beans, monkeypatch, caplog):
    def break_down(coming):
        raise ZeroDivisionError

    with monkeypatch.context() as planted:
        planted.setattr(intake, "carry_out", break_down)
        event = take_in(cafe, paid("order-1")).event
    assert (event.status, event.reason) == ("waiting", "internal-error")

    mending.retry_due(at=event.due_at)

    event.refresh_from_db()
    assert event.status == "done"


def test_an_order_told_in_two_ways_counts_once(cafe, ana_beans):
    take_in(cafe, paid("order-1", "12.50"))

    same, other = (take_in(cafe, paid("order-1", amount)).event for amount in ("12.50", "13.00"))

    assert (same.status, other.status, other.reason) == ("done", "failed", "duplicate-reference")
    assert Purchase.objects.count() == 1


def test_events_that_never_named_anybody_fail(cafe, ana_beans):
    assert take_in(cafe, paid("order-1", subject="")).event.reason == "member-missing"


def test_a_phone_of_a_family_is_nobodys_number(cafe, beans):
    phone = "+31612345678"
    for n in (1, 2):
        take_in(cafe, told("guest.registered", subject=f"g{n}", data={"phone": phone}))
    assert Member.objects.count() == 2

    order = paid("order-1", subject="", data={"phone": phone})

    assert take_in(cafe, order).event.status == "waiting"


def test_an_event_that_cannot_be_read_holds_up_none_that_waits(cafe, beans, ana):
    broken, other = (take_in(cafe, paid(f"order-{n}")).event for n in (1, 2))
    with connection.cursor() as cursor:
        cursor.execute("update programs_inboundevent set data_key = 'broken' where id = %s", [broken.id])
    enrol(beans, ana)

    mending.retry_due(at=other.due_at + timedelta(minutes=1))

    assert dict(InboundEvent.objects.values_list("id", "status")) == {broken.id: "failed", other.id: "done"}
    assert InboundEvent.objects.get(id=broken.id).reason == "content-unreadable"
