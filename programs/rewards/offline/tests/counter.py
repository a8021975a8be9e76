"""A till as it stands on a counter, for tests: with a key and a chain of its own, on line or off."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loyalty import clock
from programs.rewards.models import Voucher
from programs.rewards.offline import chain
from programs.rewards.qr.tokens import VOUCHER, make_token
from programs.rewards.vouchers.issue import issue_voucher

FIVE_OFF = {
    "reward_code": "five-off", "name": "Five off", "kind": "discount", "discount_kind": "amount", "value_minor": 500,
    "currency": "EUR",
}  # fmt: skip
ORDER = {"amount": "12.50", "currency": "EUR"}


@dataclass
class Counter:
    """A till that signs what it redeems. `last` is the chain's end in its own memory."""

    id: str = ""
    name: str = "Counter 1"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    last: tuple[int, str] = (0, "")

    @property
    def public_key(self) -> str:
        return chain.spelled(self.key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> str:
        return chain.spelled(self.key.sign(text))

    def asking(self, **more) -> dict:
        """What it says to be registered."""
        proof = self.sign(chain.proof_text(self.name, self.public_key))
        return {"name": self.name, "public_key": self.public_key, "proof": proof} | more

    def scan(self, token: str, *, at: datetime | None = None, **more) -> dict:
        """Redeems without a line: the next item of its queue."""
        sequence, previous = self.last
        item = {
            "device_id": self.id, "sequence": sequence + 1, "previous": previous,
            "scanned_at": (at or clock.now()).isoformat(), "token": token, "order": ORDER,
        } | more  # fmt: skip
        self.last = (item["sequence"], chain.digest_of(item))
        return self.signed(item)

    def signed(self, item: dict) -> dict:
        said = {name: value for name, value in item.items() if name != "signature"}
        return said | {"signature": self.sign(chain.canonical(said))}


def register(api, counter: Counter | None = None, **more) -> Counter:
    """A till that the API has registered."""
    counter = counter or Counter()
    answer = api.post("/api/tills", counter.asking(**more))
    assert answer.status_code == 201, answer.content
    counter.id = answer.json()["id"]
    return counter


def voucher(program, member=None, **more) -> Voucher:
    """A voucher of five euros off."""
    from django.db import transaction

    given = {"kind": "personal", "terms": FIVE_OFF, "points": 100} | more
    with transaction.atomic():
        return issue_voucher(program=program, actor="test", member=member, **given)


def shown(voucher: Voucher, *, at: datetime | None = None, **more) -> str:
    """The code that its holder shows at that moment."""
    asked = {"subject": voucher.pk, "audience": voucher.program.brand.code, "program": voucher.program.code} | more
    return make_token(asked.pop("purpose", VOUCHER), at=at, **asked).text


def ago(**parts) -> datetime:
    return clock.now() - timedelta(**parts)


def sync(api, *items: dict) -> list[dict]:
    """The verdicts on a queue."""
    answer = api.post("/api/qr/sync", {"scans": list(items)})
    assert answer.status_code == 200, answer.content
    return answer.json()["verdicts"]


def verdicts(api, *items: dict) -> list[tuple]:
    """The same in short: the verdict and its reason."""
    return [(one["verdict"], one["reason"]) for one in sync(api, *items)]
