"""Exchanges that wait are completed at what they were asked for, or fail with a code and leave nothing behind."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.clearing.models import PoolChange
from exchange.clearing.pools import pools_off
from exchange.rates.models import Agreement
from exchange.requests.models import Exchange, ExchangeStep, Handful
from exchange.settling import settling
from exchange.settling.settling import Settled, put_off, settle_lane
from exchange.settling.tests.waiting import make_pair
from ledger.models import Lot, Posting
from ledger.posting import Move, post_one
from ledger.reconciliation import reconcile
from loyalty import clock
from loyalty.events.models import Event
from loyalty.testing.statements import beginnings
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


def settle_all() -> Settled:
    """What one pass over all lanes does."""
    done = Settled()
    for lane in range(8):
        done += settle_lane(lane)
    return done


def end_of(exchange: Exchange) -> tuple[str, str]:
    exchange.refresh_from_db()
    return exchange.status, exchange.failure


def off() -> list[str]:
    return [result.invariant.name for result in reconcile() if not result.is_ok]


def test_both_legs_are_posted_at_the_amounts_that_were_asked_for(pair):
    ana = pair.members[0]
    exchange = pair.ask(ana, 101)
    before = pair.balances(ana)

    assert settle_all() == Settled(completed=1)
    exchange.refresh_from_db()
    legs = list(Posting.objects.filter(public_id__in=[exchange.out_id, exchange.in_id]).order_by("kind"))
    assert before == ((899, 101), (0, 0))
    assert pair.balances(ana) == ((899, 0), (252, 0))
    assert [(leg.kind, leg.key) for leg in legs] == [
        ("exchange_in", f"exchange:{exchange.id}:in"),
        ("exchange_out", f"exchange:{exchange.id}:out"),
    ]
    assert (exchange.status, exchange.attempts) == ("completed", 0)
    assert exchange.completed_at >= exchange.created_at
    assert off() == []


def test_the_clearing_accounts_of_the_pair_tell_what_was_given_and_issued(pair):
    pair.ask(pair.members[0], 100)
    settle_all()

    with connection.cursor() as cursor:
        cursor.execute(
            "select a.owner_id, sum(case when e.credit_id = a.id then e.points else -e.points end)::bigint"
            " from ledger_account a join ledger_ledgerentry e on a.id in (e.credit_id, e.debit_id)"
            " where a.kind = 'exchange' and a.owner_id is not null group by 1"
        )
        told = dict(cursor.fetchall())
    assert told == {pair.nights.id: 100, pair.miles.id: -250}


def test_settling_tells_what_happened_and_nothing_is_told_twice(pair):
    exchange = pair.ask(pair.members[0])
    settle_all()
    settle_all()
    exchange.refresh_from_db()

    (told,) = Event.objects.filter(aggregate_id=exchange.id)
    assert (told.type, told.sequence, told.brand_id) == ("exchange.completed", 1, pair.miles.brand_id)
    assert told.data == {
        "exchange_id": str(exchange.id),
        "from_program_id": str(pair.miles.id),
        "to_program_id": str(pair.nights.id),
        "from_amount": 100,
        "to_amount": 250,
        "fee": 0,
        "out_id": str(exchange.out_id),
        "in_id": str(exchange.in_id),
    }


def test_a_batch_of_any_size_takes_two_statements_after_it_is_taken_in_hand(cafe, bistro):
    pair = make_pair(cafe, bistro, members=40)
    told = []
    for size in (1, 30):
        pair.ask_all(pair.members[:size], 10, lane=0)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert settle_lane(0) == Settled(completed=size)
        told.append([one for one in beginnings(queries, 30) if "SAVEPOINT" not in one])

    took, claimed, settled = (
        "select * from exchange_take_in",
        "with gone as (delete from exch",
        "select * from exchange_settled",
    )
    assert told == [[took, claimed, settled]] * 2
    assert not Handful.objects.exists()


def test_an_empty_lane_is_one_statement(pair):
    with CaptureQueriesContext(connection) as queries:
        assert settle_lane(0) == Settled()

    assert len([one for one in beginnings(queries) if "SAVEPOINT" not in one]) == 1


def test_exchanges_of_a_member_keep_their_order(pair):
    ana, ben, _ = pair.members
    first, second, third = pair.ask_all([ana, ana, ben], lane=0)

    assert settle_lane(0) == Settled(completed=2)
    assert [end_of(one)[0] for one in (first, second, third)] == ["completed", "pending", "completed"]
    assert settle_lane(0) == Settled(completed=1)


def test_who_asks_for_very_many_does_not_keep_others_waiting(pair):
    ana, ben, _ = pair.members
    pair.ask_all([ana] * 50, 1, lane=0)
    late = pair.ask(ben, lane=0)

    assert settle_lane(0, limit=10) == Settled(completed=2)
    assert end_of(late)[0] == "completed"


def test_the_points_got_live_by_the_terms_of_their_program(cafe, bistro):
    pair = make_pair(cafe, bistro, pending_hours=48)
    Program.objects.filter(id=pair.nights.id).update(expiry_months=1, timezone="Europe/Berlin")
    pair.ask(pair.members[0])
    settle_all()

    (lot,) = Lot.objects.filter(account__unit=pair.nights.unit)
    assert lot.available_at - lot.granted_at == timedelta(hours=48)
    assert lot.expires_at > lot.granted_at
    assert lot.hops == 1
    assert pair.balances(pair.members[0]) == ((900, 0), (0, 250))


def test_points_that_changed_hands_before_have_done_so_once_more(pair):
    ana = pair.members[0]
    post_one(
        Move(
            kind="gift_in",
            account_id=pair.giving[ana].account_id,
            key="gift",
            fingerprint=b"",
            actor="test",
            points=50,
            hops=2,
            expires_at=clock.now() + timedelta(days=1),
            program_id=pair.miles.id,
        )
    )
    pair.ask(ana, 60)
    settle_all()

    assert [lot.hops for lot in Lot.objects.filter(account__unit=pair.nights.unit)] == [3]


@pytest.mark.parametrize(
    ("stands_against", "code"),
    [
        (lambda pair: Program.objects.filter(id=pair.nights.id).update(status="paused"), "program-not-active"),
        (lambda pair: Program.objects.filter(id=pair.miles.id).update(status="archived"), "program-not-active"),
        (
            lambda pair: Membership.objects.filter(program=pair.nights).update(status="suspended"),
            "membership-suspended",
        ),
        (lambda pair: Membership.objects.filter(program=pair.nights).update(status="closed"), "membership-closed"),
        (
            lambda pair: Agreement.objects.filter(id=pair.agreement.id).update(is_prefunded=True, pool_points=249),
            "pool-exhausted",
        ),
    ],
)
def test_what_stands_against_it_fails_the_exchange_and_the_points_go_back(cafe, bistro, stands_against, code):
    pair = make_pair(cafe, bistro, member_daily_max=1000, pair_daily_max=1000)
    ana = pair.members[0]
    exchange = pair.ask(ana)
    used = pair.used(ana), pair.used()
    stands_against(pair)

    assert settle_all() == Settled(failed=1)
    assert end_of(exchange) == ("failed", code)
    assert pair.balances(ana) == ((1000, 0), (0, 0))
    assert (used, (pair.used(ana), pair.used())) == ((100, 100), (0, 0))
    (told,) = Event.objects.filter(aggregate_id=exchange.id)
    assert (told.type, told.data["failure"]) == ("exchange.failed", code)
    assert settle_all() == Settled()
    assert off() == []


def test_usage_is_given_back_only_where_the_terms_count_it(cafe, bistro):
    pair = make_pair(cafe, bistro, member_daily_max=1000)
    ana = pair.members[0]
    pair.ask(ana)
    Program.objects.filter(id=pair.nights.id).update(status="paused")
    pair.count(Exchange.objects.get().day, None, 100)
    settle_all()

    assert (pair.used(ana), pair.used()) == (0, 100)


def test_points_that_went_back_already_fail_the_exchange_alone(pair):
    ana, ben, _ = pair.members
    gone, fine = pair.ask_all([ana, ben], lane=0)
    post_one(
        Move(
            kind="release",
            account_id=gone.from_account_id,
            key="release",
            fingerprint=b"",
            actor="test",
            target=gone.hold_id,
            program_id=pair.miles.id,
        )
    )

    assert settle_lane(0) == Settled(completed=1, failed=1)
    assert end_of(gone) == ("failed", "hold-resolved")
    assert end_of(fine) == ("completed", "")
    assert off() == []


def test_what_the_ledger_refuses_fails_alone(pair):
    ana, ben, cleo = pair.members
    made = pair.ask_all([ana, ben, cleo], lane=0)
    too_much = made[1]
    with connection.cursor() as cursor:
        cursor.execute(
            "update ledger_balance set posted = 9000000000000000 where account_id = %s", [too_much.to_account_id]
        )

    assert settle_lane(0) == Settled(completed=2, failed=1)
    assert end_of(too_much) == ("failed", "balance-limit")
    assert pair.balances(ben)[0] == (1000, 0)
    assert [end_of(made[n])[0] for n in (0, 2)] == ["completed", "completed"]


def test_a_pool_is_there_for_the_first_that_it_has_enough_for(pair):
    Agreement.objects.filter(id=pair.agreement.id).update(is_prefunded=True, pool_points=499)
    ana, ben, cleo = pair.members
    first, second, third = pair.ask_all([ana, ben, cleo], 100, lane=0)

    assert settle_lane(0) == Settled(completed=1, failed=2)
    assert [end_of(one) for one in (first, second, third)] == [
        ("completed", ""), ("failed", "pool-exhausted"), ("failed", "pool-exhausted"),
    ]  # fmt: skip
    pair.agreement.refresh_from_db()
    assert pair.agreement.pool_points == 249


def test_a_pool_that_somebody_else_used_meanwhile_is_looked_at_again(pair, monkeypatch):
    Agreement.objects.filter(id=pair.agreement.id).update(is_prefunded=True, pool_points=500)
    made = pair.ask_all(pair.members, lane=0)
    right, asked = settling.decide, []

    def too_hopeful(claim):
        asked.append(len(claim.rows))
        if len(asked) == 1:
            claim = settling.Claim(claim.rows, claim.programs, {pair.agreement.id: 10_000})
        return right(claim)

    monkeypatch.setattr(settling, "decide", too_hopeful)

    assert settle_lane(0) == Settled(completed=2, failed=1)
    assert sorted(end_of(one) for one in made) == [("completed", "")] * 2 + [("failed", "pool-exhausted")]
    assert asked == [3, 1, 2]


def test_an_exchange_of_an_agreement_that_has_ended_comes_out_of_its_pool(pair, cafe):
    Agreement.objects.filter(id=pair.agreement.id).update(is_prefunded=True, pool_points=499)
    PoolChange.objects.create(agreement=pair.agreement, points=499, reference="SEPA 1", actor="test")
    first, second = pair.ask_all(pair.members[:2], 100, lane=0)
    now = clock.now()
    Agreement.objects.filter(id=pair.agreement.id).update(status="ended", ended_at=now)
    # The next one of the pair has nothing to do with them.
    Agreement.objects.create(
        from_program=pair.miles, to_program=pair.nights, status="active", active_since=now, accepted_by=[cafe.id]
    )

    assert settle_lane(0) == Settled(completed=1, failed=1)
    assert [end_of(one) for one in (first, second)] == [("completed", ""), ("failed", "pool-exhausted")]
    assert pair.balances(pair.members[1]) == ((1000, 0), (0, 0))
    pair.agreement.refresh_from_db()
    assert pair.agreement.pool_points == 249
    assert pools_off() == []


def test_one_that_is_asked_for_under_the_next_agreement_leaves_the_pool_of_the_last(pair, cafe):
    Agreement.objects.filter(id=pair.agreement.id).update(
        is_prefunded=True, pool_points=499, status="ended", ended_at=clock.now()
    )
    Agreement.objects.create(
        from_program=pair.miles, to_program=pair.nights, status="active", active_since=clock.now(),
        accepted_by=[cafe.id],
    )  # fmt: skip
    exchange = pair.ask(pair.members[0], lane=0)

    assert settle_lane(0) == Settled(completed=1)
    assert end_of(exchange) == ("completed", "")
    pair.agreement.refresh_from_db()
    assert pair.agreement.pool_points == 499


def test_a_passing_trouble_puts_it_off_ever_longer_and_at_last_it_is_dead(pair):
    ana = pair.members[0]
    exchange, behind = pair.ask_all([ana, ana], lane=0)
    waits = []
    for _ in range(6):
        put_off(exchange.id, RuntimeError("the roof is on fire\nDETAIL: a name"))
        exchange.refresh_from_db()
        waits.append(round((exchange.next_attempt_at - clock.now()).total_seconds()))
        if not exchange.is_dead:
            assert (exchange.status, settle_lane(0)) == ("processing", Settled())

    assert waits[:5] == [1, 5, 30, 120, 600]
    assert (exchange.status, exchange.is_dead, exchange.attempts) == ("processing", True, 6)
    assert exchange.last_error == "RuntimeError: the roof is on fire"
    assert list(ExchangeStep.objects.values_list("name", flat=True)) == ["retry"] * 5 + ["dead"]
    assert [told.type for told in Event.objects.filter(aggregate_id=exchange.id)] == ["exchange.dead"]
    assert settle_lane(0) == Settled(completed=1)
    assert (end_of(behind)[0], end_of(exchange)[0]) == ("completed", "processing")


def test_it_is_tried_again_when_its_time_has_come(pair):
    exchange = pair.ask(pair.members[0], lane=0)
    put_off(exchange.id, RuntimeError("gone for a moment"))
    Exchange.objects.filter(id=exchange.id).update(next_attempt_at=clock.now() - timedelta(seconds=1))

    assert settle_lane(0) == Settled(completed=1)
    exchange.refresh_from_db()
    assert (exchange.status, exchange.attempts, exchange.next_attempt_at) == ("completed", 1, None)


def test_trouble_with_one_exchange_is_its_own(pair):
    made = pair.ask_all(pair.members, lane=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "create function on_fire() returns trigger language plpgsql as"
            " $$ begin raise 'the disk is on fire'; end $$;"
            "create trigger on_fire before update on exchange_exchange for each row"
            f" when (new.id = '{made[1].id}' and new.status = 'completed') execute function on_fire()"
        )

    assert settle_lane(0) == Settled(completed=2, retried=1)
    assert [end_of(one)[0] for one in made] == ["completed", "processing", "completed"]
    assert made[1].last_error == "ProgrammingError: the disk is on fire"
