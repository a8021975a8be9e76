"""What other systems told of somebody is told to them, and forgotten with them."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.identity.privacy.erasing import erase_person
from loyalty.identity.privacy.exporting import export_person
from loyalty.identity.privacy.subjects import find_subject
from programs.activity.inbound.doors import take_in
from programs.activity.inbound.keeping import forget_old_contents
from programs.activity.inbound.models import InboundEvent
from programs.activity.inbound.tests.telling import paid, told

pytestmark = pytest.mark.django_db
EMAIL = "quirin.zephyr@example.com"


@pytest.fixture
def guest(cafe, beans):
    """A member of whom other systems told, and one event of nobody that names them."""
    event = told("guest.registered", subject="guest-1", data={"email": EMAIL}, id="registered")
    member_id = take_in(cafe, event).event.member_id
    take_in(cafe, paid("order-1", subject="guest-1", id="paid"))
    take_in(cafe, told("survey.sent", subject="", data={"to": EMAIL.upper()}, id="survey"))
    take_in(cafe, paid("order-2", subject="other", id="other"))
    return find_subject(member_id)


def test_they_are_told_what_was_told(guest):
    sections = export_person(guest, actor="test")["sections"]

    assert [row["event_key"] for row in sections["inbound_events"]] == ["registered", "paid"]
    assert EMAIL in sections["inbound_events"][0]["content"]


def test_it_is_forgotten_and_told_again_it_does_nothing(cafe, guest):
    erase_person(guest, actor="test", reason="asked")

    left = {event.event_key: (event.status, bool(event.content)) for event in InboundEvent.objects.all()}
    assert left == {
        "registered": ("done", False), "paid": ("done", False), "survey": ("discarded", False),
        "other": ("waiting", True),
    }  # fmt: skip
    again = take_in(cafe, told("guest.registered", subject="guest-1", data={"email": EMAIL}, id="registered"))
    assert (again.is_new, again.event.status) == (False, "done")


def test_what_was_done_long_ago_is_known_by_its_name_only(cafe, guest, settings):
    settings.RETENTION_EVENT_MONTHS = 12
    later = clock.now() + timedelta(days=370)

    counts = [forget_old_contents(at=at) for at in (clock.now(), later, later)]

    left = dict(InboundEvent.objects.filter(content__isnull=False).values_list("event_key", "status"))
    assert (counts, left) == ([0, 3, 0], {"other": "waiting"})
    told_at = InboundEvent.objects.get(event_key="paid").occurred_at
    again = take_in(cafe, paid("order-1", subject="guest-1", id="paid", time=told_at))
    assert (again.is_new, again.event.status) == (False, "done")


def test_without_a_time_nothing_is_forgotten(guest, settings):
    settings.RETENTION_EVENT_MONTHS = 0

    assert forget_old_contents(at=clock.now() + timedelta(days=9_000)) == 0
