"""An exchange that ends its worker each time is not tried for ever, and holds up nobody else."""

from datetime import timedelta

import pytest

from exchange.requests.models import Exchange, ExchangeStep, Handful
from exchange.settling import settling
from exchange.settling.settling import ATTEMPTS_MAX, Settled, settle_lane
from exchange.settling.tests.waiting import make_pair
from ledger.reconciliation import reconcile
from loyalty import clock
from loyalty.events.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The end of a process: nothing of its own runs any more, and its transaction is rolled back."""


@pytest.fixture
def poisonous(monkeypatch):
    """Whoever looks at this exchange is ended by that, as by the kernel when memory is short."""
    decide = settling.decide

    def make(exchange: Exchange) -> None:
        def kill(claim):
            if exchange.id in {one.id for one in claim.rows}:
                raise Killed
            return decide(claim)

        monkeypatch.setattr(settling, "decide", kill)

    return make


def worker_dies() -> bool:
    """Whether a worker that settles the lane until it finds nothing is ended by that; time passes then."""
    try:
        while settle_lane(0).total:
            pass
    except Killed:
        past = clock.now() - timedelta(minutes=1)
        Handful.objects.update(taken_at=past)
        Exchange.objects.filter(next_attempt_at__isnull=False, is_dead=False).update(next_attempt_at=past)
        return True
    return False


def test_it_is_dead_in_the_end_and_the_others_are_settled_long_before(cafe, bistro, poisonous):
    pair = make_pair(cafe, bistro, members=4)
    made = pair.ask_all(pair.members, lane=0)
    poisonous(made[1])
    deaths = [worker_dies() for _ in range(3)]
    settled = Exchange.objects.filter(status="completed").count()
    while worker_dies():
        deaths.append(True)
        assert len(deaths) < 20

    dead = Exchange.objects.get(id=made[1].id)
    # The first one, before anything was counted, and each attempt that was.
    assert (deaths, settled) == ([True] * (ATTEMPTS_MAX + 1), 3)
    assert (dead.is_dead, dead.attempts, dead.status) == (True, ATTEMPTS_MAX, "processing")
    assert dead.last_error == "Its worker ended in the middle of the attempt."
    assert list(ExchangeStep.objects.values_list("name", flat=True)) == ["dead"]
    assert Event.objects.filter(aggregate_id=dead.id, type="exchange.dead").count() == 1
    assert set(Exchange.objects.exclude(id=dead.id).values_list("status", "attempts")) == {("completed", 0)}
    assert not Handful.objects.exists()
    assert [result.invariant.name for result in reconcile() if not result.is_ok] == []


def test_what_a_worker_left_is_settled_one_by_one_and_counts_no_attempt(cafe, bistro):
    pair = make_pair(cafe, bistro, members=3)
    pair.ask_all(pair.members, lane=0)
    Handful.objects.create(lane=0, taken_at=clock.now() - timedelta(minutes=1))

    assert settle_lane(0) == Settled(completed=3)
    assert set(Exchange.objects.values_list("status", "attempts", "last_error")) == {("completed", 0, "")}
    assert not Handful.objects.exists()


def test_another_lane_and_one_who_began_just_now_make_nobody_careful(cafe, bistro):
    pair = make_pair(cafe, bistro, members=3)
    pair.ask_all(pair.members, lane=0)
    other = Handful.objects.create(lane=1, taken_at=clock.now() - timedelta(minutes=1))
    begun = Handful.objects.create(lane=0, taken_at=clock.now())

    assert settle_lane(0) == Settled(completed=3)
    assert set(Handful.objects.all()) == {other, begun}
