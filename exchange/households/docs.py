"""What the addresses of households promise in the OpenAPI document: refusals and examples."""

from exchange.households import errors, serializers
from ledger.errors import AccountClosed, InsufficientPoints, KeyReused
from loyalty.errors import NotFound
from loyalty.http.idempotency import KeyRequired
from loyalty.http.refusals import TooMany
from loyalty.http.schema import page_of
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.errors import AmbiguousMember, ScopeMissing, StepUpRequired
from programs.activity.errors import BelowMinimum, MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive

TAG = "Households"
AT, LATER = "2026-10-01T12:00:00Z", "2026-10-02T12:00:00Z"
HOUSEHOLD, SPEND, FIRST, SECOND = (f"019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d{end}" for end in ("95", "96", "97", "98"))
PROGRAM, ANA, BEN = (
    "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa",
    "70772519-c197-4bec-bb7d-f5c25d2fc9ae",
    "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d94",
)
HOUSEHOLD_PATH = {"household": "The household's id."}
SPEND_PATH = {"spend": "The id of what a household spent."}
PART = {
    "member_id": ANA,
    "name": "Ana Silva",
    "status": "joined",
    "invited_at": AT,
    "joined_at": AT,
    "shares_from": LATER,
}
INVITED = {
    "member_id": BEN,
    "name": None,
    "status": "invited",
    "invited_at": AT,
    "joined_at": None,
    "shares_from": None,
}
SHOWN = {
    "id": HOUSEHOLD,
    "program_id": PROGRAM,
    "owner_id": ANA,
    "available": 1250,
    "members": [PART, INVITED],
    "ended_at": None,
    "created_at": AT,
}
ROW = {
    "id": HOUSEHOLD,
    "program_id": PROGRAM,
    "owner_id": ANA,
    "size": 2,
    "ended_at": None,
    "created_at": AT,
}
SPENT = {
    "id": SPEND,
    "household_id": HOUSEHOLD,
    "program_id": PROGRAM,
    "member_id": ANA,
    "points": 1000,
    "parts": [
        {"member_id": ANA, "transaction_id": FIRST, "points": 750},
        {"member_id": BEN, "transaction_id": SECOND, "points": 250},
    ],
    "description": "Two flights",
    "reference": "order-77",
    "reversed_at": None,
    "created_at": AT,
}
OUTSIDE = (ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, errors.HouseholdsClosed)
OF_HOUSEHOLD = {"tags": TAG, "path": HOUSEHOLD_PATH}
CHANGING = {**OF_HOUSEHOLD, "allow": "households.change", "idempotent": True}

LIST = {
    "tags": TAG,
    "allow": "households.view",
    "query": serializers.HouseholdFilters,
    "answers": {200: page_of(serializers.HouseholdRow)},
    "problems": [ScopeMissing, NotFound, AmbiguousMember],
    "examples": {200: {"next": None, "previous": None, "results": [ROW]}},
}
CREATE = {
    "tags": TAG,
    "allow": "households.change",
    "request": serializers.NewHousehold,
    "answers": {201: serializers.HouseholdAnswer},
    "problems": [NotFound, ScopeMissing, *OUTSIDE, StepUpRequired, errors.AlreadyInHousehold],
    "idempotent": True,
    "examples": {"request": {"program_id": "SKY"}, 201: {**SHOWN, "members": [PART], "available": 0}},
}
SHOW = {
    **OF_HOUSEHOLD,
    "allow": "households.view",
    "answers": {200: serializers.HouseholdAnswer},
    "problems": [ScopeMissing, NotFound],
    "etag": True,
    "examples": {200: SHOWN},
}
INVITE = {
    **OF_HOUSEHOLD,
    "allow": "households.change",
    "request": serializers.Invitation,
    "answers": {200: serializers.HouseholdAnswer},
    "problems": [NotFound, ScopeMissing, *OUTSIDE, TooMany, errors.HouseholdEnded, errors.HouseholdFull],
    "limited": True,
    "examples": {"request": {"to_member": "USR-002"}, 200: SHOWN},
}
JOIN = {
    **CHANGING,
    "allow": "households.join",
    "answers": {200: serializers.HouseholdAnswer},
    "problems": [
        NotFound, ScopeMissing, *OUTSIDE, errors.HouseholdEnded, StepUpRequired, errors.NotInvited,
        errors.HouseholdFull, errors.AlreadyInHousehold,
    ],
    "examples": {200: {**SHOWN, "members": [PART, {**PART, "member_id": BEN, "name": "Ben Meyer"}]}},
}  # fmt: skip
DECLINE = {
    **CHANGING,
    "allow": "households.join",
    "answers": {204: None},
    "problems": [NotFound, ScopeMissing, errors.NotInvited],
}
LEAVE = {
    **CHANGING,
    "allow": "households.join",
    "answers": {204: None},
    "problems": [NotFound, ScopeMissing, errors.NotInHousehold],
}
REMOVE = {
    **CHANGING,
    "request": serializers.WhoLeaves,
    "answers": {204: None},
    "problems": [NotFound, ScopeMissing],
    "examples": {"request": {"member_id": BEN}},
}
SPEND_TOGETHER_PROBLEMS = [
    KeyRequired, NotFound, KeyReused, ScopeMissing, StepUpRequired, *OUTSIDE, BelowMinimum, errors.HouseholdEnded,
    errors.NotInHousehold, errors.HouseholdWait, AccountClosed, InsufficientPoints,
]  # fmt: skip
SPEND = {
    **OF_HOUSEHOLD,
    "allow": "households.spend",
    "request": serializers.NewSpend,
    "answers": {201: serializers.SpendAnswer},
    "problems": SPEND_TOGETHER_PROBLEMS,
    "idempotent": True,
    "limited": True,
    "examples": {
        "request": {
            "points": 1000, "description": "Two flights", "reference": "order-77", "idempotency_key": "together-77",
        },
        201: SPENT,
    },
}  # fmt: skip
SPENDS = {
    **OF_HOUSEHOLD,
    "allow": "households.view",
    "query": serializers.Filters,
    "answers": {200: page_of(serializers.SpendAnswer)},
    "problems": [ScopeMissing, NotFound],
    "examples": {200: {"next": None, "previous": None, "results": [SPENT]}},
}
REVERSE = {
    "tags": TAG,
    "path": SPEND_PATH,
    "allow": "points.reverse",
    "request": serializers.SpendReversal,
    "answers": {200: serializers.SpendAnswer},
    "problems": [NotFound, ScopeMissing, OwnRequest, AccountClosed],
    "idempotent": True,
    "examples": {"request": {"reason": "Cancelled by the airline"}, 200: {**SPENT, "reversed_at": LATER}},
}
