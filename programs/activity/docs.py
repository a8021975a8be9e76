"""What the addresses of this room promise in the OpenAPI document: answers, refusals and examples."""

from ledger.errors import (
    AccountClosed,
    AlreadyReversed,
    BalanceLimit,
    CaptureExceedsHold,
    DuplicateReference,
    HoldExpired,
    HoldResolved,
    InsufficientPoints,
    NotReversible,
)
from loyalty.errors import Invalid, NotFound
from loyalty.http.idempotency import KeyRequired
from loyalty.http.schema import page_of
from loyalty.identity.approvals.errors import ApprovalRequired, OwnRequest
from loyalty.identity.errors import AmbiguousMember, ScopeMissing, StepUpRequired
from programs.activity import answers, serializers, telling_why
from programs.activity.errors import (
    BelowMinimum,
    HoldBound,
    MembershipRequired,
    PaidForVoucher,
    ReturnExceedsPurchase,
)
from programs.activity.limits_busy import LimitsBusy
from programs.earning.engine import TooManyPoints
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive

PROGRAM = "f846eef0-e6df-43bf-87fe-59a3552c4e95"
MEMBER = "70772519-c197-4bec-bb7d-f5c25d2fc9ae"
ID = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e"
AT = "2026-10-01T12:00:00Z"

PLACED = (NotFound, ScopeMissing, ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed)
EARNING = (*PLACED, TooManyPoints, DuplicateReference, AccountClosed, BalanceLimit, LimitsBusy)
SPENDING = (*PLACED, StepUpRequired, AccountClosed, InsufficientPoints)
ON_TARGET = (NotFound, ScopeMissing, AccountClosed)

TRANSACTION_EXAMPLE = {
    "id": ID,
    "type": "earn",
    "status": "completed",
    "member_id": MEMBER,
    "program_id": PROGRAM,
    "points": 152,
    "balance_after": 1152,
    "amount": "152.00",
    "currency": "EUR",
    "reference": "receipt-1001",
    "description": "",
    "source": "till",
    "campaign_ids": [],
    "occurred_at": AT,
    "created_at": AT,
    "breakdown": [
        {
            "rule_id": "base",
            "rule": "Base rate",
            "points": 152,
            "reason": "152 x 1 points: 152.00 EUR is 152 full times 1.00",
        }
    ],
}
PURCHASE = {
    "program_id": "STAY",
    "amount": "152.00",
    "currency": "EUR",
    "reference": "receipt-1001",
    "occurred_at": AT,
    "source": "till",
    "items": [
        {"sku": "SKU123", "quantity": 1, "amount": "12.00", "category": "toys", "labels": {"colour": "red"}},
        {"sku": "SKU000", "quantity": 2, "amount": "140.00"},
    ],
    "tenders": [{"type": "card", "amount": "152.00"}],
}
SPENT = TRANSACTION_EXAMPLE | {"type": "redeem", "points": -500, "balance_after": 652, "reference": "", "breakdown": []}
SPENT = {name: value for name, value in SPENT.items() if name not in ("amount", "currency")}
REDEMPTION = {"program_id": "STAY", "points": 500, "description": "A free night", "idempotency_key": "redeem-77"}
HOLD_EXAMPLE = {
    "id": ID,
    "status": "held",
    "points": 300,
    "captured": 0,
    "member_id": MEMBER,
    "program_id": PROGRAM,
    "expires_at": "2026-10-01T12:15:00Z",
    "created_at": AT,
}
BALANCE_EXAMPLE = {
    "program_id": PROGRAM,
    "program_code": "STAY",
    "currency": "nights",
    "available": 652,
    "pending": 0,
    "held": 0,
    "debt": 0,
    "lifetime_earned": 1152,
    "lifetime_redeemed": 500,
    "expiring": [{"points": 652, "expires_at": "2027-11-01T00:00:00Z"}],
    "tier": "silver",
}

_MOVED = {201: answers.TransactionAnswer}
_MOVED_OR_LATER = {201: answers.TransactionAnswer, 202: answers.TransactionAnswer}
_HELD = {200: answers.HoldAnswer}


def later(answer: dict) -> dict:
    """The answer to who does not wait."""
    return answer | {"status": "pending", "points": None, "balance_after": None, "breakdown": []}


def _moves(problems, example=None, *, answer=TRANSACTION_EXAMPLE, gives=_MOVED, limited=False, keyed=True) -> dict:
    """An address that moves points: it takes a key, in the header or in the body; if not `keyed`, the reference will
    do."""
    examples = {"request": example} if example else {}
    if 202 in gives:
        examples[202] = later(answer)
    status = min(gives)
    return {
        "answers": gives,
        "problems": (*problems, KeyRequired) if keyed else problems,
        "idempotent": True,
        "limited": limited,
        "examples": examples | {status: answer},
    }


def _reads(answer, example=None, *, problems=(ScopeMissing,), etag=False, query=None) -> dict:
    return {
        "answers": {200: answer},
        "problems": problems,
        "etag": etag,
        "query": query,
        "examples": {200: example} if example else {},
    }


EARN = _moves(EARNING, PURCHASE, gives=_MOVED_OR_LATER, limited=True, keyed=False)
_WHY = {
    "rule_id": "min-spend",
    "rule": "50 for 250.00 in the app",
    "sentence": "Order total at least 250.00 and channel is app: 50 points.",
    "fired": False,
    "points": 0,
    "reason": "its conditions do not hold",
    "version": "5",
    "conditions": {
        "label": "all",
        "held": False,
        "conditions": [
            {"label": "Order total", "held": False, "wanted": "is at least 250.00", "actual": "152.00"},
            {"label": "Channel", "held": False, "wanted": "is app", "actual": "till"},
        ],
    },
}
PREVIEW = {
    "answers": {200: telling_why.PreviewAnswer},
    "problems": (NotFound, ScopeMissing, Invalid, TooManyPoints),
    "examples": {
        "request": PURCHASE | {"member_id": "USR-001", "ruleset_version": 5},
        200: {
            "program_id": PROGRAM,
            "member_id": MEMBER,
            "points": 152,
            "breakdown": TRANSACTION_EXAMPLE["breakdown"],
            "rules": [_WHY],
            "available_at": AT,
            "expires_at": "2027-11-01T00:00:00Z",
        },
    },
}
_REDEEMING = (*SPENDING, BelowMinimum)
REDEEM = _moves(_REDEEMING, REDEMPTION, answer=SPENT, gives=_MOVED_OR_LATER, limited=True)
TILL_REDEEM = _moves(
    _REDEEMING, REDEMPTION | {"card_number": "1000000000000009"}, answer=SPENT, gives=_MOVED_OR_LATER, limited=True
)
DEPOSIT = _moves(
    (*PLACED, OwnRequest, ApprovalRequired, AccountClosed, BalanceLimit),
    {"program_id": "STAY", "amount": 5000, "reason": "Welcome", "idempotency_key": "deposit-1"},
    answer=SPENT | {"type": "deposit", "points": 5000, "balance_after": 5000, "description": "Welcome"},
)
HOLD = _moves(
    SPENDING,
    {"program_id": "STAY", "points": 300, "expires_in": 900, "idempotency_key": "hold-1"},
    answer=HOLD_EXAMPLE,
    gives={201: answers.HoldAnswer},
)
CAPTURE = _moves(
    (*ON_TARGET, HoldBound, HoldResolved, HoldExpired, CaptureExceedsHold),
    {"points": 200, "idempotency_key": "capture-1"},
    answer=HOLD_EXAMPLE | {"status": "captured", "captured": 200},
    gives=_HELD,
)
RELEASE = _moves(
    (*ON_TARGET, HoldBound, HoldResolved),
    {"idempotency_key": "release-1"},
    answer=HOLD_EXAMPLE | {"status": "released"},
    gives=_HELD,
)
REVERSE = _moves(
    (*ON_TARGET, OwnRequest, PaidForVoucher, NotReversible, AlreadyReversed, InsufficientPoints),
    {"reason": "Rung up twice", "idempotency_key": "reverse-1"},
    answer=SPENT | {"type": "reverse", "points": 500, "balance_after": 1152, "reverses_id": ID},
)
RETURN = _moves(
    (*ON_TARGET, NotReversible, DuplicateReference, ReturnExceedsPurchase, AlreadyReversed, InsufficientPoints),
    {"reference": "return-17", "items": [{"sku": "SKU000", "quantity": 1}]},
    answer=TRANSACTION_EXAMPLE
    | {"type": "return", "points": -70, "balance_after": 1082, "amount": "70.00", "reverses_id": ID, "breakdown": []},
    keyed=False,
)
TRANSACTION = _reads(answers.TransactionAnswer, TRANSACTION_EXAMPLE)
EXPLANATION = _reads(
    telling_why.ExplanationAnswer,
    {
        "transaction_id": TRANSACTION_EXAMPLE["id"],
        "type": "earn",
        "points": 152,
        "amount": "152.00",
        "currency": "EUR",
        "breakdown": TRANSACTION_EXAMPLE["breakdown"],
        "total": 152,
        "rules": [_WHY],
    },
)

_OF_MEMBER = (ScopeMissing, AmbiguousMember)
MEMBER_READ = _reads(answers.MemberWithMemberships, problems=_OF_MEMBER, etag=True)
BALANCES = _reads(
    list[answers.BalanceAnswer],
    [BALANCE_EXAMPLE],
    problems=_OF_MEMBER,
    etag=True,
    query=serializers.BalanceFilters,
)
BALANCE = _reads(
    answers.BalanceAnswer,
    BALANCE_EXAMPLE,
    problems=(*_OF_MEMBER, Invalid),
    etag=True,
    query=serializers.OneBalanceFilters,
)
TIER_CHANGE_EXAMPLE = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60",
    "type": "tier_changed",
    **{name: TRANSACTION_EXAMPLE[name] for name in ("member_id", "program_id", "occurred_at", "created_at")},
    "before": "silver",
    "after": "gold",
    "reason": "reached",
}
EXCHANGE_EXAMPLE = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d61",
    "type": "exchange",
    "status": "completed",
    **{name: TRANSACTION_EXAMPLE[name] for name in ("member_id", "program_id", "occurred_at", "created_at")},
    "points": -100,
    "partner": "SHOP",
    "from_program_id": TRANSACTION_EXAMPLE["program_id"],
    "to_program_id": "019a9f2f-11aa-7cc1-8d3e-0a6d3b7f9e21",
    "from_amount": 100,
    "to_amount": 250,
    "rate": "2.5",
    "fee": 0,
    "failure": None,
    "completed_at": TRANSACTION_EXAMPLE["created_at"],
}
CLAIM_EXAMPLE = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d62",
    "type": "reward_claimed",
    "status": "claimed",
    **{name: TRANSACTION_EXAMPLE[name] for name in ("member_id", "program_id", "occurred_at", "created_at")},
    "points": -300,
    "voucher_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d62",
    "reward_id": "019a9f2f-11aa-7cc1-8d3e-0a6d3b7f9e22",
    "reward": "Free coffee",
    "transaction_id": TRANSACTION_EXAMPLE["id"],
    "expires_at": None,
}
TRANSACTIONS = _reads(
    page_of(answers.TransactionAnswer),
    {"next": None, "previous": None, "results": [TRANSACTION_EXAMPLE]},
    problems=_OF_MEMBER,
    query=serializers.TransactionFilters,
)
HISTORY = _reads(
    page_of(answers.HappenedAnswer),
    {
        "next": None,
        "previous": None,
        "results": [EXCHANGE_EXAMPLE, CLAIM_EXAMPLE, TIER_CHANGE_EXAMPLE, TRANSACTION_EXAMPLE],
    },
    problems=_OF_MEMBER,
    query=serializers.TransactionFilters,
)
STATEMENT = _reads(answers.StatementAnswer, problems=_OF_MEMBER, query=serializers.StatementFilters)
