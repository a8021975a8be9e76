"""What happened to a member in one stream, newest first: transactions, and changes of tier between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loyalty.errors import Invalid
from loyalty.http.pagination import Place
from loyalty.identity.selectors import as_uuid
from programs.activity.records import Recorded
from programs.activity.selectors import Part, transactions_page
from programs.membership.models import TierChange
from programs.membership.selectors import tier_changes_page


@dataclass(frozen=True, slots=True)
class Edge:
    """A place in both streams: the last posting and the last change of tier up to it, and which of them it is."""

    is_change: bool = False
    posting_id: int | None = None
    changed_at: datetime | None = None
    change_id: UUID | None = None

    @property
    def change(self) -> tuple[datetime, UUID] | None:
        return (self.changed_at, self.change_id) if self.changed_at and self.change_id else None

    def values(self) -> tuple:
        return (
            "tier" if self.is_change else "transaction",
            "" if self.posting_id is None else self.posting_id,
            self.changed_at.isoformat() if self.changed_at else "",
            self.change_id or "",
        )


@dataclass(frozen=True, slots=True)
class Happened:
    """A row of the stream with its place."""

    edge: Edge
    row: Recorded | TierChange


def edge_of(values: Sequence[str]) -> Edge:
    """The place that a cursor names; Invalid for what is none."""
    try:
        kind, posting, changed_at, change_id = values
        moment = datetime.fromisoformat(changed_at) if changed_at else None
        if kind not in ("tier", "transaction") or (moment and (moment.tzinfo is None or as_uuid(change_id) is None)):
            raise ValueError
        if posting and not (posting.isascii() and posting.isdigit() and len(posting) < 19):
            raise ValueError
    except ValueError as error:
        detail = "Take the cursor from `next` or `previous` as it is."
        raise Invalid([{"pointer": "/cursor", "code": "invalid-format", "detail": detail}]) from error
    return Edge(kind == "tier", int(posting) if posting else None, moment, as_uuid(change_id) if moment else None)


def history_page(parts: Sequence[Part], *, place: Place, limit: int) -> list[Happened]:
    """At most `limit` rows of these parts away from the place: older ones, newest first, or backwards newer ones,
    oldest first. A change of tier stands above the transaction that it came with. Two queries. Refusals: Invalid (a
    cursor that is none)."""
    edge = edge_of(place.values) if place.values else Edge()
    accounts = [part.account_id for part in parts]
    if not place.backwards:
        postings = transactions_page(parts, kind=None, edge=edge.posting_id, newer=False, limit=limit)
        changes = tier_changes_page(accounts, edge=edge.change, newer=False, limit=limit)
        return _older(list(postings), list(changes), edge, limit)
    postings, changes = [], []
    # The stream in which the place does not lie begins with its own row.
    if edge.posting_id is not None:
        first = edge.posting_id - 1 if edge.is_change else edge.posting_id
        postings = transactions_page(parts, kind=None, edge=first, newer=True, limit=limit + 1)
    if edge.change is not None:
        with_edge = not edge.is_change
        changes = tier_changes_page(accounts, edge=edge.change, newer=True, with_edge=with_edge, limit=limit + 1)
    return _newer(list(postings), list(changes), limit)


def _older(postings: list[Recorded], changes: list[TierChange], edge: Edge, limit: int) -> list[Happened]:
    found: list[Happened] = []
    while len(found) < limit and (postings or changes):
        if changes and not (postings and changes[0].recorded_at < postings[0].posted.recorded_at):
            row = changes.pop(0)
            edge = Edge(True, edge.posting_id, row.recorded_at, row.id)
        else:
            row = postings.pop(0)
            edge = Edge(False, row.posted.id, edge.changed_at, edge.change_id)
        found.append(Happened(edge, row))
    return found


def _newer(postings: list[Recorded], changes: list[TierChange], limit: int) -> list[Happened]:
    """What lies above a row of the one stream is the next of the other."""
    found: list[Happened] = []
    while len(found) < limit and (postings or changes):
        if changes and not (postings and changes[0].recorded_at >= postings[0].posted.recorded_at):
            row = changes.pop(0)
            edge = Edge(True, postings[0].posted.id if postings else None, row.recorded_at, row.id)
        else:
            row = postings.pop(0)
            above = changes[0] if changes else None
            edge = Edge(False, row.posted.id, above and above.recorded_at, above and above.id)
        found.append(Happened(edge, row))
    return found
