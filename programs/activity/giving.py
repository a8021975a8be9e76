"""Points given to many members at once, and taken back when that is undone: set-based, each member on their own. To one
member they are given in `corrections`."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger.models import Posting
from ledger.posting import Move, Posted, post
from loyalty import clock
from programs.activity.points import fingerprint_of
from programs.activity.records import written
from programs.earning.lifetimes import LifeTerms, expiry_of
from programs.membership.assessing import lower_tiers, raise_tiers
from programs.membership.models import Program


@dataclass(frozen=True, slots=True)
class Gift:
    """Points for one member account of a program. `key` says what the gift is: one key, one gift."""

    account_id: int
    points: int
    key: str


def deposit_many(program: Program, gifts: Sequence[Gift], *, actor: str, reason: str) -> list[Posted]:
    """Gives the points, which last as long as points earned now, each on its own and answered in the order given; one
    round trip for all of them. Repeating one (same key) answers the first answer. Who may, and whose membership is
    active, the caller has seen to. Refusals, as outcomes: KeyReused (other points), AccountClosed, BalanceLimit."""
    now = clock.now()
    ends = expiry_of(LifeTerms.of(program), now)
    data = {"description": reason} | ({"expires_at": written(ends)} if ends else {})
    answers = post(
        [
            Move(
                kind="deposit",
                account_id=gift.account_id,
                key=gift.key,
                fingerprint=fingerprint_of("deposit", gift.account_id, gift.points),
                actor=actor,
                points=gift.points,
                at=now,
                expires_at=ends,
                program_id=program.id,
                data={name: value for name, value in data.items() if value},
            )
            for gift in gifts
        ]
    )
    raise_tiers([gift.account_id for gift in gifts], at=now)
    return answers


def take_back_many(
    program: Program, gifts: Sequence[tuple[int, UUID]], *, actor: str, reason: str, key: str
) -> list[Posted]:
    """Reverses deposits (account id, public id), as far as the members still have the points and no further; answers in
    the order given. `key` and the deposit name the reversal: repeating it answers the first answer. Refusals, as
    outcomes: AccountClosed, AlreadyReversed."""
    answers = post(
        [
            Move(
                kind="reverse",
                account_id=account_id,
                key=f"{key}:{public_id}",
                fingerprint=fingerprint_of("reverse", public_id),
                actor=actor,
                target=public_id,
                policy="within_balance",
                program_id=program.id,
                data={"description": reason} if reason else {},
            )
            for account_id, public_id in gifts
        ]
    )
    lower_tiers([account_id for account_id, _ in gifts], at=clock.now())
    return answers


def given_before(program: Program, keys: Sequence[str]) -> dict[str, int]:
    """The points that were given under these keys, by key; what was never given is not in it."""
    found = Posting.objects.filter(brand_id=program.brand_id, key__in=list(keys), kind=Posting.Kind.DEPOSIT)
    return dict(found.values_list("key", "points"))
