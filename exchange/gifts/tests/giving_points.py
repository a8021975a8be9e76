"""How the tests of gifts and households speak to the API, and what they look at afterwards."""

from datetime import timedelta

from django.db.models import Sum

from ledger.accounts import open_accounts
from ledger.models import Balance, LedgerEntry, Lot
from ledger.posting import LotTerms, Move, post_one
from ledger.rebuild import differences
from ledger.reconciliation import reconcile
from loyalty import clock
from loyalty.identity.models import BrandMember, Member
from programs.activity.tests.tills import fresh
from programs.membership.models import Membership


def take_part(program, name: str) -> Membership:
    """A further member of the program, known to the brand by that name."""
    member = Member.objects.create(name=name.title(), created_by=program.brand)
    BrandMember.objects.create(brand=program.brand, member=member, external_id=name)
    account = open_accounts(program.unit, [member.id], debt_max=program.debt_max)[member.id]
    number = f"2{Membership.objects.count():015}"
    return Membership.objects.create(program=program, member=member, account=account, card_number=number)


def endow(membership: Membership, *lots: tuple[int, int | None], hops: int = 0) -> None:
    """Lots of (points, days until they are gone or None)."""
    now = clock.now()
    kind = "gift_in" if hops else "deposit"
    for points, days in lots:
        ends = None if days is None else now + timedelta(days=days)
        post_one(
            Move(
                kind=kind, account_id=membership.account_id, key=fresh(), fingerprint=b"", actor="test", at=now,
                points=points, program_id=membership.program_id, lots=[LotTerms(points, None, ends, hops)],
            )
        )  # fmt: skip


def give(api, points, *, giver: str = "me", to: str = "ben", key: str = "", **more):
    """The response to a gift in BEANS."""
    body = {"program_id": "BEANS", "to_member": to, "points": points, "idempotency_key": key or fresh()}
    body |= more.pop("body", {}) | more
    return api.post(f"/api/members/{giver}/gifts", body)


def lots_of(membership) -> list[tuple[int, int]]:
    """What is left, and how often it changed hands, what is gone first standing first."""
    found = Lot.objects.filter(account_id=membership.account_id, remaining__gt=0)
    return list(found.order_by("expires_at", "id").values_list("remaining", "hops"))


def posted(*memberships) -> list[int]:
    return [Balance.objects.get(account_id=each.account_id).posted for each in memberships]


def books_are_whole(program) -> bool:
    """Every invariant holds, balances are what the books say, and nothing lies between two members."""
    off = [result.invariant.name for result in reconcile() if not result.is_ok]
    assert (off, differences()) == ([], [])
    entries = LedgerEntry.objects.filter(unit=program.unit)
    sums = [
        entries.filter(**{f"{side}__kind": "transfer"}).aggregate(sum=Sum("points"))["sum"] or 0
        for side in ("debit", "credit")
    ]
    assert sums[0] == sums[1]
    return True


__all__ = ["books_are_whole", "endow", "fresh", "give", "lots_of", "posted", "take_part"]
