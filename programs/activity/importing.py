"""Takes a shop's file into a program: customers become members, purchases earn, returns take back, redemptions spend.

It goes through the same doors as a till does, chunk by chunk. Every act has its key, so that a run that was cut off is
begun again and ends as if it had not been; what the books have already is passed over.
"""

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.posting import Posted
from loyalty import clock
from loyalty.errors import LoyaltyError, NotFound
from loyalty.http.money import exponent
from loyalty.identity.operations import ensure_members, is_external_id
from loyalty.identity.principals import Principal
from programs.activity.acts import EARN, REDEEM, RETURN, RETURN_UNLINKED, Act, acts_of, survey
from programs.activity.lanes import LANES, lanes
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest, record_purchases
from programs.activity.returns import ReturnRequest, return_purchases
from programs.activity.sold import identity, known, purchases_of, sold_before, tell_planner
from programs.activity.source_files import BadRow, Reading, SourceFile
from programs.activity.spending import RedeemRequest, redeem_many
from programs.activity.unlinked_returns import UnlinkedReturn, record_unlinked_returns
from programs.membership.models import Program
from programs.membership.operations import enrol_many

CHUNK = 1000
# How many customers are held in mind as enrolled.
REMEMBERED = 100_000
# After how many chunks the database looks at its tables again: often while they are small and grow by leaps.
LOOKS = frozenset({1, 3, 10, 30, 100, 300, 1000})
SOURCE = "import"
IMPORTER = Principal(kind="system", id=UUID(int=0), actor="system:import", is_operator=True)


@dataclass
class Summary:
    """What an import came to: acts carried out now, acts that the books had already, refused rows; whole points."""

    purchases: int = 0
    returns: int = 0
    redemptions: int = 0
    known: int = 0
    refused: int = 0
    earned: int = 0
    reversed: int = 0
    redeemed: int = 0

    def add(self, other: "Summary") -> None:
        """Counts what the other counted besides."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def count(self, act: Act, posted: Posted | None = None) -> None:
        """Counts an act with the answer of its door, or without one as if it had been carried out."""
        if posted and posted.outcome == "replayed":
            self.known += 1
            return
        points, shortfall = (posted.points, posted.shortfall) if posted else (0, 0)
        if act.kind == EARN:
            self.purchases += 1
            self.earned += points
        elif act.kind == REDEEM:
            self.redemptions += 1
            self.redeemed -= points
        else:
            self.returns += 1
            self.reversed += shortfall - points


def import_purchases(
    program: Program,
    path: Path,
    *,
    refuse: Callable[[BadRow], None],
    chunk: int = CHUNK,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Summary:
    """Carries out what the file says, each purchase, return and redemption on its own; members are entered and enrolled
    at their first. Repeating it changes nothing. Rows that cannot be right, and those that the doors refuse, go to
    `refuse` with the reason, and the rest goes on. `progress` hears of rows done and rows in all. With `dry_run`
    nothing is written: what is not known yet is counted as if carried out, without points. Each customer's acts keep
    their order; those of different customers are carried out side by side (see `lanes`). Holds one chunk of acts, one
    that is read ahead and what may still come back, never the file. Refusals: UnreadableFile, before anything has
    changed."""
    summary = Summary()

    def refuse_and_count(rows: Iterable[BadRow]) -> None:
        for row in rows:
            summary.refused += 1
            refuse(row)

    reading = Reading(ZoneInfo(program.timezone), clock.now(), exponent(program.money_currency))
    source = SourceFile(path)
    found = survey(source, reading)
    shelves = sold_before(program, found.begins, found.returned)
    bad: list[BadRow] = []
    stream = acts_of(source, reading, shelves, bad.append)

    def read_chunk() -> tuple[list[Act], list[BadRow]]:
        acts, refused = list(islice(stream, chunk)), list(bad)
        bad.clear()
        return acts, refused

    enrolled: list[set[str]] = [set() for _ in range(LANES)]

    def carry_out(lane: int, acts: Sequence[Act]) -> tuple[Summary, list[BadRow]]:
        done = Summary()
        return done, _carry_out(program, acts, done, enrolled[lane], dry_run=dry_run)

    rows_done = 0
    with long_batch(), ThreadPoolExecutor(max_workers=1) as reader, lanes(program, carry_out) as work:
        # The next chunk is read while the database is busy with this one.
        ahead = reader.submit(read_chunk)
        for n in count(1):
            acts, refused = ahead.result()
            if not acts and not refused:
                break
            ahead = reader.submit(read_chunk)
            refuse_and_count(refused)
            for done, refused in work.carry_out(acts):
                summary.add(done)
                refuse_and_count(refused)
            if summary.known < n * chunk and n in LOOKS:
                tell_planner()
            rows_done = max([rows_done, *(line for act in acts for line, _ in act.rows)])
            progress(rows_done, found.rows)
    progress(found.rows, found.rows)
    return summary


@contextmanager
def long_batch() -> Iterator[None]:
    """Millions of short-lived objects without cycles, on threads: the collector need not look through all that the
    process holds again and again (it took half of the time), and the thread that waits for the database gets back in
    soon after its answer has come."""
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
        gc.unfreeze()


def _carry_out(
    program: Program, acts: Sequence[Act], summary: Summary, enrolled: set[str], *, dry_run: bool
) -> list[BadRow]:
    """Carries out those of the acts that are not in the books; answers the rows of those that were refused."""
    have = known(program, acts, [f"{IMPORTER.actor}:{_key(program, act)}" for act in acts if act.kind == REDEEM])
    new, refused = [], []
    for act in acts:
        if identity(act) in have:
            summary.known += 1
        elif is_external_id(act.customer):
            new.append(act)
        else:
            refused += act.refused(f"customer_id {act.customer!r} cannot be a member's number")
    if dry_run:
        for act in new:
            summary.count(act)
        return refused
    if new:
        _enrol(program, new, enrolled)
    for kind, wave in waves(new):
        for act, answer in zip(wave, DOORS[kind](program, wave), strict=True):
            if isinstance(answer, LoyaltyError):
                refused += act.refused(f"{answer.code}: {answer.detail}")
            else:
                summary.count(act, answer.posted)
    return refused


def waves(acts: Sequence[Act]) -> Iterator[tuple[str, list[Act]]]:
    """The acts in groups of one kind. Those of one customer keep their order; those of different customers have
    nothing to do with each other, and so are taken together."""
    queues: dict[str, deque[Act]] = {}
    for act in acts:
        queues.setdefault(act.customer, deque()).append(act)
    while queues:
        for kind in DOORS:
            wave = []
            for queue in queues.values():
                while queue and queue[0].kind == kind:
                    wave.append(queue.popleft())
            if wave:
                yield kind, wave
        queues = {customer: queue for customer, queue in queues.items() if queue}


def _enrol(program: Program, acts: Sequence[Act], enrolled: set[str]) -> None:
    """Makes members of those who are not; `enrolled` remembers who need not be looked up again."""
    first = {}
    for act in acts:
        if act.customer not in enrolled:
            first.setdefault(act.customer, act.at)
    if not first:
        return
    members = ensure_members(program.brand, first, actor=IMPORTER.actor)
    joined_at = {members[customer]: at for customer, at in first.items()}
    enrol_many(program, joined_at, joined_at=joined_at, actor=IMPORTER.actor)
    if len(enrolled) > REMEMBERED:
        enrolled.clear()
    enrolled.update(first)


def _names(program: Program, act: Act) -> Names:
    return Names(program=str(program.id), member=act.customer)


def _key(program: Program, act: Act) -> str:
    return f"redeem:{program.id}:{act.reference}"


def _earn(program: Program, acts: Sequence[Act]) -> list:
    requests = [
        PurchaseRequest(
            names=_names(program, act),
            amount_minor=act.amount,
            currency=program.money_currency,
            reference=act.reference,
            occurred_at=act.at,
            items=act.items,
            source=SOURCE,
        )
        for act in acts
    ]
    return record_purchases(IMPORTER, requests)


def _return(program: Program, acts: Sequence[Act]) -> list:
    purchases = purchases_of(program, [act.original for act in acts])
    answers: list = []
    requests = []
    for act in acts:
        id, customer = purchases.get(act.original, (None, None))
        if id is None:
            answers.append(NotFound(f"There is no purchase {act.original}."))
        elif customer != act.customer:
            answers.append(NotFound(f"The purchase {act.original} is another customer's."))
        else:
            answers.append(None)
            requests.append(
                ReturnRequest(
                    reference=act.reference,
                    purchase_id=id,
                    amount_minor=act.amount,
                    items=act.items,
                    occurred_at=act.at,
                    is_capped=True,
                )
            )
    done = iter(return_purchases(IMPORTER, requests))
    return [answer or next(done) for answer in answers]


def _return_unlinked(program: Program, acts: Sequence[Act]) -> list:
    requests = [
        UnlinkedReturn(
            names=_names(program, act),
            reference=act.reference,
            amount_minor=act.amount,
            currency=program.money_currency,
            occurred_at=act.at,
        )
        for act in acts
    ]
    return record_unlinked_returns(IMPORTER, requests)


def _redeem(program: Program, acts: Sequence[Act]) -> list:
    requests = [
        RedeemRequest(
            names=_names(program, act),
            points=act.amount,
            key=_key(program, act),
            reference=act.reference,
            at=act.at,
        )
        for act in acts
    ]
    return redeem_many(IMPORTER, requests)


DOORS = {EARN: _earn, RETURN: _return, RETURN_UNLINKED: _return_unlinked, REDEEM: _redeem}
