"""Decided purchases on their way into the books: points, purchases and what limits count, in one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ledger.posting import Alongside, LotTerms, Move, Posted, post
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.activity.deciding import Decided
from programs.activity.places import Place
from programs.activity.records import Recorded, written
from programs.earning.engine import Decision, Share, is_plain
from programs.earning.lifetimes import extension

LIMITS_MOVED = "limits-moved"
GRANTED = {"reward.grant": "reward", "stamp.add": "stamps", "badge.award": "badge"}
"""What rules give that is no points, and what it is called in the outbox."""

Whose = tuple[UUID, UUID]
"""A program and a member: what happens to one builds on what happened before."""


def side_by_side(waiting: Sequence[int], whose: Mapping[int, Whose]) -> list[int]:
    """Those that can be decided at once: of each member the first; all of whom it is not known yet whose they are."""
    firsts: dict = {}
    for n in waiting:
        firsts.setdefault(whose.get(n, n), n)
    return list(firsts.values())


class Batch:
    """Purchases that are posted together, each on its own: all of one stands or falls together."""

    def __init__(self, principal: Principal):
        self.principal = principal
        self.moves: list[Move] = []
        self.rows: list[dict] = []
        self.sources: dict[int, tuple[int, Place]] = {}

    def add(self, source: int, request, place: Place, decided: Decided, *, key: str, fingerprint: bytes) -> None:
        """One more; `source` is what its answer goes to."""
        n, at = len(self.moves), decided.happening.at
        public_id = request.public_id or uuid7()
        moves = moves_of(
            self.principal.actor, place, decided, key=key, fingerprint=fingerprint, public_id=public_id,
            reference=request.reference, data=_data(request, decided.decision, at),
        )  # fmt: skip
        self.moves += moves
        self.sources[n] = source, place
        row = row_of(n, place, decided, parts=moves[1:])
        self.rows.append(row | _said(request))

    def post(self, answers: list) -> list[int]:
        """Posts them and enters the answers; answers which of them have to be decided again."""
        moved = []
        for posted in post_all(self.moves, self.rows):
            if posted.n not in self.sources:
                continue
            source, place = self.sources[posted.n]
            if posted.outcome == LIMITS_MOVED:
                moved.append(source)
            else:
                recorded = Recorded(posted, place.member_id, place.program.id)
                answers[source] = recorded if posted.is_done else posted.refusal()
        return moved


def post_all(moves: list[Move], rows: list[dict]) -> list[Posted]:
    """The points and the purchases in one statement."""
    return post(moves, alongside=Alongside("programs_post_purchases", rows)) if moves else []


def moves_of(
    actor: str,
    place: Place,
    decided: Decided,
    *,
    key: str,
    fingerprint: bytes,
    public_id: UUID,
    reference: str,
    data: dict,
) -> list[Move]:
    """The member's points and, after them, those of whoever brought the member."""
    decision, program, at = decided.decision, place.program, decided.happening.at
    said = {"kind": "earn", "fingerprint": fingerprint, "actor": actor, "at": at, "program_id": program.id}
    ends = extension(program.life_terms, at)
    own = Move(
        account_id=place.account_id,
        key=key,
        points=decision.points,
        public_id=public_id,
        reference=reference,
        available_at=decision.available_at,
        expires_at=decision.expires_at,
        lots=_lots(decision.own),
        data=data,
        **said | ({"extend_to": ends} if ends else {}),
    )
    referred = decision.referred
    if not referred.points or place.facts is None or place.facts.referrer_account is None:
        return [own]
    return [
        own,
        Move(
            account_id=place.facts.referrer_account,
            key=f"{key}#referrer",
            points=referred.points,
            available_at=referred.lots[0].available_at,
            expires_at=referred.lots[0].expires_at,
            lots=_lots(referred),
            data={
                "description": "A friend's purchase",
                "source": "referral",
                "breakdown": [line.as_dict() for line in referred.lines],
                "expires_at": written(referred.lots[0].expires_at),
            },
            **said,
        ),
    ]


def row_of(n: int, place: Place, decided: Decided, *, parts: list[Move]) -> dict:
    """What is written with the points, whatever happened; what there is not is left out, for the database asks."""
    decision, program = decided.decision, place.program
    row: dict = {
        "n": n,
        "program_id": program.id,
        "member_id": place.member_id,
        "edition": decided.edition,
        "occurred_at": decided.happening.at,
    }
    if decided.facts:
        row["facts"] = decided.facts
    if not is_plain(decision.gifts):
        row["gifts"] = _gifts(decision, parts)
    if parts:
        row["parts"] = list(range(n + 1, n + 1 + len(parts)))
    if decision.counters:
        row["counters"] = decision.counters
    if "orders" in program.needs and place.facts is not None:
        row["orders"] = place.facts.orders or 0
    if program.has_tiers:
        row["has_tiers"] = True
    if "links" in program.needs:
        row["has_links"] = True
    if grants := _grants(decision):
        row["grants"] = grants
    return row


def _grants(decision: Decision) -> list[tuple]:
    """What waits to be handed out: number, kind, code, count, and the rule that gave it."""
    return [
        (n, GRANTED[grant["type"]], grant["code"], grant["count"], grant["rule_id"])
        for n, grant in enumerate(decision.grants)
        if grant["type"] in GRANTED
    ]


def _gifts(decision: Decision, parts: list[Move]) -> list[dict]:
    """What each rule gave, with the posting of what somebody else got."""
    other = {"part": str(parts[0].public_id)} if parts else {}
    return [gift | other if "to" in gift else gift for gift in decision.gifts]


def _lots(share: Share) -> tuple[LotTerms, ...]:
    """Points that live differently, each in a lot of its own."""
    if len(share.lots) < 2:
        return ()
    return tuple(LotTerms(lot.points, lot.available_at, lot.expires_at) for lot in share.lots)


def _data(request, decision: Decision, occurred_at: datetime) -> dict:
    """What the posting keeps to give the same answer again; what is empty is left out."""
    data: dict = {
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "description": request.description,
        "source": request.source,
        "location_id": request.location_id,
    }
    return {
        name: value for name, value in (data | data_of(decision, occurred_at)).items() if value not in ("", None, [])
    }


def data_of(decision: Decision, occurred_at: datetime) -> dict:
    """What the posting keeps of the decision."""
    return {
        "breakdown": [line.as_dict() for line in decision.breakdown],
        "campaign_ids": sorted({line.campaign_id for line in decision.breakdown if line.campaign_id}),
        "grants": list(decision.grants),
        "available_at": written(decision.available_at) if decision.available_at > occurred_at else None,
        "expires_at": written(decision.expires_at),
    }


def _said(request) -> dict:
    """The purchase as it was told."""
    return {
        "reference": request.reference,
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "items": request.items,
        "tenders": request.tenders,
        "location_id": request.location_id,
        "source": request.source,
        "metadata": request.metadata,
    }
