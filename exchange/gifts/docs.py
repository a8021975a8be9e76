"""What the addresses of gifts promise in the OpenAPI document: refusals and examples."""

from exchange.gifts import errors, serializers
from exchange.requests.errors import DailyLimit
from ledger.errors import AccountClosed, BalanceLimit, HopLimit, InsufficientPoints, KeyReused
from loyalty.errors import Invalid, NotFound
from loyalty.http.idempotency import KeyRequired
from loyalty.http.refusals import TooMany
from loyalty.http.schema import page_of
from loyalty.identity.approvals.errors import ApprovalRequired, OwnRequest
from loyalty.identity.errors import AmbiguousMember, ScopeMissing, StepUpRequired
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramArchived, ProgramNotActive

TAG = "Gifts"
AT, LATER = "2026-10-01T12:00:00Z", "2026-10-02T12:00:00Z"
GIFT, OUT, INTO = (f"019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d{end}" for end in ("91", "92", "93"))
PROGRAM, ANA, BEN = (
    "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa",
    "70772519-c197-4bec-bb7d-f5c25d2fc9ae",
    "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d94",
)
NEW = {
    "to_member": "USR-002",
    "program_id": "SKY",
    "points": 250,
    "message": "Happy birthday",
    "idempotency_key": "gift-77",
}
SHOWN = {
    "id": GIFT,
    "program_id": PROGRAM,
    "from_member_id": ANA,
    "to_member_id": BEN,
    "points": 250,
    "message": "Happy birthday",
    "available_at": LATER,
    "out_transaction_id": OUT,
    "in_transaction_id": INTO,
    "created_at": AT,
}
POLICY = {
    "program_id": PROGRAM,
    "gifts_are_open": True,
    "gift_min": 1,
    "gift_max": None,
    "gift_daily_max": 5000,
    "gift_daily_count": 20,
    "gift_hold_hours": 24,
    "gift_hops_max": 1,
    "exchange_hops_max": 3,
    "households_are_open": True,
    "household_size_max": 6,
    "household_wait_hours": 24,
}
OUTSIDE = (ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed)

GIVE = {
    "tags": TAG,
    "allow": "gifts.give",
    "request": serializers.NewGift,
    "answers": {201: serializers.GiftAnswer},
    "problems": [
        KeyRequired, KeyReused, ScopeMissing, StepUpRequired, *OUTSIDE, errors.GiftsClosed, errors.GiftBelowMinimum,
        errors.GiftAboveMaximum, TooMany, NotFound, errors.GiftToSelf, OwnRequest, ApprovalRequired,
        DailyLimit, AccountClosed, InsufficientPoints, HopLimit, BalanceLimit,
    ],
    "idempotent": True,
    "limited": True,
    "examples": {"request": NEW, 201: SHOWN},
}  # fmt: skip
LIST = {
    "tags": TAG,
    "allow": "gifts.view",
    "query": serializers.GiftFilters,
    "answers": {200: page_of(serializers.GiftAnswer)},
    "problems": [ScopeMissing, NotFound, AmbiguousMember],
    "examples": {200: {"next": None, "previous": None, "results": [SHOWN]}},
}
SHOW_POLICY = {
    "tags": TAG,
    "allow": "transfer_policies.view",
    "answers": {200: serializers.PolicyAnswer},
    "problems": [ScopeMissing, NotFound],
    "etag": True,
    "examples": {200: POLICY},
}
CHANGE_POLICY = {
    "tags": TAG,
    "allow": "transfer_policies.change",
    "request": serializers.PolicyPatch,
    "answers": {200: serializers.PolicyAnswer},
    "problems": [ScopeMissing, NotFound, ProgramArchived, Invalid],
    "examples": {"request": {"gift_daily_max": 5000}, 200: POLICY},
}
