"""Codes in bulk: never more nor fewer than the batch says, whatever happens between its chunks."""

from time import monotonic

import pytest
from django.db import transaction

from loyalty.errors import Forbidden
from loyalty.events.models import Event
from loyalty.http.idempotency import KeyReused
from loyalty.identity.principals import Principal
from loyalty.runs import operations as runs
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from programs.activity.tests.together import all_at_once
from programs.rewards.issuing import batches, work
from programs.rewards.issuing.asking import ask_for_codes, disable_batch
from programs.rewards.issuing.batches import BatchRequest, fill_batch, fill_chunk, make_batch
from programs.rewards.issuing.errors import BatchDisabled, RewardNotIssuable
from programs.rewards.models import Reward, Voucher, VoucherBatch
from programs.rewards.vouchers.codes import has_right_check

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(cafe, manager):
    """Who may issue many."""
    return Principal(kind="person", id=manager.id, actor=f"person:{manager.id}", brands={cafe.id: "admin"})


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 40)


def made(batch) -> tuple[int, int]:
    """How many the batch says there are, and how many there are."""
    batch.refresh_from_db()
    return batch.made, Voucher.objects.filter(batch=batch).count()


def test_codes_are_worth_what_the_reward_is(beans, coffee):
    batch = fill_batch(make_batch(beans, BatchRequest(count=25, name="Spring", reward=coffee), actor="system:x"))

    assert made(batch) == (25, 25)
    voucher = Voucher.objects.first()
    assert (voucher.status, voucher.kind, voucher.uses, voucher.uses_max) == ("issued", "unique", 0, 1)
    assert (voucher.terms["name"], voucher.terms["skus"]) == ('Two off, "really"\\', ["a\tb"])
    assert (voucher.brand_id, voucher.reward_id, voucher.expires_at) == (beans.brand_id, coffee.pk, batch.expires_at)
    codes = set(Voucher.objects.values_list("code", flat=True))
    assert len(codes) == 25 and all(has_right_check(code) for code in codes)


def test_one_event_tells_of_a_chunk_and_of_no_code(beans, coffee):
    batch = make_batch(beans, BatchRequest(count=25, reward=coffee), actor="system:x")
    fill_batch(batch, most=10)

    told = Event.objects.filter(type="vouchers.issued", aggregate_id=batch.pk).order_by("sequence")
    assert [(event.data["issued"], event.data["made"]) for event in told] == [(10, 10), (10, 20), (5, 25)]
    assert not any(code in str(event.data) for event in told for code in Voucher.objects.values_list("code", flat=True))


def test_gift_cards_hold_their_value(beans, coffee):
    coffee.kind, coffee.value_minor = "gift_card", 2_500
    batch = fill_batch(make_batch(beans, BatchRequest(count=2, reward=coffee), actor="system:x"))

    held = Voucher.objects.filter(batch=batch).values_list("kind", "value_minor", "balance_minor", "uses_max")
    assert list(held) == [("gift", 2_500, 2_500, None)] * 2


@pytest.mark.parametrize("change", [{"status": "archived"}, {"kind": "external_code"}, {"kind": "donation"}])
def test_of_some_rewards_no_codes_are_made(beans, coffee, change):
    Reward.objects.filter(pk=coffee.pk).update(**change)
    coffee.refresh_from_db()

    with pytest.raises(RewardNotIssuable):
        make_batch(beans, BatchRequest(count=2, reward=coffee), actor="system:x")


def test_many_are_made_by_long_work(beans, coffee, boss, small_chunks):
    batch = ask_for_codes(boss, beans, BatchRequest(count=101, name="Spring", reward=coffee, key="k"))
    again = ask_for_codes(boss, beans, BatchRequest(count=101, name="Spring", reward=coffee, key="k"))
    assert (again.pk, made(batch), Run.objects.count()) == (batch.pk, (0, 0), 1)

    run = carry_on(Run.objects.get(), seconds=None)

    assert (run.status, run.done, run.total, run.summary) == ("done", 101, 101, {"issued": 101})
    assert made(batch) == (101, 101)


def test_the_same_key_for_another_batch_is_refused(beans, coffee, boss):
    ask_for_codes(boss, beans, BatchRequest(count=3, reward=coffee, key="k"))

    with pytest.raises(KeyReused):
        ask_for_codes(boss, beans, BatchRequest(count=4, reward=coffee, key="k"))


def test_work_that_is_ended_between_or_within_chunks_goes_on_where_it_stopped(
    beans, coffee, boss, small_chunks, monkeypatch
):
    batch = ask_for_codes(boss, beans, BatchRequest(count=130, reward=coffee))
    step, calls = work.IssueCodes.step, []

    def killed(self, start):
        done = step(self, start)
        calls.append(start)
        if len(calls) in (2, 3):
            raise RuntimeError("the power went")
        return done

    monkeypatch.setattr(work.IssueCodes, "step", killed)
    run = Run.objects.get()
    for expected in (40, 40):
        assert carry_on(run, seconds=None).status == "failed"
        assert made(batch) == (expected, expected)
        runs.resume(boss, run)

    assert carry_on(run, seconds=None).status == "done"
    assert made(batch) == (130, 130)


def test_cancelled_it_stops_and_what_is_made_stays(beans, coffee, boss, small_chunks, monkeypatch):
    batch = ask_for_codes(boss, beans, BatchRequest(count=130, reward=coffee))
    run, step = Run.objects.get(), work.IssueCodes.step

    def cancelled(self, start):
        if start == 80:
            runs.cancel(boss, run)
        return step(self, start)

    monkeypatch.setattr(work.IssueCodes, "step", cancelled)
    carry_on(run, seconds=None)
    run.refresh_from_db(fields=["status", "done"])

    assert run.status == "cancelled" and made(batch)[0] == made(batch)[1] < 130


def test_staff_who_may_issue_one_may_not_issue_many(beans, coffee, boss):
    staff = Principal(kind="person", id=boss.id, actor="person:x", brands={beans.brand_id: "staff"})

    with pytest.raises(Forbidden):
        ask_for_codes(staff, beans, BatchRequest(count=2, reward=coffee))


def test_a_batch_is_disabled_but_for_what_was_used(beans, coffee, boss):
    batch = ask_for_codes(boss, beans, BatchRequest(count=5, reward=coffee))
    used = Voucher.objects.first()
    Voucher.objects.filter(pk=used.pk).update(status="redeemed", uses=1)

    assert (disable_batch(boss, batch, reason="Leaked"), disable_batch(boss, batch, reason="Again")) == (4, 0)

    kept = Voucher.objects.filter(disabled_reason="Leaked").values_list("status", flat=True)
    assert list(kept) == ["disabled"] * 4
    assert Event.objects.get(type="vouchers.disabled").data["disabled"] == 4


def test_disabled_while_it_is_made_no_more_are_made(beans, coffee, boss, small_chunks):
    batch = ask_for_codes(boss, beans, BatchRequest(count=130, reward=coffee))
    with transaction.atomic():
        fill_chunk(batch.pk, most=40)

    disable_batch(boss, batch, reason="Leaked")

    assert carry_on(Run.objects.get(), seconds=None).status == "cancelled"
    with pytest.raises(BatchDisabled), transaction.atomic():
        fill_chunk(batch.pk)
    assert made(batch) == (40, 40)


@pytest.mark.django_db(transaction=True)
def test_four_who_fill_a_batch_at_once_make_as_many_as_it_says(beans, coffee):
    batch = make_batch(beans, BatchRequest(count=500, reward=coffee), actor="system:x")

    all_at_once(4, lambda n: fill_batch(VoucherBatch.objects.get(pk=batch.pk), most=30))

    assert made(batch) == (500, 500)


def test_a_hundred_thousand_take_seconds(beans, coffee):
    batch = make_batch(beans, BatchRequest(count=100_000, reward=coffee), actor="system:x")

    began = monotonic()
    fill_batch(batch)
    seconds = monotonic() - began

    assert (made(batch), batches.CHUNK) == ((100_000, 100_000), 10_000)
    assert seconds < 30, f"{seconds:.1f} s"
