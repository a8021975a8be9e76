"""Random operations, made of the ledger and of its model in plain Python; after each step the two hold the same."""

from dataclasses import asdict

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ledger.accounts import open_accounts
from ledger.reconciliation import reconcile
from ledger.tests.books import clean, day
from ledger.tests.model import NEVER, RELEASED
from ledger.tests.twins import KINDS, Call, Twin, history, make, sweep
from loyalty.ids import uuid7

PROFILE = settings(
    derandomize=True,
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
WHO = st.integers(0, 1)
POINTS = st.integers(1, 300)
PICK = st.integers(0, 50)
POLICY = st.sampled_from(["debt", "debt", "within_balance", "refuse", "only_pending"])
DAYS = st.none() | st.integers(1, 30)
LOTS = st.lists(st.tuples(POINTS, st.none() | st.integers(1, 12), DAYS), min_size=1, max_size=4)


class Ledger(RuleBasedStateMachine):
    """Two accounts of one unit. Time goes forward only; each run is undone at its end."""

    unit = None

    def __init__(self):
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        owners = [uuid7() for _ in range(2)]
        accounts = open_accounts(self.unit, owners, debt_max=1000)
        self.twins = [Twin(accounts[owner].id) for owner in owners]
        self.touched = list(self.twins)
        self.now = 0
        self.is_whole = True
        self.seen = []

    def call(self, who: int, kind: str, **how) -> None:
        self.make([(self.twins[who], Call(kind, self.now, **how))])

    def make(self, pairs) -> None:
        self.is_whole = False
        make(pairs)
        self.is_whole = True
        self.touched = [twin for twin, _ in pairs]

    def pick(self, who: int, pick: int, kinds: tuple[str, ...] = ()):
        """One of the account's named postings, of these kinds where there are any."""
        named = [deed for deed in self.twins[who].purse.deeds if deed.name]
        wanted = [deed for deed in named if deed.kind in kinds] or named
        return wanted[-1 - pick % len(wanted)] if wanted else None

    def earning(self, points: int, expires: int | None, pending: int | None) -> dict:
        return {
            "points": points,
            "expires": NEVER if expires is None else self.now + expires,
            "pending": None if pending is None else self.now + pending,
        }

    @rule(who=WHO, points=st.integers(0, 300), expires=DAYS, pending=st.none() | st.integers(1, 12))
    def earn(self, who, points, expires, pending):
        self.call(who, "earn", **self.earning(points, expires, pending))

    @rule(who=WHO, points=POINTS, expires=st.integers(1, 9))
    def earn_what_lapses_soon(self, who, points, expires):
        self.call(who, "earn", **self.earning(points, expires, None))

    @rule(who=WHO, kind=st.sampled_from(["earn", "earn", "deposit"]), lots=LOTS)
    def earn_several_lots(self, who, kind, lots):
        lives = [
            (n, None if pending is None else self.now + pending, NEVER if expires is None else self.now + expires)
            for n, pending, expires in lots
        ]
        self.call(who, kind, points=sum(n for n, _, _ in lots), lots=lives)

    @rule(who=WHO, points=POINTS, expires=DAYS)
    def earn_what_waits_for_an_event(self, who, points, expires):
        self.call(who, "earn", **self.earning(points, expires, None) | {"pending": RELEASED})

    @rule(who=WHO, pick=PICK)
    def let_pending_points_go(self, who, pick):
        if deed := self.pick(who, pick, ("earn", "deposit")):
            self.call(who, "mature", target=deed)

    @rule(
        who=WHO, kind=st.sampled_from(["earn", "redeem", "adjust", "deposit"]), points=POINTS, days=st.integers(1, 40)
    )
    def keep_points_by_activity(self, who, kind, points, days):
        self.call(who, kind, points=points, extend=self.now + days)

    @rule(who=WHO, points=POINTS)
    def deposit(self, who, points):
        self.call(who, "deposit", points=points)

    @rule(who=WHO, points=st.integers(-200, 200).filter(bool))
    def adjust(self, who, points):
        self.call(who, "adjust", points=points)

    @rule(who=WHO, points=POINTS)
    def burn(self, who, points):
        self.call(who, "redeem", points=points)

    @rule(who=WHO)
    def burn_all(self, who):
        if points := self.twins[who].purse.view(self.now).available:
            self.call(who, "redeem", points=points)

    @rule(who=WHO, points=POINTS, expires=DAYS, pending=st.none() | st.integers(1, 5), hops=st.integers(1, 3))
    def be_given(self, who, points, expires, pending, hops):
        self.call(who, "gift_in", hops=hops, **self.earning(points, expires, pending))

    @rule(who=WHO, points=POINTS, hops_max=st.integers(0, 4))
    def give(self, who, points, hops_max):
        self.call(who, "gift_out", points=points, hops_max=hops_max)

    @rule(who=WHO, pick=PICK)
    def exchange_what_is_held(self, who, pick):
        if hold := self.pick(who, pick, ("hold",)):
            self.call(who, "exchange_out", target=hold)

    @rule(who=WHO, points=POINTS, days=st.integers(1, 6))
    def hold(self, who, points, days):
        self.call(who, "hold", points=points, until=self.now + days)

    @rule(who=WHO, pick=PICK, points=st.integers(0, 200))
    def capture(self, who, pick, points):
        if hold := self.pick(who, pick, ("hold",)):
            self.call(who, "capture", target=hold, points=points)

    @rule(who=WHO, pick=PICK)
    def release(self, who, pick):
        if hold := self.pick(who, pick, ("hold",)):
            self.call(who, "release", target=hold)

    @rule(who=WHO, pick=PICK, points=POINTS, policy=POLICY)
    def give_back(self, who, pick, points, policy):
        if earn := self.pick(who, pick, ("earn",)):
            self.call(who, "give_back", target=earn, points=points, policy=policy)

    @rule(who=WHO, pick=PICK, parts=st.lists(st.integers(0, 100), min_size=4, max_size=4), policy=POLICY)
    def give_back_of_each_lot(self, who, pick, parts, policy):
        """So many hundredths of each lot."""
        if earn := self.pick(who, pick, ("earn",)):
            targets = [lot.points * part // 100 for lot, part in zip(earn.parcels, parts, strict=False)]
            self.call(who, "give_back", target=earn, targets=targets, policy=policy)

    @rule(who=WHO, pick=PICK, policy=POLICY)
    def reverse(self, who, pick, policy):
        if deed := self.pick(who, pick, ("earn", "redeem", "adjust", "deposit")):
            self.call(who, "reverse", target=deed, policy=policy)

    @rule(who=WHO, points=POINTS, part=POINTS, policy=POLICY)
    def spend_and_give_back_in_parts(self, who, points, part, policy):
        """Between the parts, what was spent comes back."""
        self.call(who, "earn", **self.earning(points, 1, None))
        self.call(who, "redeem", points=points)
        earn, burn = self.pick(who, 0, ("earn",)), self.pick(who, 0, ("redeem",))
        if burn:
            self.call(who, "give_back", target=earn, points=part % points, policy=policy)
            self.call(who, "reverse", target=burn)
            self.call(who, "give_back", target=earn, points=points, policy=policy)

    @rule(who=WHO, pick=PICK)
    def reverse_anything(self, who, pick):
        if deed := self.pick(who, pick):
            self.call(who, "reverse", target=deed)

    @rule(who=WHO, pick=PICK)
    def ask_the_same_again(self, who, pick):
        if calls := self.twins[who].calls:
            first = calls[-1 - pick % len(calls)]
            self.make([(self.twins[who], Call(first.kind, self.now, first.key, **first.how))])

    @rule(who=WHO, pick=PICK, points=POINTS)
    def ask_something_else_with_an_old_key(self, who, pick, points):
        if calls := self.twins[who].calls:
            self.call(who, "redeem", key=calls[-1 - pick % len(calls)].key, points=points)

    @rule(steps=st.lists(st.tuples(WHO, st.sampled_from(["earn", "redeem", "deposit", "adjust"]), POINTS), max_size=9))
    def batch(self, steps):
        self.make([(self.twins[who], Call(kind, self.now, points=points)) for who, kind, points in steps])

    @rule(who=WHO, key=PICK, points=POINTS)
    def send_twice_in_one_batch(self, who, key, points):
        twin = self.twins[who]
        first = Call("redeem", self.now, points=points)
        self.make([(twin, first), (twin, Call("redeem", self.now, first.key, points=points))])

    @rule()
    def sweep(self):
        for twin in self.twins:
            sweep(twin, self.now)
        self.touched = list(self.twins)

    @rule(days=st.integers(1, 8))
    def time_passes(self, days):
        for twin in self.twins:
            for later in (0.25, days - 0.25):
                self.seen.append((twin, self.now + later, twin.purse.view(self.now + later)))
        self.now += days
        self.touched = list(self.twins)

    @invariant()
    def the_two_hold_the_same(self):
        for twin in dict.fromkeys(self.touched):
            twin.check(self.now)
            assert twin.view_as_of(self.now + 0.25) == asdict(twin.purse.view(self.now + 0.25))
        self.touched = []

    def teardown(self):
        try:
            for twin in self.twins if self.is_whole else []:
                assert history(twin) == [(KINDS.get(d.kind, d.kind), d.points, day(d.at)) for d in twin.purse.deeds]
            assert not self.is_whole or clean(reconcile())
            for twin, at, then in self.seen if self.is_whole else []:
                assert twin.view_as_of(at) == asdict(then), at
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)


# Not one long transaction but one for each run: what settles behind the oldest one would wait for it.
@pytest.mark.django_db(transaction=True)
def test_the_ledger_does_as_the_model(unit):
    run_state_machine_as_test(type("Run", (Ledger,), {"unit": unit}), settings=PROFILE)
