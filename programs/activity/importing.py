"""Takes a shop's file into a program: customers become members, purchases earn, returns take back, redemptions spend.

It goes through the same doors as a till does, chunk by chunk. Every act has its key, so that a run that was cut off is
begun again and ends as if it had not been; what the books have already is passed over.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.http.money import exponent
from loyalty.identity.operations import ensure_members, is_external_id
from loyalty.identity.principals import Principal
from programs.activity import acts as shop
from programs.activity.acts import EARN, REDEEM, RETURN, RETURN_UNLINKED, Act
from programs.activity.linking import Refuse
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest, record_purchases
from programs.activity.returns import ReturnRequest, UnlinkedReturn, record_unlinked_returns, return_purchases
from programs.activity.sold import identity, known, sold_before
from programs.activity.source_files import BadRow, Reading, SourceFile
from programs.activity.spending import RedeemRequest, redeem_many
from programs.membership.models import Program
from programs.membership.operations import enrol_many

CHUNK = 1000
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

    def count(self, act: Act, posted) -> None:
        if posted.outcome == "replayed":
            self.known += 1
        elif act.kind == EARN:
            self.purchases += 1
            self.earned += posted.points
        elif act.kind == REDEEM:
            self.redemptions += 1
            self.redeemed -= posted.points
        else:
            self.returns += 1
            self.reversed += posted.shortfall - posted.points


def import_purchases(
    program: Program,
    path: Path,
    *,
    refuse: Refuse,
    chunk: int = CHUNK,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Summary:
    """Carries out what the file says, each purchase, return and redemption on its own; members are entered and enrolled
    at their first. Repeating it changes nothing. Rows that cannot be right, and those that the doors refuse, go to
    `refuse` with the reason, and the rest goes on. `progress` hears of rows done and rows in all. With `dry_run`
    nothing is written: what is not known yet is counted as if carried out, without points. Holds one chunk of acts
    and what may still come back, never the file. Refusals: UnreadableFile, before anything has changed."""
    summary = Summary()

    def count_and_refuse(row: BadRow) -> None:
        summary.refused += 1
        refuse(row)

    reading = Reading(ZoneInfo(program.timezone), clock.now(), exponent(program.money_currency))
    source = SourceFile(path)
    found = shop.survey(source, reading)
    shelves = sold_before(program, found.begins, found.returned)
    stream = shop.acts(source, reading, shelves, count_and_refuse)
    done = 0
    while batch := list(islice(stream, chunk)):
        _carry_out(program, batch, summary, count_and_refuse, dry_run=dry_run)
        done = max(done, max(line for act in batch for line, _ in act.rows))
        progress(done, found.rows)
    progress(found.rows, found.rows)
    return summary


def _carry_out(program: Program, batch: Sequence[Act], summary: Summary, refuse: Refuse, *, dry_run: bool) -> None:
    have = known(program, batch, [f"{IMPORTER.actor}:{_key(program, act)}" for act in batch if act.kind == REDEEM])
    new = []
    for act in batch:
        if identity(act) in have:
            summary.known += 1
        elif is_external_id(act.customer):
            new.append(act)
        else:
            _refuse_all(act, f"customer_id {act.customer!r} cannot be a member's number", refuse)
    if dry_run:
        summary.purchases += sum(act.kind == EARN for act in new)
        summary.redemptions += sum(act.kind == REDEEM for act in new)
        summary.returns += sum(act.kind in (RETURN, RETURN_UNLINKED) for act in new)
        return
    if new:
        _enrol(program, new)
    for kind, wave in waves(new):
        for act, answer in zip(wave, DOORS[kind](program, wave), strict=True):
            if isinstance(answer, LoyaltyError):
                _refuse_all(act, f"{answer.code}: {answer.detail}", refuse)
            else:
                summary.count(act, answer.posted)


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


def _enrol(program: Program, acts: Sequence[Act]) -> None:
    first = {}
    for act in acts:
        first.setdefault(act.customer, act.at)
    members = ensure_members(program.brand, first, actor=IMPORTER.actor)
    enrol_many(program, {members[customer]: at for customer, at in first.items()})


def _refuse_all(act: Act, reason: str, refuse: Refuse) -> None:
    for row in act.refused(reason):
        refuse(row)


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
    requests = [
        ReturnRequest(
            reference=act.reference,
            program_code=program.code,
            purchase_reference=act.original,
            amount_minor=act.amount,
            items=act.items,
            occurred_at=act.at,
            is_capped=True,
        )
        for act in acts
    ]
    return return_purchases(IMPORTER, requests)


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
