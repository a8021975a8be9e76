"""What events mean is data: usual meanings, a brand's own, tried before they are in force, and taken up after."""

import pytest

from ledger.selectors import balances
from loyalty.identity.look_ups import refresh_indexes
from loyalty.identity.models import BrandMember
from programs.activity.inbound import meanings
from programs.activity.inbound.doors import take_in
from programs.activity.inbound.mappings import create_mapping
from programs.activity.inbound.models import EventMapping, InboundEvent
from programs.activity.inbound.sources import create_source
from programs.activity.inbound.tests.telling import paid, told
from programs.activity.models import MemberEvent, Purchase
from programs.activity.tests.ruled import fixed, leaf, per, rule, rule_by
from programs.activity.tests.tills import refusal
from programs.earning.models import EventType
from programs.membership.enrolment import enrol
from programs.membership.models import Membership
from programs.membership.operations import create_program

pytestmark = pytest.mark.django_db
CHECKOUT = {
    "member": ["/data/customer/id"], "reference": "/data/number", "amount_minor": "/data/cents", "items": "/data/lines",
    "item.sku": "/code", "item.amount_minor": "/cents", "currency": "/data/money",
}  # fmt: skip


def checkout(**more):
    data = {
        "customer": {"id": "ana"}, "number": 1001, "cents": 4_000, "money": "eur",
        "lines": [{"code": "tea", "quantity": "1.5", "cents": 4_000}], "via": "app", "utm": "spring",
    }  # fmt: skip
    return told("checkout.completed", subject="session/7", data=data | more)


@pytest.fixture
def mapped(cafe, beans):
    facts = {"channel": "/data/via", "label.campaign": "/data/utm", "session": "/subject"}
    return create_mapping(cafe, type="checkout.completed", act="earn", parts=CHECKOUT, facts=facts, actor="system:test")


def points(membership) -> int:
    return balances([membership.account_id])[membership.account_id].posted


def test_a_brand_says_where_the_parts_of_a_purchase_are(cafe, mapped, ana_beans):
    taken = take_in(cafe, checkout())

    purchase = Purchase.objects.get()
    assert (taken.event.status, purchase.reference, purchase.amount_minor) == ("done", "1001", 4_000)
    assert (purchase.source, purchase.metadata) == ("app", {"session": "session/7", "label.campaign": "spring"})
    (line,) = purchase.items
    assert (line["sku"], line["quantity"], line["labels"]) == ("tea", "1.5", {"campaign": "spring"})


def test_its_attributes_are_facts_for_rules(cafe, beans, mapped, ana_beans):
    spring = {"fact": "line.labels.campaign", "operator": "equal", "value": "spring"}
    rule_by(
        beans,
        rule("base", per(1)),
        rule("app", fixed(5), group="bonus", conditions=leaf("order.channel", "equal", "app")),
        rule("spring", fixed(7), group="bonus", conditions=leaf("lines.count", "greaterThan", 0, spring)),
    )

    take_in(cafe, checkout())

    assert points(ana_beans) == 52


def test_the_fields_of_a_kind_of_event_are_where_the_mapping_says(cafe, beans, ana_beans):
    EventType.objects.create(brand=cafe, name="review.written", fields={"text_length": "integer"})
    long = leaf("event.text_length", "greaterThanInclusive", 50)
    rule_by(beans, rule("review", fixed(20), trigger="event:review.written", conditions=long))
    create_mapping(
        cafe, type="Review/Created", act="trigger", event_type="review.written", parts={"email": "/data/author"},
        facts={"text_length": "/data/body/length"}, actor="system:test",
    )  # fmt: skip

    event = told("Review/Created", subject="", data={"author": "ANA@example.com", "body": {"length": 60}})
    take_in(cafe, event)

    assert points(ana_beans) == 20
    assert MemberEvent.objects.get().type == "review.written"


@pytest.mark.parametrize("name", ["email", "phone", "card_number", "member"])
def test_a_member_goes_by_any_of_their_names(cafe, ana, ana_beans, name):
    ana.phone = "+31612345678"
    ana.save()
    refresh_indexes(ana)
    said = {"email": "Ana@Example.com", "phone": "0031 6 12345678", "card_number": ana_beans.card_number}

    taken = take_in(
        cafe, paid("order-1", subject="", data={name: said[name]} if name in said else {"member_id": "ana"})
    )

    assert (taken.event.status, taken.event.member_id) == ("done", ana.id)


def test_the_most_particular_mapping_counts(cafe, beans, ana_beans):
    source, _ = create_source(cafe, name="Shop", program=beans, actor="system:test")
    create_mapping(cafe, type="order.paid", act="ignore", actor="system:test")
    create_mapping(cafe, type="order.paid", act="earn", source=source, actor="system:test")

    assert take_in(cafe, paid("order-1"), sender=source).event.status == "done"
    assert take_in(cafe, paid("order-2")).event.status == "ignored"
    EventMapping.objects.all().update(is_active=False)
    assert take_in(cafe, paid("order-3")).event.status == "done"


def test_in_which_of_several_programs_has_to_be_said(cafe, beans, ana_beans):
    create_program(cafe, code="TEA", name="Tea", unit_name="leaves", money_currency="EUR")

    assert take_in(cafe, paid("order-1")).event.reason == "program-required"
    assert take_in(cafe, paid("order-2", program="BEANS")).event.status == "done"
    create_mapping(cafe, type="order.paid", act="earn", program=beans, actor="system:test")
    assert take_in(cafe, paid("order-3")).event.status == "done"


def test_every_mistake_of_a_mapping_is_told(api, cafe, beans):
    wrong = {
        "type": "shop.sold", "act": "earn", "event_type": "sold",
        "parts": {"amount": "data/total", "member": [], "colour": "/data/colour", "reference": ["/id", "/a~2"]},
        "facts": {"channel": "total", "Bad Name": "/data/x"},
    }  # fmt: skip

    answer = api.post("/api/event-mappings", wrong)

    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/event_type", "not-for-this-act"),
        ("/parts/amount", "invalid-pointer"),
        ("/parts/member", "invalid-length"),
        ("/parts/colour", "unknown-part"),
        ("/parts/reference/1", "invalid-pointer"),
        ("/facts/channel", "invalid-pointer"),
        ("/facts/Bad Name", "invalid-format"),
    ]
    trigger = api.post("/api/event-mappings", {"type": "sold", "act": "trigger"})
    assert [one["code"] for one in trigger.json()["errors"]] == ["unknown-event-type"]
    own = api.post("/api/event-mappings", {"type": "member.joined", "act": "ignore"})
    assert [one["code"] for one in own.json()["errors"]] == ["reserved"]


def test_a_mapping_is_tried_and_nothing_stays(api, cafe, ana_beans):
    mapping = {"type": "checkout.completed", "act": "earn", "parts": CHECKOUT, "facts": {"channel": "/data/via"}}
    event = checkout().document()

    told = api.post("/api/event-mappings/try", mapping | {"event": event}).json()

    assert (told["status"], [one["points"] for one in told["transactions"]]) == ("done", [40])
    assert told["parts"]["member"] == {"pointer": "/data/customer/id", "value": "ana"}
    assert told["facts"] == {"channel": "app"}
    assert (points(ana_beans), Purchase.objects.count(), InboundEvent.objects.count()) == (0, 0, 0)
    broken = checkout(cents="much").document()
    told = api.post("/api/event-mappings/try", mapping | {"event": broken}).json()
    assert (told["status"], [one["pointer"] for one in told["errors"]]) == ("failed", ["/data/cents"])


def test_what_was_ignored_is_taken_up_once_it_means_something(api, cafe, ana_beans):
    kept = [take_in(cafe, checkout(number=number)).event for number in (1, 2)]
    assert {event.status for event in kept} == {"ignored"}

    made = api.post("/api/event-mappings", {"type": "checkout.completed", "act": "earn", "parts": CHECKOUT}).json()
    up = api.post(f"/api/event-mappings/{made['id']}/take-up", {})

    assert (made["ignored"], up.json(), points(ana_beans)) == (2, {"tried": 2}, 80)
    assert api.get(f"/api/event-mappings/{made['id']}").json()["ignored"] == 0


def test_mappings_are_a_brands_own(api, bistro_api, cafe, beans):
    made = api.post("/api/event-mappings", {"type": "sold", "act": "ignore"}).json()
    at = f"/api/event-mappings/{made['id']}"

    assert refusal(api.post("/api/event-mappings", {"type": "sold", "act": "earn"})) == (409, "event-mapping-taken")
    assert api.patch(at, {"act": "earn"}).json()["act"] == "earn"
    assert (refusal(bistro_api.get(at))[0], bistro_api.get("/api/event-mappings").json()["results"]) == (404, [])
    assert (api.delete(at).status_code, refusal(api.get(at))[0]) == (204, 404)


def test_who_registers_with_an_email_that_is_known_is_that_member(cafe, ana, ana_beans):
    BrandMember.objects.filter(member=ana).update(external_id=None)

    event = told("guest.registered", subject="guest-7", data={"email": "ana@example.com", "name": "Other"})
    take_in(cafe, event)

    assert BrandMember.objects.get(member=ana).external_id == "guest-7"
    assert Membership.objects.get().member.name == "Ana"


def test_a_program_that_is_named_is_found_among_however_many(cafe, beans, ana_beans, monkeypatch):
    for name in ("A", "B"):
        create_program(cafe, code=f"A{name}", name=name, money_currency="EUR")
    monkeypatch.setattr(meanings, "PROGRAMS_MAX", 2)

    assert take_in(cafe, paid("order-1", program="BEANS")).event.status == "done"
    assert take_in(cafe, paid("order-2", program=str(beans.id))).event.status == "done"


def test_what_one_brand_was_told_stands_in_no_other_brands_way(cafe, bistro, ana, ana_beans):
    plates = create_program(bistro, code="PLATES", name="Plates", money_currency="EUR")
    BrandMember.objects.create(brand=bistro, member=ana)
    enrol(plates, ana)
    event = paid("order-1", subject=str(ana.id), program="BEANS", id="same")
    other = paid("order-1", subject=str(ana.id), program="PLATES", id="same")

    taken = [take_in(cafe, event).event, take_in(bistro, other).event]

    assert [(one.status, one.reason) for one in taken] == [("done", ""), ("done", "")]


def test_what_is_no_text_is_a_fact_as_json_writes_it(cafe, mapped, ana_beans):
    take_in(cafe, checkout(utm=True, via="app"))

    (line,) = Purchase.objects.get().items
    assert line["labels"] == {"campaign": "true"}
