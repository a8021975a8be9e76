"""What becomes of exchanges, decided without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from exchange.settling.deciding import Claim, Claimed, ProgramFacts, decide, plan
from loyalty.ids import uuid7

MILES, NIGHTS, POOL = uuid7(), uuid7(), uuid7()
AT = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)


def program(program_id, **said) -> ProgramFacts:
    facts = {"status": "active", "timezone": "UTC", "pending_days": 0, "pending_until": "", "expiry_kind": "months"}
    return ProgramFacts(id=program_id, **{**facts, "expiry_months": None, "expiry_dates": [], **said})


def exchange(**said) -> Claimed:
    facts = {
        "id": uuid7(), "from_program_id": MILES, "to_program_id": NIGHTS, "from_account_id": 1, "to_account_id": 2,
        "from_amount": 100, "to_amount": 250, "hold_id": uuid7(), "hold_is_open": True, "hops": 0, "pending_hours": 0,
        "from_status": "active", "to_status": "active", "attempts": 0, "agreement_id": None,
    }  # fmt: skip
    return Claimed(**{**facts, **said})


def verdicts(*exchanges: Claimed, programs=None, pools=None) -> list[str]:
    claim = Claim(list(exchanges), programs or [program(MILES), program(NIGHTS)], pools)
    return [verdict.failure for verdict in decide(claim)]


def test_nothing_stands_against_it():
    assert verdicts(exchange()) == [""]
    assert decide(Claim()) == []


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        ({"from_status": "suspended"}, "membership-suspended"),
        ({"to_status": "closed"}, "membership-closed"),
        ({"from_status": "closed", "to_status": "suspended", "hold_is_open": False}, "membership-closed"),
        ({"hold_is_open": False, "agreement_id": POOL}, "hold-resolved"),
        ({"to_amount": 501, "agreement_id": POOL}, "pool-exhausted"),
    ],
)
def test_what_stands_against_it_is_named_in_order(said, failure):
    assert verdicts(exchange(**said), pools={POOL: 500}) == [failure]


@pytest.mark.parametrize("status", ["draft", "paused", "archived"])
def test_both_programs_must_be_open(status):
    closed_source = [program(MILES, status=status), program(NIGHTS)]
    closed_target = [program(MILES), program(NIGHTS, status=status)]

    assert verdicts(exchange(to_status="closed"), programs=closed_source) == ["program-not-active"]
    assert verdicts(exchange(), programs=closed_target) == ["program-not-active"]


def test_a_pool_is_there_for_those_that_it_has_enough_for():
    small = exchange(agreement_id=POOL, to_amount=100)
    big = exchange(agreement_id=POOL, to_amount=450)
    broken = exchange(agreement_id=POOL, to_amount=100, hold_is_open=False)

    told = verdicts(small, big, broken, small, exchange(), pools={POOL: 250})
    assert told == ["", "pool-exhausted", "hold-resolved", "", ""]


def test_the_legs_are_what_was_asked_for_and_live_by_the_target():
    one = exchange(hops=2, pending_hours=5, agreement_id=POOL)
    target = program(NIGHTS, expiry_months=1, timezone="Europe/Berlin")
    (verdict,) = decide(Claim([one], [program(MILES), target], {POOL: 250}))
    planned = plan([verdict], [program(MILES), target], at=AT)

    out, into = planned.moves
    assert (out.kind, out.account_id, out.points, out.target, out.partner) == (
        "exchange_out",
        1,
        100,
        one.hold_id,
        NIGHTS,
    )
    assert (into.kind, into.account_id, into.points, into.hops, into.partner) == ("exchange_in", 2, 250, 3, MILES)
    assert into.available_at == AT + timedelta(hours=5)
    # It is November in Berlin already.
    assert into.expires_at == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert planned.rows == [{"id": one.id, "at": AT, "out": 0, "in": 1, "pool": POOL}]


def test_the_same_exchange_is_told_to_the_ledger_in_the_same_words_again():
    one = exchange()
    (verdict,) = decide(Claim([one], [program(MILES), program(NIGHTS)]))
    first, second = (plan([verdict], [program(MILES), program(NIGHTS)], at=AT).moves for _ in range(2))

    assert [(move.key, move.fingerprint) for move in first] == [(move.key, move.fingerprint) for move in second]
    assert {move.key for move in first} == {f"exchange:{one.id}:out", f"exchange:{one.id}:in"}


def test_what_fails_gives_its_points_back_unless_they_are_back():
    failed, gone, fine = exchange(), exchange(), exchange()
    told = [
        replace(verdict, failure="given-up") for verdict in decide(Claim([failed], [program(MILES), program(NIGHTS)]))
    ]
    gone = msgspec.structs.replace(gone, hold_is_open=False)
    told += decide(Claim([gone, fine], [program(MILES), program(NIGHTS)]))
    planned = plan(told, [program(MILES), program(NIGHTS)], at=AT)

    assert [(move.kind, move.target) for move in planned.moves] == [
        ("release", failed.hold_id), ("exchange_out", fine.hold_id), ("exchange_in", None),
    ]  # fmt: skip
    assert planned.rows == [
        {"id": failed.id, "at": AT, "failure": "given-up"},
        {"id": gone.id, "at": AT, "failure": "hold-resolved"},
        {"id": fine.id, "at": AT, "out": 1, "in": 2},
    ]


def test_where_points_live_on_by_activity_an_exchange_is_some():
    alive = {"expiry_kind": "inactivity", "expiry_months": 12}
    programs = [program(MILES, **alive), program(NIGHTS, **alive)]
    out, into = plan(decide(Claim([exchange()], programs)), programs, at=AT).moves

    assert out.extend_to == into.extend_to == into.expires_at == datetime(2027, 11, 1, tzinfo=UTC)
