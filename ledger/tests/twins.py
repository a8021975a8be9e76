"""A member account and its model, driven together and compared."""

from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from itertools import count

from django.db import connection

from ledger.models import Balance, Lot
from ledger.posting import UNTIL_RELEASED, LotTerms, Move, post
from ledger.selectors import balances
from ledger.tests.books import day
from ledger.tests.model import NEVER, RELEASED, Deed, Purse, Refused
from loyalty import clock

KINDS = {"give_back": "return"}
_keys = count(1)


class Call:
    """One request, to be made of both."""

    def __init__(self, kind: str, at: float, key: str = "", **how):
        self.kind, self.at, self.how = kind, at, how
        self.key = key or f"call-{next(_keys)}"

    def asked(self) -> tuple:
        return (self.kind, *sorted((name, getattr(value, "name", value)) for name, value in self.how.items()))

    def move(self, account_id: int) -> Move:
        more = {}
        fields = {"expires": "expires_at", "pending": "available_at", "until": "expires_at", "extend": "extend_to"}
        for name, field in fields.items():
            if self.how.get(name) not in (None, NEVER):
                more[field] = _at(self.how[name])
        if target := self.how.get("target"):
            more["target"] = target.name
        if lots := self.how.get("lots"):
            more["lots"] = [LotTerms(n, _at(pending), _at(expires)) for n, pending, expires in lots]
        for name in ("hops", "hops_max"):
            if name in self.how:
                more[name] = self.how[name]
        if (targets := self.how.get("targets")) is not None:
            more["targets"] = targets
        return Move(
            kind=KINDS.get(self.kind, self.kind),
            account_id=account_id,
            key=self.key,
            fingerprint=sha256(repr(self.asked()).encode()).digest(),
            actor="test",
            points=self.how.get("points", 0),
            at=day(self.at),
            policy=self.how.get("policy", "debt"),
            **more,
        )


class Twin:
    """The two of one account."""

    def __init__(self, account_id: int):
        self.account_id = account_id
        self.purse = Purse(debt_max=1000)
        self.calls: list[Call] = []

    def expect(self, call: Call) -> tuple[str, Deed | None]:
        try:
            return self.purse.act(call.kind, call.at, call.key, call.asked(), **call.how)
        except Refused as refused:
            return refused.code, None

    def check(self, at: float) -> None:
        """Balance row, lots and view agree with the model."""
        row = Balance.objects.get(account_id=self.account_id)
        purse = self.purse
        assert (row.posted, row.debt, row.held) == (purse.posted, purse.debt, purse.held)
        assert (row.earned, row.redeemed) == (purse.earned, purse.redeemed)
        lots = Lot.objects.filter(account_id=self.account_id).order_by("id")
        assert list(lots.values_list("remaining", "available_at", "expires_at")) == [
            (parcel.remaining, _at(parcel.available), _at(parcel.expires)) for parcel in purse.parcels
        ]
        assert self.view(at) == asdict(purse.view(at))

    def view(self, at: float) -> dict:
        with clock.at(day(at)):
            return _plain(balances([self.account_id])[self.account_id])

    def view_as_of(self, at: float, known_at=None) -> dict:
        return _plain(balances([self.account_id], at=day(at), known_at=known_at)[self.account_id])


def make(pairs: list[tuple[Twin, Call]]) -> None:
    """Asks the ledger in one batch and the model one by one; each answer must be the same."""
    answers = post([call.move(twin.account_id) for twin, call in pairs])
    for (twin, call), answer in zip(pairs, answers, strict=True):
        outcome, deed = twin.expect(call)
        assert answer.outcome == outcome, (call.kind, call.at, call.how, answer, outcome)
        twin.calls.append(call)
        if deed is not None:
            deed.name = deed.name or answer.public_id
            got = (answer.public_id, answer.points, answer.shortfall, answer.balance_after)
            assert got == (deed.name, deed.points, deed.shortfall, deed.balance_after), (call.kind, call.how)
            assert deed.kind != "mature" or answer.facts == {"matured": deed.matured} == answer.data


def sweep(twin: Twin, at: float) -> None:
    """Writes down what time calls for, in both."""
    post([Move(kind="expire", account_id=twin.account_id, key="", fingerprint=b"", actor="test", at=day(at))])
    twin.purse.touch(at)


def history(twin: Twin) -> list[tuple]:
    """What the books say happened, in the order it was recorded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, points, occurred_at from ledger_posting where account_id = %s order by id", [twin.account_id]
        )
        return cursor.fetchall()


def _at(n: float | None) -> datetime | None:
    if n == RELEASED:
        return UNTIL_RELEASED
    return None if n in (None, NEVER) else day(n)


def _plain(view) -> dict:
    plain = {name: getattr(view, name) for name in ("posted", "available", "pending", "held", "debt")}
    plain |= {"earned": view.lifetime_earned, "redeemed": view.lifetime_redeemed}
    return plain | {"expiring": [(lot["points"], _day(lot["expires_at"])) for lot in view.expiring]}


def _day(text) -> float:
    moment = datetime.fromisoformat(text)
    return (moment - day(0)).total_seconds() / 86400
