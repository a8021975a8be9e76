"""The sweep of vouchers that ended: bounded, safe to repeat, and never in anybody's way."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from loyalty import clock
from loyalty.events.models import Event
from programs.activity.tests.together import all_at_once
from programs.rewards.issuing import expiring
from programs.rewards.issuing.batches import BatchRequest, fill_batch, make_batch
from programs.rewards.issuing.expiring import expire_vouchers
from programs.rewards.models import Reward, Voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(beans, coffee):
    """Seven vouchers that ended an hour ago, and two that have not."""
    Reward.objects.filter(pk=coffee.pk).update(stock_left=100)
    ended = clock.now() - timedelta(hours=1)
    batch = fill_batch(make_batch(beans, BatchRequest(count=9, reward=coffee), actor="system:x"))
    gone = list(Voucher.objects.filter(batch=batch).values_list("pk", flat=True)[:7])
    Voucher.objects.filter(pk__in=gone).update(expires_at=ended)
    return ended


def states() -> list[str]:
    return sorted(Voucher.objects.values_list("status", flat=True))


def ran(*arguments: str) -> str:
    out = StringIO()
    call_command("expire_vouchers", *arguments, stdout=out)
    return out.getvalue().strip()


def test_what_ended_expires_once_with_an_event_each(ended):
    assert (expire_vouchers(at=clock.now()), expire_vouchers(at=clock.now())) == (7, 0)

    assert states() == ["expired"] * 7 + ["issued"] * 2
    told = Event.objects.filter(type="voucher.expired")
    assert {event.aggregate_id for event in told} == set(
        Voucher.objects.filter(status="expired").values_list("pk", flat=True)
    )
    assert {(event.occurred_at, event.data["reward"]) for event in told} == {(ended, "coffee")}
    assert Voucher.objects.filter(expired_at=ended).count() == 7


def test_stock_is_not_given_back(ended, coffee):
    expire_vouchers(at=clock.now())

    coffee.refresh_from_db()
    assert coffee.stock_left == 100


def test_what_was_used_or_disabled_stays_so(ended):
    first, second = Voucher.objects.filter(expires_at=ended)[:2]
    Voucher.objects.filter(pk=first.pk).update(status="redeemed", uses=1)
    Voucher.objects.filter(pk=second.pk).update(status="disabled")

    assert expire_vouchers(at=clock.now()) == 5


def test_an_instant_a_program_and_a_limit_bound_it(ended, beans):
    assert expire_vouchers(at=ended - timedelta(seconds=1)) == 0
    assert expire_vouchers(at=clock.now(), limit=3) == 3
    assert (ran("--dry-run", "--program", "BEANS"), ran("--program", "BEANS"), ran()) == (
        "would expire 4 vouchers", "expired 4 vouchers", "expired 0 vouchers",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_share_the_work(ended, monkeypatch):
    monkeypatch.setattr(expiring, "CHUNK", 2)

    done = all_at_once(3, lambda n: expire_vouchers(at=clock.now()))

    assert sum(done) + expire_vouchers(at=clock.now()) == 7
    assert Event.objects.filter(type="voucher.expired").count() == 7
