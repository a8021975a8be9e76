"""Events of other systems on the portal: who sends, what it means, what failed and is put right, receipts."""

from html import unescape
from types import SimpleNamespace
from uuid import uuid4

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from ledger.models import Posting
from loyalty.identity.models import Person, Staff
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.intake import take_in
from programs.activity.inbound.models import EventMapping, EventSource, InboundEvent

pytestmark = pytest.mark.django_db
PAID = {"amount": "12.50", "currency": "EUR", "reference": "W-1", "email": "ana@example.com"}


def at(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


def body(answer) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def _people(brand) -> SimpleNamespace:
    clients = {}
    for role in ("admin", "staff", "partner"):
        person = Person.objects.create_user(f"{role}@{brand.code}.example", "correct horse battery", name=role)
        Staff.objects.create(person=person, brand=brand, role=role)
        clients[role] = Client()
        clients[role].force_login(person)
    return SimpleNamespace(**clients)


@pytest.fixture
def desk(cafe) -> SimpleNamespace:
    return _people(cafe)


@pytest.fixture
def other(bistro) -> SimpleNamespace:
    return _people(bistro)


def tell(brand, *, type: str = "order.paid", id: str = "1", data=None, subject: str = "") -> InboundEvent:
    told = Told(source="shop", id=id, type=type, subject=subject, data=data or PAID)
    sender = EventSource.objects.get_or_create(brand=brand, name="The shop", defaults={"secret": "whsec_c2VjcmV0"})[0]
    return take_in(brand, told, sender=sender).event


def of(event: InboundEvent, page: str = "change") -> str:
    return at(f"programs_inboundevent_{page}", event.pk)


def test_a_system_is_entered_and_its_secret_and_address_shown_once(desk, cafe):
    form = {"brand": cafe.pk, "name": "Web shop", "kind": "cloudevents", "request_key": uuid4()}

    shown = body(desk.admin.post(at("programs_eventsource_add"), form))

    made = EventSource.objects.get()
    assert made.secret in shown and f"/api/events/from/{made.pk}" in shown
    assert made.secret not in body(desk.admin.get(at("programs_eventsource_change", made.pk)))
    assert desk.staff.get(at("programs_eventsource_add")).status_code == 403


def test_a_shops_secret_must_be_told(desk, cafe):
    form = {"brand": cafe.pk, "name": "Shopify", "kind": "shopify", "request_key": uuid4()}

    assert "Copy the secret from there" in body(desk.admin.post(at("programs_eventsource_add"), form))
    assert not EventSource.objects.exists()


def test_a_system_is_switched_off_and_given_a_new_secret(desk, cafe):
    event = tell(cafe)
    source = event.sender
    form = {"name": "The shop", "program": "", "location_id": "", "address": "", "request_key": uuid4()}

    desk.admin.post(at("programs_eventsource_edit", source.pk), form)
    shown = body(desk.admin.post(at("programs_eventsource_rotate", source.pk), {"request_key": uuid4(), "secret": ""}))

    source.refresh_from_db()
    assert not source.is_active and source.secret in shown and source.previous_secret == "whsec_c2VjcmV0"


def test_what_it_says_is_unreadable_until_it_is_asked_for(desk, other, cafe, ana_beans):
    event = tell(cafe, data=PAID | {"amount": "twelve"}, subject="ana")

    page = body(desk.staff.get(of(event)))

    assert event.status == "failed"
    assert "/data/amount" in page and "like 12.50" in page and "ana@example.com" not in page
    assert "ana@example.com" in body(desk.staff.post(of(event), {"act": "show"}))
    assert other.admin.get(of(event)).status_code == 404
    assert desk.partner.get(of(event)).status_code in (403, 404)


def test_a_failed_event_is_corrected_and_done(desk, other, cafe, ana, ana_beans):
    event = tell(cafe, data={"amount": "twelve", "reference": "W-1"}, subject=str(ana.pk))
    content = Told(source="shop", id="1", type="order.paid", subject=str(ana.pk), data=PAID).document()
    text = msgspec.json.encode(content).decode()

    wrong = desk.staff.post(of(event, "correct"), {"content": "{", "request_key": uuid4()})
    another = desk.staff.post(
        of(event, "correct"), {"content": text.replace('"id":"1"', '"id":"2"'), "request_key": uuid4()}
    )
    assert "This is no JSON" in body(wrong) and "/id" in body(another)
    assert other.admin.post(of(event, "correct"), {"content": text, "request_key": uuid4()}).status_code == 404

    desk.staff.post(of(event, "correct"), {"content": text, "request_key": uuid4()})

    event.refresh_from_db()
    assert (event.status, event.content_changed) == ("done", True)
    assert Posting.objects.filter(public_id__in=event.outcome["transactions"]).exists()


def test_events_are_laid_aside_and_tried_again_together(desk, other, cafe):
    events = [tell(cafe, id=str(n), type="basket.left") for n in range(3)]
    form = {"_selected_action": [str(event.pk) for event in events], "index": 0}
    listed = at("programs_inboundevent_changelist")

    other.admin.post(listed, form | {"action": "discard_chosen"})
    assert set(InboundEvent.objects.values_list("status", flat=True)) == {"ignored"}
    assert "0 of 3 events are done now" in body(desk.staff.post(listed, form | {"action": "retry_chosen"}, follow=True))

    told = body(desk.staff.post(listed, form | {"action": "discard_chosen"}, follow=True))

    assert "3 events are laid aside" in told
    assert set(InboundEvent.objects.values_list("status", flat=True)) == {"discarded"}


def test_an_unknown_type_is_counted_given_a_meaning_and_taken_up(desk, cafe, beans, ana, ana_beans):
    event = tell(cafe, type="checkout.done", data={"sum": "12.50", "number": "C-1"}, subject=str(ana.pk))
    listed = body(desk.admin.get(at("programs_inboundevent_changelist")))
    form = {
        "brand": cafe.pk, "type": "checkout.done", "act": "earn", "program": beans.pk, "part.amount": "/data/sum",
        "part.reference": "/data/number", "is_active": "on", "recent": event.pk, "request_key": uuid4(),
    }  # fmt: skip

    assert "checkout.done" in listed and "Say what it means" in listed
    tried = body(desk.admin.post(at("programs_eventmapping_add"), form | {"act_on": "try"}))

    assert "What would happen" in tried and ">Done</span>" in tried and "/data/sum" in tried
    assert not EventMapping.objects.exists() and not Posting.objects.filter(kind="earn").exists()

    desk.admin.post(at("programs_eventmapping_add"), form | {"act_on": "keep"})
    mapping = EventMapping.objects.get()
    desk.admin.post(at("programs_eventmapping_take_up", mapping.pk), {"request_key": uuid4()})

    event.refresh_from_db()
    assert mapping.parts == {"amount": "/data/sum", "reference": "/data/number"}
    assert event.status == "done"
    assert desk.staff.get(at("programs_eventmapping_edit", mapping.pk)).status_code == 403


def test_parts_can_be_told_as_json_and_mistakes_have_their_place(desk, cafe):
    form = {"brand": cafe.pk, "type": "x.y", "act": "earn", "is_active": "on", "request_key": uuid4(), "act_on": "keep"}

    wrong = body(desk.admin.post(at("programs_eventmapping_add"), form | {"raw": '{"nonsense": "/data/x"}'}))
    assert "/parts/nonsense" in wrong and not EventMapping.objects.exists()

    desk.admin.post(at("programs_eventmapping_add"), form | {"raw": '{"amount": ["/data/a", "/data/b"]}'})
    assert EventMapping.objects.get().parts == {"amount": ["/data/a", "/data/b"]}


def test_a_meaning_is_taken_away(desk, cafe):
    mapping = EventMapping.objects.create(brand=cafe, type="x.y", act="ignore")

    desk.admin.post(at("programs_eventmapping_remove", mapping.pk), {"request_key": uuid4()})

    assert not EventMapping.objects.exists()


def test_failed_events_are_told_on_the_first_page(desk, other, cafe):
    tell(cafe, data={"amount": "twelve"}, subject="ana")

    assert "1 event of your systems failed" in body(desk.staff.get(at("index")))
    assert "of your systems failed" not in body(other.staff.get(at("index")))


def test_a_members_page_shows_what_was_told_of_them(desk, cafe, ana, ana_beans):
    tell(cafe, subject=str(ana.pk))

    page = body(desk.staff.get(at("loyalty_member_change", ana.pk)))

    assert "Told by other systems" in page and "The shop" in page
