"""Shapes of the answers about points, and how postings, balances and statements become them. No queries."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ledger.statements import Statement, StatementLine
from loyalty.http.shapes import UNSET, UUID, Answer, Moment, UnsetType, from_minor
from loyalty.identity.serializers import MemberAnswer
from programs.activity.kinds import Kind, State
from programs.activity.models import Submission
from programs.activity.records import Recorded
from programs.activity.selectors import Part, PartBalance


class BreakdownLine(Answer):
    """One rule's part in the points."""

    rule_id: str
    rule: str
    points: int
    reason: str
    campaign_id: str | UnsetType = UNSET
    version: (
        Annotated[str, Meta(description='Of the rule set it stands in, say "5", or of the campaign, say "c2".')]
        | UnsetType
    ) = UNSET


class TransactionAnswer(Answer):
    """Points that moved, or are to. `points` is signed; `balance_after` counts pending points too. Of a transaction
    that is still pending neither is known."""

    id: UUID
    type: Kind
    status: State
    member_id: UUID
    program_id: UUID
    points: int | None
    balance_after: int | None
    amount: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    reference: str
    description: str
    source: str
    campaign_ids: list[str]
    occurred_at: Moment
    created_at: Moment
    available_at: (
        Annotated[
            Moment,
            Meta(description="From when on they can be spent; 9999-12-31T00:00:00Z: once an event releases them."),
        ]
        | UnsetType
    ) = UNSET
    expires_at: Annotated[Moment, Meta(description="When the first of them are gone.")] | UnsetType = UNSET
    reverses_id: UUID | UnsetType = UNSET
    shortfall: Annotated[int, Meta(description="Points that had expired and could not come back.")] | UnsetType = UNSET
    breakdown: list[BreakdownLine]
    problem: Annotated[dict, Meta(description="Why it failed.")] | UnsetType = UNSET


class HoldAnswer(Answer):
    """Points set aside, until captured, released or lapsed."""

    id: UUID
    status: Literal["held", "captured", "released", "lapsed"]
    points: int
    captured: int
    member_id: UUID
    program_id: UUID
    expires_at: Moment
    created_at: Moment


class ExpiringAnswer(Answer):
    """Points that will be gone at an instant, unless they are spent before."""

    points: int
    expires_at: Moment


class BalanceAnswer(Answer):
    """What a member holds in a program, in points. `available` can be spent; `pending` later; `held` is set aside;
    `debt` is owed, the next points earned pay it. `tier` is the code of the tier, null below the lowest."""

    program_id: UUID
    program_code: str
    currency: Annotated[str, Meta(description="What the program's points are called.", examples=["miles"])]
    available: int
    pending: int
    held: int
    debt: int
    lifetime_earned: int
    lifetime_redeemed: int
    expiring: list[ExpiringAnswer]
    tier: str | None


class MembershipAnswer(BalanceAnswer):
    """A member's part in a program, with what they hold in it."""

    status: Literal["active", "suspended", "closed"]


class MemberWithMemberships(MemberAnswer):
    """A member, and what they hold in each of their programs."""

    memberships: list[MembershipAnswer]


class StatementLineAnswer(Answer):
    """A transaction in a statement, with the balance after it. Without an id it is not in the books yet: points that
    lapsed, or a hold that ran out, and that the next sweep will write down as said here."""

    id: UUID | None
    type: Kind
    points: int
    balance: int
    reference: str
    description: str
    occurred_at: Moment
    created_at: Moment | None


class StatementAnswer(Answer):
    """A month by the program's calendar: `closing` is `opening` and the points of the lines; `totals` sums them by
    type."""

    member_id: UUID
    program_id: UUID
    program_code: str
    currency: str
    month: str
    timezone: str
    starts_at: Moment
    ends_at: Moment
    opening: int
    closing: int
    totals: dict[str, int]
    lines: list[StatementLineAnswer]


TierReason = Literal["reached", "lapsed", "returned", "manual", "promotion", "program"]
Other = Literal["tier_changed", "reward_claimed", "voucher_given", "voucher_redeemed", "exchange"]
OtherState = Literal["issued", "claimed", "redeemed", "expired", "disabled", "processing", "cancelled"]


class HappenedAnswer(TransactionAnswer):
    """A transaction; or, by `type`: `tier_changed`, from `before` to `after` (codes of tiers, null for none) for a
    `reason`; `reward_claimed` and `voucher_given`, with the voucher's `status` and what was paid for it; of a claim
    `transaction_id` is the transaction that paid; `voucher_redeemed`, with what it took off; and `exchange`: one row
    for all that became of it, `points` being those of the program whose history it is, and `partner` the other
    program."""

    type: Kind | Other
    status: State | OtherState | UnsetType = UNSET
    points: int | UnsetType | None = UNSET
    balance_after: int | UnsetType | None = UNSET
    reference: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    source: str | UnsetType = UNSET
    campaign_ids: list[str] | UnsetType = UNSET
    breakdown: list[BreakdownLine] | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET
    before: str | UnsetType | None = UNSET
    after: str | UnsetType | None = UNSET
    reason: TierReason | UnsetType = UNSET
    voucher_id: UUID | UnsetType = UNSET
    reward_id: UUID | UnsetType | None = UNSET
    reward: Annotated[str, Meta(description="What the voucher is for, as it was called then.")] | UnsetType = UNSET
    transaction_id: UUID | UnsetType | None = UNSET
    discount: Annotated[str, Meta(description="What it took off the order.")] | UnsetType = UNSET
    partner: Annotated[str, Meta(description="The other program's code.")] | UnsetType = UNSET
    from_program_id: UUID | UnsetType = UNSET
    to_program_id: UUID | UnsetType = UNSET
    from_amount: int | UnsetType = UNSET
    to_amount: int | UnsetType = UNSET
    rate: str | UnsetType = UNSET
    fee: int | UnsetType = UNSET
    failure: Annotated[str, Meta(description="The problem code of why it failed.")] | UnsetType | None = UNSET
    completed_at: Moment | UnsetType | None = UNSET


def happened_answer(row: Recorded | dict) -> TransactionAnswer | HappenedAnswer:
    """A row of the history."""
    if isinstance(row, Recorded):
        return transaction_answer(row)
    made = msgspec.convert(row, HappenedAnswer)
    for name in ("occurred_at", "created_at", "expires_at", "completed_at"):
        if moment := getattr(made, name) or None:
            setattr(made, name, _utc(moment))
    return made


def transaction_answer(recorded: Recorded) -> TransactionAnswer:
    """The posting as a transaction. All of it comes from the posting, so that a replay gives the first answer again."""
    posted = recorded.posted
    data = posted.data
    amount = data.get("amount_minor")
    return TransactionAnswer(
        id=posted.public_id,
        type=posted.kind,
        status=recorded.status,
        member_id=recorded.member_id,
        program_id=recorded.program_id,
        points=posted.points,
        balance_after=posted.balance_after,
        amount=UNSET if amount is None else from_minor(amount, data["currency"]),
        currency=data.get("currency", UNSET),
        reference=posted.reference,
        description=data.get("description", ""),
        source=data.get("source", ""),
        campaign_ids=data.get("campaign_ids", []),
        occurred_at=_utc(posted.occurred_at),
        created_at=_utc(posted.recorded_at),
        available_at=data.get("available_at", UNSET),
        expires_at=data.get("expires_at", UNSET),
        reverses_id=posted.reverses or UNSET,
        shortfall=posted.shortfall or UNSET,
        breakdown=breakdown(data),
    )


def current_answer(found: Recorded | Submission) -> TransactionAnswer:
    """A transaction as it stands, whether it has been carried out or not."""
    return transaction_answer(found) if isinstance(found, Recorded) else submission_answer(found, found.status)


def submitted_answer(submission: Submission) -> TransactionAnswer:
    """What is answered to who submits, whatever has become of it since."""
    return submission_answer(submission, "pending")


def submission_answer(submission: Submission, status: str) -> TransactionAnswer:
    """A transaction that is still to come, or that failed."""
    body = submission.body
    return TransactionAnswer(
        id=submission.id,
        type=submission.kind,
        status=status,
        member_id=submission.member_id,
        program_id=submission.program_id,
        points=None,
        balance_after=None,
        amount=from_minor(body["amount_minor"], body["currency"]) if "amount_minor" in body else UNSET,
        currency=body.get("currency", UNSET),
        reference=body.get("reference", ""),
        description=body.get("description", ""),
        source=body.get("source", ""),
        campaign_ids=[],
        occurred_at=body.get("occurred_at") or body.get("at") or _utc(submission.created_at),
        created_at=_utc(submission.created_at),
        breakdown=[],
        problem=submission.problem if status == "failed" else UNSET,
    )


def hold_answer(recorded: Recorded) -> HoldAnswer:
    """A hold as the posting that made or resolved it left it."""
    posted = recorded.posted
    data, facts = posted.data, posted.facts or {}
    is_new = posted.kind == "hold"
    ends = data["hold_expires_at"] if is_new else facts["expires_at"]
    return HoldAnswer(
        id=posted.public_id if is_new else UUID(data["hold_id"]),
        status={"hold": "held", "capture": "captured", "release": "released"}[posted.kind],
        points=-posted.points if is_new else facts["held"],
        captured=0 if is_new else facts["captured"],
        member_id=recorded.member_id,
        program_id=recorded.program_id,
        expires_at=_utc(datetime.fromisoformat(ends)),
        created_at=_utc(posted.recorded_at if is_new else datetime.fromisoformat(data["held_at"])),
    )


def balance_answer(balance: PartBalance, *, kind: type = BalanceAnswer, **more) -> BalanceAnswer:
    part = balance.part
    return kind(
        program_id=part.program_id,
        program_code=part.code,
        currency=part.currency,
        available=balance.available,
        pending=balance.pending,
        held=balance.held,
        debt=balance.debt,
        lifetime_earned=balance.lifetime_earned,
        lifetime_redeemed=balance.lifetime_redeemed,
        expiring=[ExpiringAnswer(points=one.points, expires_at=_utc(one.expires_at)) for one in balance.expiring],
        tier=balance.tier,
        **more,
    )


def membership_answer(balance: PartBalance) -> MembershipAnswer:
    return balance_answer(balance, kind=MembershipAnswer, status=balance.part.status)


def statement_answer(part: Part, statement: Statement) -> StatementAnswer:
    return StatementAnswer(
        member_id=part.member_id,
        program_id=part.program_id,
        program_code=part.code,
        currency=part.currency,
        month=f"{statement.start:%Y-%m}",
        timezone=part.timezone,
        starts_at=_utc(statement.start),
        ends_at=_utc(statement.end),
        opening=statement.opening,
        closing=statement.closing,
        totals=statement.totals,
        lines=[_statement_line(line) for line in statement.lines],
    )


def _statement_line(line: StatementLine) -> StatementLineAnswer:
    posting = line.posting
    in_books = posting.id is not None
    return StatementLineAnswer(
        id=posting.public_id if in_books else None,
        type=posting.kind,
        points=posting.points,
        balance=line.running,
        reference=posting.reference,
        description=posting.data.get("description", ""),
        occurred_at=_utc(posting.occurred_at),
        created_at=_utc(posting.recorded_at) if in_books else None,
    )


def breakdown(data: dict) -> list[BreakdownLine]:
    return [
        BreakdownLine(
            rule_id=line["rule_id"],
            rule=line["rule"],
            points=line["points"],
            reason=line["reason"],
            campaign_id=line.get("campaign_id", UNSET),
            version=line.get("version", UNSET),
        )
        for line in data.get("breakdown", ())
    ]


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
