"""What the ledger's tests share: a member account, short ways to move points on it, and a look at what it holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from uuid import UUID

from ledger.models import Balance, Lot, Posting
from ledger.posting import Move, Posted, post, post_one

START = datetime(2027, 1, 1, tzinfo=UTC)
_numbers = count(1)


def day(n: float) -> datetime:
    """The n-th day of the story."""
    return START + timedelta(days=n)


def clean(results) -> bool:
    """True when nothing is off; else it fails and says what is."""
    off = {result.invariant.name: [str(found) for found in result.findings] for result in results if not result.is_ok}
    assert off == {}
    return True


@dataclass
class Book:
    """One member account, driven by short verbs; `n` is the day of the story."""

    account_id: int
    postings: dict[str, UUID] = field(default_factory=dict)

    def move(self, kind: str, points: int = 0, n: float = 0, *, key: str = "", name: str = "", **more) -> Move:
        key = key or f"key-{next(_numbers)}"
        fingerprint = sha256(f"{kind} {points} {more.get('target')}".encode()).digest()
        made = Move(
            kind=kind,
            account_id=self.account_id,
            key=key,
            fingerprint=fingerprint,
            actor="test",
            points=points,
            at=day(n),
            **more,
        )
        if name:
            self.postings[name] = made.public_id
        return made

    def do(self, kind: str, points: int = 0, n: float = 0, **more) -> Posted:
        return post_one(self.move(kind, points, n, **more))

    def earn(
        self, points: int, n: float = 0, *, expires: float | None = None, pending: float | None = None, **more
    ) -> Posted:
        return self.do(
            "earn", points, n, expires_at=None if expires is None else day(expires),
            available_at=None if pending is None else day(pending), **more,
        )  # fmt: skip

    def burn(self, points: int, n: float = 0, **more) -> Posted:
        return self.do("redeem", points, n, **more)

    def give_back(self, target: str, points: int, n: float = 0, **more) -> Posted:
        """A return: `points` of the posting named `target` should have come back by now."""
        return self.do("return", points, n, target=self.postings[target], **more)

    def reverse(self, target: str, n: float = 0, **more) -> Posted:
        """Undoes the posting named `target`."""
        return self.do("reverse", 0, n, target=self.postings[target], **more)

    def sweep(self, n: float) -> None:
        post([self.move("expire", 0, n)])

    @property
    def balance(self) -> int:
        return Balance.objects.get(account_id=self.account_id).posted

    @property
    def debt(self) -> int:
        return Balance.objects.get(account_id=self.account_id).debt

    @property
    def lots(self) -> list[int]:
        """What is left in each lot, oldest first."""
        return list(Lot.objects.filter(account_id=self.account_id).order_by("id").values_list("remaining", flat=True))

    @property
    def history(self) -> list[tuple[str, int]]:
        return list(Posting.objects.filter(account_id=self.account_id).order_by("id").values_list("kind", "points"))
