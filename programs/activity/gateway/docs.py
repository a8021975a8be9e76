"""What the addresses of tills promise in the OpenAPI document: answers, refusals and examples."""

from ledger.errors import (
    AccountClosed,
    AlreadyReversed,
    BalanceLimit,
    DuplicateReference,
    InsufficientPoints,
    KeyReused,
)
from loyalty.errors import Invalid, NotFound
from loyalty.http.schema import page_of
from loyalty.identity.errors import AmbiguousMember, ScopeMissing
from programs.activity import answers
from programs.activity.docs import (
    AT,
    EARNING,
    ID,
    MEMBER,
    PLACED,
    PROGRAM,
    PURCHASE,
    TRANSACTION_EXAMPLE,
    later,
)
from programs.activity.errors import ReturnExceedsPurchase
from programs.activity.gateway import look_up_shapes, serializers
from programs.activity.gateway.errors import ReceiptClaimed, ReceiptExpired, ReceiptVoid
from programs.activity.limits_busy import LimitsBusy
from programs.earning.engine import TooManyPoints
from programs.membership.errors import ProgramNotActive
from programs.rewards.qr import errors as qr
from programs.rewards.vouchers.errors import TokenUsed

TAG = "Tills"
RECEIPT = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d70",
    "program_id": PROGRAM,
    "status": "open",
    "reference": "receipt-1001",
    "amount": "152.00",
    "refunded": "0.00",
    "currency": "EUR",
    "location_id": "amsterdam-1",
    "source": "till",
    "occurred_at": AT,
    "expires_at": "2026-10-31T12:00:00Z",
    "member_id": None,
    "transaction_id": None,
    "claimed_at": None,
    "created_at": AT,
}
PRINTED = {**RECEIPT, "code": "7K3M-9QXD-2FWB-HT5C", "qr_text": "LYR1:7K3M9QXD2FWBHT5C"}
CLAIMED = {**RECEIPT, "status": "claimed", "member_id": MEMBER, "transaction_id": ID, "claimed_at": AT}
AT_TILL = {
    "member_id": MEMBER,
    "external_id": "USR-001",
    "name": "Ana S.",
    "email": "a\u2022\u2022\u2022\u2022@example.com",
    "phone": "+31\u2022\u2022\u2022\u202278",
    "cards": [
        {
            "program_id": PROGRAM,
            "program_code": "STAY",
            "currency": "nights",
            "card_number": "1000000000000009",
            "status": "active",
            "tier": "silver",
            "balance": {"available": 652, "pending": 0, "held": 0, "debt": 0},
        }
    ],
    "offers": [
        {
            "reward_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d63",
            "program_id": PROGRAM,
            "name": "A free breakfast",
            "points": 500,
        }
    ],
    "vouchers": [
        {
            "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d61",
            "program_id": PROGRAM,
            "name": "Five off",
            "expires_at": "2026-12-31T23:00:00Z",
        }
    ],
}

ACCRUE = {
    "answers": {201: answers.TransactionAnswer, 202: (answers.TransactionAnswer, serializers.ReceiptAnswer)},
    "problems": EARNING,
    "idempotent": True,
    "limited": True,
    "examples": {
        "request": PURCHASE | {"member_id": "USR-001"},
        201: TRANSACTION_EXAMPLE,
        202: later(TRANSACTION_EXAMPLE),
    },
}
BATCH = {
    "answers": {200: serializers.BatchAnswer},
    "limited": True,
    "examples": {
        "request": {"transactions": [PURCHASE | {"member_id": "USR-001"}]},
        200: {"results": [{"status": 201, "replayed": False, "transaction": TRANSACTION_EXAMPLE}]},
    },
}
_CAME_BACK = TRANSACTION_EXAMPLE | {
    "type": "return", "points": -70, "balance_after": 1082, "amount": "70.00", "reverses_id": ID, "breakdown": [],
}  # fmt: skip
TILL_RETURN = {
    "answers": {201: answers.TransactionAnswer, 202: serializers.ReceiptAnswer},
    "problems": (
        NotFound, ScopeMissing, Invalid, KeyReused, AccountClosed, DuplicateReference, ReturnExceedsPurchase,
        AlreadyReversed, InsufficientPoints,
    ),
    "examples": {
        "request": {
            "program_id": "FUEL",
            "member_id": "USR-001",
            "reference": "return-18",
            "amount": "70.00",
            "currency": "EUR",
            "purchase_reference": "receipt-1001",
        },
        201: _CAME_BACK,
        202: RECEIPT | {"refunded": "70.00"},
    },
}  # fmt: skip
RECORD = {
    "answers": {201: serializers.ReceiptAnswer},
    "problems": (NotFound, ScopeMissing, ProgramNotActive, DuplicateReference),
    "idempotent": True,
    "examples": {"request": PURCHASE | {"location_id": "amsterdam-1"}, 201: PRINTED},
}
LIST = {
    "answers": {200: page_of(serializers.ReceiptAnswer)},
    "problems": (ScopeMissing,),
    "query": serializers.ReceiptFilters,
    "examples": {200: {"next": None, "previous": None, "results": [RECEIPT]}},
}
ONE = {
    "answers": {200: serializers.ReceiptAnswer},
    "problems": (ScopeMissing,),
    "examples": {200: CLAIMED},
}
CLAIM = {
    "answers": {201: serializers.ClaimAnswer},
    "problems": (
        *PLACED, ReceiptVoid, ReceiptClaimed, ReceiptExpired, TooManyPoints, AccountClosed, BalanceLimit, LimitsBusy,
    ),
    "idempotent": True,
    "limited": True,
    "examples": {
        "request": {"code": "7K3M-9QXD-2FWB-HT5C"},
        201: {"points": 152, "receipt": CLAIMED, "transaction": TRANSACTION_EXAMPLE, "returns": []},
    },
}  # fmt: skip
_FINDING = (NotFound, ScopeMissing, AmbiguousMember)
LOOK_UP = {
    "answers": {200: look_up_shapes.AtTillAnswer},
    "problems": (
        *_FINDING, qr.MalformedToken, qr.UnknownKey, qr.BadSignature, qr.TokenNotYetValid, qr.TokenExpired,
        qr.WrongAudience, qr.WrongPurpose, TokenUsed,
    ),
    "idempotent": True,
    "limited": True,
    "examples": {"request": {"external_id": "USR-001"}, 200: AT_TILL},
}  # fmt: skip
LOOK_UP_BY_ADDRESS = {
    "answers": {200: look_up_shapes.AtTillAnswer},
    "problems": _FINDING,
    "limited": True,
    "query": look_up_shapes.LookUpFilters,
    "examples": {200: AT_TILL},
}
