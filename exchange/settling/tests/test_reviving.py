"""What people decide about exchanges that could not be settled."""

import pytest

from exchange.requests import waking
from exchange.requests.models import Exchange, ExchangeStep
from exchange.settling.reviving import give_up, retry
from exchange.settling.settling import Settled, put_off, settle_lane
from exchange.settling.tests.waiting import make_pair
from ledger.reconciliation import reconcile
from loyalty.errors import LoyaltyError
from loyalty.events.models import Event
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7

pytestmark = pytest.mark.django_db


def staff(brand, role: str = "admin") -> Principal:
    return Principal(kind="person", id=uuid7(), actor="person:x", brands={brand.id: role})


@pytest.fixture
def dead(pair) -> Exchange:
    """An exchange of 100 miles, in lane 0, that six attempts could not settle."""
    exchange = pair.ask(pair.members[0], lane=0)
    for _ in range(6):
        put_off(exchange.id, RuntimeError("no luck"))
    exchange.refresh_from_db()
    return exchange


def code_of(act, *arguments) -> str:
    with pytest.raises(LoyaltyError) as refused:
        act(*arguments)
    return refused.value.code


def test_a_dead_exchange_is_tried_again_when_staff_say_so(dead, cafe):
    told = retry(staff(cafe, "staff"), dead.id)

    assert (told.status, told.is_dead, told.attempts) == ("pending", False, 0)
    assert settle_lane(0) == Settled(completed=1)
    assert code_of(retry, staff(cafe), dead.id) == "exchange-not-dead"
    events = Event.objects.filter(aggregate_id=dead.id).order_by("sequence")
    assert [event.type for event in events] == ["exchange.dead", "exchange.revived", "exchange.completed"]
    assert ExchangeStep.objects.filter(name="revived", actor="person:x").count() == 1


def test_whoever_settles_is_told_of_a_revived_exchange_when_it_can_be_seen(
    dead, cafe, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(waking, "_wakers", [told.append])

    with django_capture_on_commit_callbacks(execute=True):
        retry(staff(cafe), dead.id)
        assert told == []
    assert told == [dead.lane]


def test_the_other_side_may_do_so_too_and_a_stranger_sees_no_such_exchange(dead, bistro):
    stranger = Principal(kind="person", id=uuid7(), actor="person:y", brands={uuid7(): "admin"})

    assert code_of(retry, stranger, dead.id) == "not-found"
    assert code_of(give_up, stranger, dead.id, "why not") == "not-found"
    assert code_of(retry, staff(bistro, "partner"), dead.id) == "forbidden"
    assert retry(staff(bistro), dead.id).status == "pending"


def test_an_exchange_that_is_given_up_on_gives_everything_back(cafe, bistro):
    pair = make_pair(cafe, bistro, member_daily_max=500, pair_daily_max=500)
    ana = pair.members[0]
    exchange = pair.ask(ana, lane=0)
    for _ in range(6):
        put_off(exchange.id, RuntimeError("no luck"))

    told = give_up(staff(cafe), exchange.id, "The partner is gone")

    assert (told.status, told.failure, told.is_dead) == ("failed", "given-up", False)
    assert pair.balances(ana) == ((1000, 0), (0, 0))
    assert (pair.used(ana), pair.used()) == (0, 0)
    assert list(ExchangeStep.objects.filter(name="given_up").values_list("note", flat=True)) == ["The partner is gone"]
    assert Event.objects.filter(aggregate_id=exchange.id).latest("sequence").data["failure"] == "given-up"
    assert [result.invariant.name for result in reconcile() if not result.is_ok] == []
    assert code_of(give_up, staff(cafe), exchange.id, "again") == "exchange-not-dead"


def test_one_that_is_put_off_can_be_given_up_on_and_one_that_only_waits_cannot(pair, cafe):
    put, waiting = pair.ask(pair.members[0]), pair.ask(pair.members[1])
    put_off(put.id, RuntimeError("not now"))

    assert give_up(staff(cafe), put.id, "No use").failure == "given-up"
    assert code_of(give_up, staff(cafe), waiting.id, "No use") == "exchange-not-dead"
    assert code_of(retry, staff(cafe), waiting.id) == "exchange-not-dead"


def test_giving_up_is_for_admins_and_needs_a_reason(dead, cafe):
    assert code_of(give_up, staff(cafe, "staff"), dead.id, "No use") == "forbidden"
    assert code_of(give_up, staff(cafe), dead.id, "  ") == "validation-error"
    assert code_of(give_up, staff(cafe), dead.id, "x" * 301) == "validation-error"
    dead.refresh_from_db()
    assert dead.is_dead
