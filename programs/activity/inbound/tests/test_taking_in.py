"""Events of other systems are taken in once, and done when they can be."""

import pytest

from ledger.selectors import balances
from loyalty.events.models import Event
from programs.activity.inbound.doors import take_in
from programs.activity.inbound.errors import EventIdReused
from programs.activity.inbound.models import InboundEvent
from programs.activity.inbound.tests.telling import paid, registered, returned, told
from programs.activity.models import Purchase, Return
from programs.activity.tests.together import all_at_once
from programs.membership.models import Membership

pytestmark = pytest.mark.django_db


def points(membership) -> int:
    return balances([membership.account_id])[membership.account_id].posted


def test_an_order_earns(cafe, ana_beans):
    taken = take_in(cafe, paid("order-1", "12.50"))

    assert (taken.is_new, taken.event.status, taken.event.act) == (True, "done", "earn")
    assert taken.event.member_id == ana_beans.member_id
    assert taken.event.outcome == {"transactions": [str(Purchase.objects.get().id)]}
    assert points(ana_beans) == 12


def test_told_again_it_is_answered_as_it_is(cafe, ana_beans):
    order = paid("order-1", "12.50")
    take_in(cafe, order)

    again = take_in(cafe, order)

    assert (again.is_new, again.event.status, points(ana_beans)) == (False, "done", 12)


def test_another_content_under_the_same_name_is_refused(cafe, ana_beans):
    take_in(cafe, paid("order-1", "12.50", id="same"))

    with pytest.raises(EventIdReused):
        take_in(cafe, paid("order-1", "99.00", id="same"))


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_tell_it_at_once_one_counts(cafe, ana_beans):
    order = paid("order-1", "12.50")

    taken = all_at_once(20, lambda n: take_in(cafe, order))

    assert sorted(one.is_new for one in taken) == [False] * 19 + [True]
    assert {one.event.status for one in taken} == {"done"}
    assert (InboundEvent.objects.count(), Purchase.objects.count(), points(ana_beans)) == (1, 1, 12)


def test_who_registers_elsewhere_joins_as_of_then(cafe, beans):
    guest = registered("guest-1", name="Gia", email="gia@example.com", phone="+31612345678", birth_date="1990-02-03")

    taken = take_in(cafe, guest)

    membership = Membership.objects.get(program=beans)
    member = membership.member
    assert taken.event.outcome == {"memberships": [str(membership.id)]}
    assert membership.joined_at == guest.time
    assert (member.name, member.email, member.phone, f"{member.birth_date}") == (
        "Gia", "gia@example.com", "+31612345678", "1990-02-03",
    )  # fmt: skip


def test_an_order_before_its_guest_waits_and_is_woken(cafe, beans):
    order = take_in(cafe, paid("order-1", subject="guest-1")).event
    assert (order.status, order.reason) == ("waiting", "member-unknown")
    assert "guest-1" not in order.waits_for

    take_in(cafe, registered("guest-1"))

    order.refresh_from_db()
    assert (order.status, points(Membership.objects.get())) == ("done", 12)


def test_a_return_before_its_order_before_its_guest(cafe, beans):
    events = [
        take_in(cafe, one).event
        for one in (returned("order-1", "2.50"), paid("order-1", "12.50", subject="guest-1"), registered("guest-1"))
    ]

    statuses = [InboundEvent.objects.get(pk=event.pk).status for event in events]
    assert statuses == ["done"] * 3
    assert (points(Membership.objects.get()), Return.objects.get().amount_minor) == (10, 250)


def test_what_nobody_knows_is_kept_and_counts_as_nothing(cafe, ana_beans):
    taken = take_in(cafe, told("cart.left", data={"items": 3}))

    assert (taken.event.status, taken.event.act) == ("ignored", "")


def test_what_a_person_must_mend_is_kept_with_its_mistakes(cafe, ana_beans):
    taken = take_in(cafe, paid("order-1", "a lot", data={"items": [{"sku": "tea", "amount": -1}, 7]}))

    event = InboundEvent.objects.get(pk=taken.event.pk)
    assert (event.status, event.reason) == ("failed", "validation-error")
    assert [one["pointer"] for one in event.outcome["errors"]] == [
        "/data/amount",
        "/data/items/1",
        "/data/items/0/amount",
    ]
    assert Event.objects.filter(type="inbound.failed", aggregate_id=event.id).count() == 1


def test_what_it_says_is_sealed(cafe, ana_beans):
    take_in(cafe, paid("order-1"))

    (raw,) = InboundEvent.objects.raw("select id, content::text as kept from programs_inboundevent")
    assert "order-1" not in raw.kept and "order-1" in InboundEvent.objects.get().content
