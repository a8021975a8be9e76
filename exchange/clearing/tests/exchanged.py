"""Completed exchanges for tests, posted in the ledger as the pipeline does: a hold, and both legs together."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

from exchange.rates.models import Agreement, Rate
from exchange.requests.models import Exchange
from ledger.posting import UNTIL_RELEASED, Move, post, post_one
from loyalty.ids import uuid7
from programs.membership.models import Membership

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC).date()
IN_OCTOBER = datetime(2026, 10, 15, 12, tzinfo=UTC)
_numbers = count(1)


def move(kind: str, membership: Membership, points: int, at: datetime, **more) -> Move:
    """A move of the member's points under a key of its own."""
    key = f"test:{kind}:{next(_numbers)}"
    asked = {"kind": kind, "account_id": membership.account_id, "points": points, "at": at, "key": key}
    return Move(**asked, fingerprint=sha256(key.encode()).digest(), actor="system:test", **more)


def legs(giver: Membership, getter: Membership, given: int, issued: int, at: datetime) -> tuple:
    """Points leave one program and arrive in another, with nothing but the ledger knowing; the public ids."""
    post_one(move("deposit", giver, given, at - timedelta(hours=1)))
    hold = post_one(move("hold", giver, given, at, expires_at=UNTIL_RELEASED))
    out, into = post(
        [
            move("exchange_out", giver, 0, at, target=hold.public_id, partner=getter.program_id),
            move("exchange_in", getter, issued, at, partner=giver.program_id, hops=1),
        ],
        together=True,
    )
    return hold.public_id, out.public_id, into.public_id


def exchanged(
    giver: Membership, getter: Membership, given: int, issued: int, *, fee: int = 0, at: datetime = IN_OCTOBER, **other
) -> Exchange:
    """A completed exchange. `other` says what its row tells otherwise than the ledger does."""
    hold_id, out_id, in_id = legs(giver, getter, given, issued, at)
    told = {"hold_id": hold_id, "out_id": out_id, "in_id": in_id, "from_amount": given, "to_amount": issued, "fee": fee}
    return request(giver, getter, at=at, **told | other)


def request(giver: Membership, getter: Membership, *, at: datetime, **said) -> Exchange:
    """The row of a completed exchange, whatever the ledger says."""
    terms = Rate.objects.filter(from_program=giver.program_id, to_program=getter.program_id).first()
    number = next(_numbers)
    row = {
        "id": uuid7(), "member_id": giver.member_id, "from_program_id": giver.program_id,
        "to_program_id": getter.program_id, "from_account_id": giver.account_id, "to_account_id": getter.account_id,
        "terms": terms, "rate": terms.rate, "residue": 0, "day": at.date(), "status": "completed", "fee": 0,
        "key": f"test:{number}", "fingerprint": b"", "actor": "system:test", "lane": 0, "hold_id": uuid7(),
        "out_id": uuid7(), "in_id": uuid7(), "created_at": at, "completed_at": at,
    }  # fmt: skip
    return Exchange.objects.create(**row | said)


def use_pool(agreement: Agreement, points: int) -> None:
    """What settling does to the pool for points that are issued."""
    Agreement.objects.filter(pk=agreement.pk).update(pool_points=agreement.pool_points - points)
    agreement.refresh_from_db()
