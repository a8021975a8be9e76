"""Purchases that something is to be taken back of: locked, with what has come back so far, and what their gifts owe."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import msgspec

from ledger.models import Posting
from ledger.posting import Move
from loyalty import sql
from programs.activity.facts import member_as_kept, purchase_happening, terms_as_kept
from programs.earning.editions import snapshot_of
from programs.earning.facts import ItemFacts, PurchaseFacts
from programs.earning.returns import ReturnedItem
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.deciding import still_holds
from programs.earning.rules.happening import Happening
from programs.earning.taking_back import CameBack, Taken, remaining, taken_back, taken_wholly

# Locks the purchases in the order of their ids, whatever the order of the requests.
LOCK_PURCHASES = """
select a.n, u.id, u.program_id, u.member_id, u.amount_minor, u.refunded_minor, u.currency, u.items::text as items,
       u.edition, u.facts::text as facts, u.gifts::text as gifts, u.tenders::text as tenders, u.source, u.location_id,
       u.occurred_at, pr.brand_id, pr.return_policy, pr.timezone, s.account_id, p.points,
       exists (select from programs_tier x where x.program_id = pr.id) as has_tiers,
       exists (select from ledger_posting x where x.reverses_id = p.id and x.kind = 'reverse') as is_reversed
from unnest(%s::uuid[], %s::text[], %s::text[]) with ordinality a (id, program, reference, n)
join programs_purchase u on u.id = coalesce(a.id, (
  select x.id from programs_purchase x join programs_program y on y.id = x.program_id
  where y.code = a.program and x.reference = a.reference order by x.recorded_at, x.id limit 1))
join programs_program pr on pr.id = u.program_id
join programs_membership s on s.program_id = u.program_id and s.member_id = u.member_id
join ledger_posting p on p.public_id = u.id
order by u.id, a.n for update of u
"""
RETURNS_BEFORE = """
select purchase_id, reference, amount_minor, items::text as items from programs_return
where purchase_id = any(%s) order by recorded_at, id
"""

LOCK_EVENT = """
select e.id, e.program_id, e.gifts::text as gifts,
       exists (select from programs_tier x where x.program_id = e.program_id) as has_tiers
from programs_memberevent e where e.id = %s for update of e
"""


@dataclass(slots=True)
class Bought:
    """A locked purchase, with what has come back of it so far."""

    id: UUID
    program_id: UUID
    member_id: UUID
    amount_minor: int
    refunded_minor: int
    currency: str
    items: list[ItemFacts]
    edition: int
    facts: dict | None
    gifts: list[dict] | None
    tenders: list[dict]
    source: str
    location_id: str
    occurred_at: datetime
    brand_id: UUID
    return_policy: str
    timezone: str
    account_id: int
    points: int
    has_tiers: bool
    is_reversed: bool
    references: set[str]
    returned: list[ReturnedItem]
    steps: list[CameBack] = field(default_factory=list)

    @property
    def came_back(self) -> CameBack:
        """What has come back so far."""
        return CameBack(
            total_minor=self.amount_minor, items=self.items, refunded_minor=self.refunded_minor, pieces=self.returned,
            steps=self.steps,
        )  # fmt: skip

    def note(self, reference: str, refunded_minor: int, pieces: Sequence[ReturnedItem]) -> None:
        """A return came about: so much money in all has come back now, and these pieces with it."""
        self.references.add(reference)
        self.returned = [*self.returned, *pieces]
        step = CameBack(
            total_minor=self.amount_minor, items=self.items, refunded_minor=refunded_minor, pieces=self.returned
        )
        self.steps = [*self.steps, step]

    def taken(self, refunded_minor: int, pieces: Sequence[ReturnedItem] = ()) -> Taken:
        """What its gifts owe once so much money in all and these pieces besides have come back."""
        now = replace(self.came_back, refunded_minor=refunded_minor, pieces=[*self.returned, *pieces], steps=())
        return taken_back(self.given, self.came_back, now, holds=self._holds)

    def taken_wholly(self) -> Taken:
        """What its gifts owe when the whole of it is undone."""
        return taken_wholly(self.given, self.came_back, holds=self._holds)

    @property
    def given(self) -> list[dict]:
        """What each rule gave."""
        return [{"rule": "base", "points": self.points}] if self.gifts is None else self.gifts

    def _holds(self, rule: str, came: CameBack) -> bool:
        """Whether a rule's conditions hold of what is left."""
        minor, items = remaining(came)
        return still_holds(self.rules(), rule, self.happening(amount_minor=minor, items=items))

    def rules(self) -> Snapshot:
        """The rules that it was decided by."""
        terms = terms_as_kept(self.facts, currency=self.currency, timezone=self.timezone)
        return snapshot_of(self.program_id, self.edition, terms)

    def happening(self, *, amount_minor: int, items: Sequence[ItemFacts]) -> Happening:
        """It as the rules saw it, with another total and other lines."""
        purchase = PurchaseFacts(
            amount_minor=amount_minor, currency=self.currency, occurred_at=self.occurred_at, items=tuple(items),
            location_id=self.location_id, source=self.source,
        )  # fmt: skip
        return purchase_happening(purchase, self.tenders, member_as_kept(self.member_id, self.facts))


@dataclass(slots=True)
class Happened:
    """A locked event that gave points; it comes back as a whole or not at all."""

    id: UUID
    program_id: UUID
    gifts: list[dict] | None
    has_tiers: bool
    amount_minor: None = None

    def taken_wholly(self) -> Taken:
        """What its gifts owe when it is undone."""
        return taken_wholly(self.gifts or [], CameBack(total_minor=0, items=()), holds=lambda rule, came: True)


def lock_event(event_id: UUID) -> Happened | None:
    """The event whose posting has this id, locked until the transaction ends; None where there is none."""
    for row in sql.rows(LOCK_EVENT, [event_id]):
        return Happened(row["id"], row["program_id"], _json(row["gifts"]), row["has_tiers"])
    return None


def lock_purchases(
    ids: Sequence[UUID | None], programs: Sequence[str] = (), references: Sequence[str] = ()
) -> dict[int, Bought | None]:
    """The purchase that each place names, by id or by its reference in a program, locked until the transaction ends;
    None where there is none. The same purchase twice is one."""
    found: dict[int, Bought | None] = dict.fromkeys(range(len(ids)))
    purchases: dict[UUID, Bought] = {}
    blank = [""] * len(ids)
    for row in sql.rows(LOCK_PURCHASES, [list(ids), list(programs) or blank, list(references) or blank]):
        n = row.pop("n") - 1
        if row["id"] not in purchases:
            items = msgspec.json.decode(row.pop("items"), type=list[ItemFacts])
            told = {name: _json(row.pop(name)) for name in ("facts", "gifts", "tenders")}
            purchases[row["id"]] = Bought(**row, **told, items=items, references=set(), returned=[])
        found[n] = purchases[row["id"]]
    # Read after the lock was got, so that returns that were just committed are seen.
    for row in sql.rows(RETURNS_BEFORE, [list(purchases)]) if purchases else ():
        purchase = purchases[row["purchase_id"]]
        refunded = (purchase.steps[-1].refunded_minor if purchase.steps else 0) + row["amount_minor"]
        pieces = msgspec.json.decode(row["items"], type=list[ReturnedItem])
        purchase.note(row["reference"], min(purchase.amount_minor, refunded), pieces)
    return found


def accounts_of(taken: Sequence[Taken]) -> dict[str, int]:
    """The accounts of the postings of others that have to give back. No query where there are none."""
    ids = [part for one in taken for part in one.parts]
    if not ids:
        return {}
    found = Posting.objects.filter(public_id__in=ids).values_list("public_id", "account_id")
    return {str(public_id): account_id for public_id, account_id in found}


def moves_of_parts(main: Move, taken: Taken, accounts: dict[str, int]) -> list[Move]:
    """What others give back along with `main`. Nobody else's purchase fails for what they have spent."""
    policy = "within_balance" if main.policy == "refuse" else main.policy
    return [
        Move(
            kind="return",
            account_id=accounts[part],
            key=f"{main.key}#{part}",
            fingerprint=main.fingerprint,
            actor=main.actor,
            points=points,
            at=main.at,
            target=UUID(part),
            policy=policy,
            program_id=main.program_id,
            data={"description": "A friend's purchase came back"},
        )
        for part, points in taken.parts.items()
        if part in accounts and points
    ]


def row_of(n: int, purchase: "Bought | Happened", taken: Taken, *, parts: int, refunded_minor: int | None) -> dict:
    """What is undone along with the points, once so much money in all has come back; what there is not is left out,
    for the database asks."""
    row: dict = {"n": n, "program_id": purchase.program_id, "purchase_id": purchase.id}
    if refunded_minor is not None:
        row["refunded_minor"] = refunded_minor
    if parts:
        row["parts"] = list(range(n + 1, n + 1 + parts))
    if taken.counters:
        row["counters"] = taken.counters
    if purchase.has_tiers:
        row["has_tiers"] = True
    return row


def _json(text: str | None):
    return None if text is None else msgspec.json.decode(text)
