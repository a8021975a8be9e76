"""What the addresses of vouchers promise in the OpenAPI document: refusals and examples."""

from ledger.errors import KeyReused
from loyalty.http.idempotency import KeyRequired
from loyalty.http.schema import page_of
from loyalty.identity.errors import AmbiguousMember, ScopeMissing
from loyalty.identity.locations import OtherLocation
from programs.membership.errors import MembershipSuspended, ProgramArchived, ProgramNotActive
from programs.rewards.vouchers import errors, serializers
from programs.rewards.vouchers.finding import AmbiguousVoucher

TAG = "Vouchers"
AT = "2026-10-01T12:00:00Z"
ID = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d61"
USE = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d62"
PROGRAM = "f846eef0-e6df-43bf-87fe-59a3552c4e95"
MEMBER = "70772519-c197-4bec-bb7d-f5c25d2fc9ae"
PATH = {"voucher": "The voucher's id or code. Wrong codes are counted; too many are answered with 429."}
NAMED = (ScopeMissing, AmbiguousVoucher)

VOUCHER = {
    "id": ID,
    "code": "7K3M-9QXD-2FWB-HT5C",
    "kind": "personal",
    "status": "claimed",
    "name": "Five off",
    "reward_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d63",
    "member_id": MEMBER,
    "program_id": PROGRAM,
    "uses": 0,
    "uses_max": 1,
    "member_uses_max": None,
    "starts_at": None,
    "expires_at": "2026-12-31T23:00:00Z",
    "issued_at": AT,
    "claimed_at": AT,
    "redeemed_at": None,
    "disabled_at": None,
    "value": None,
    "balance": None,
    "currency": "EUR",
    "points": 500,
    "discount": {
        "words": "5.00 EUR off, on orders of 20.00 EUR or more",
        "kind": "amount",
        "value": "5.00",
        "percent": None,
        "buy_quantity": None,
        "free_quantity": None,
        "skus": [],
        "categories": [],
        "order_min": "20.00",
        "discount_max": None,
        "currency": "EUR",
    },
    "locations": ["amsterdam-1"],
}
USED = {**VOUCHER, "status": "redeemed", "uses": 1, "redeemed_at": AT}
ORDER = {
    "location_id": "amsterdam-1",
    "amount": "30.00",
    "currency": "EUR",
    "items": [
        {"sku": "SKU123", "quantity": 1, "amount": "12.00"},
        {"sku": "SKU000", "quantity": 2, "amount": "18.00"},
    ],
    "member_id": MEMBER,
    "reference": "receipt-1001",
}
WORTH = {
    "discount": "5.00",
    "currency": "EUR",
    "amount": "30.00",
    "amount_after": "25.00",
    "items": [
        {"sku": "SKU123", "amount": "12.00", "discount": "2.00"},
        {"sku": "SKU000", "amount": "18.00", "discount": "3.00"},
    ],
}
REDEMPTION = {
    **WORTH,
    "id": USE,
    "voucher": USED,
    "balance": None,
    "location_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d64",
    "location": "amsterdam-1",
    "member_id": MEMBER,
    "reference": "receipt-1001",
    "redeemed_at": AT,
}
USING = (
    OtherLocation,
    errors.TokenUsed,
    errors.VoucherDisabled,
    errors.VoucherUsedUp,
    errors.VoucherNotStarted,
    errors.VoucherExpired,
    ProgramNotActive,
    errors.WrongMember,
    MembershipSuspended,
    errors.MemberNeeded,
    errors.MemberUsedUp,
    errors.WrongLocation,
    errors.CurrencyMismatch,
    errors.OrderNeeded,
    errors.OrderTooSmall,
    errors.NothingToTakeOff,
)

LIST = {
    "tags": TAG,
    "allow": "vouchers.view",
    "query": serializers.VoucherFilters,
    "answers": {200: page_of(serializers.VoucherAnswer)},
    "problems": [ScopeMissing, AmbiguousMember],
    "examples": {200: {"next": None, "previous": None, "results": [VOUCHER]}},
}
SHOW = {
    "tags": TAG,
    "allow": "vouchers.look_up",
    "answers": {200: serializers.VoucherAnswer},
    "problems": NAMED,
    "path": PATH,
    "examples": {200: VOUCHER},
}
CHANGE = {
    "tags": TAG,
    "allow": "vouchers.change",
    "request": serializers.VoucherPatch,
    "answers": {200: serializers.VoucherAnswer},
    "problems": [
        *NAMED, errors.VoucherDisabled, errors.VoucherUsedUp, errors.VoucherExpired, ProgramArchived,
        errors.VoucherInUse, errors.AlreadyGiven,
    ],
    "path": PATH,
    "examples": {"request": {"expires_at": "2027-01-31T23:00:00Z"}, 200: VOUCHER},
}  # fmt: skip
DISABLE = {
    "tags": TAG,
    "allow": "vouchers.disable",
    "query": serializers.Disabling,
    "request": serializers.Disabling,
    "answers": {200: serializers.VoucherAnswer},
    "problems": [*NAMED, errors.VoucherUsedUp, errors.VoucherExpired],
    "path": PATH,
    "examples": {
        "request": {"reason": "Printed with the wrong amount"},
        200: {**VOUCHER, "status": "disabled", "disabled_at": AT},
    },
}
VALIDATE = {
    "tags": TAG,
    "allow": "vouchers.validate",
    "request": serializers.Validation,
    "answers": {200: serializers.ValidationAnswer},
    "problems": [*NAMED, OtherLocation],
    "path": PATH,
    "examples": {
        "request": ORDER,
        200: {**WORTH, "is_valid": True, "code": None, "title": None, "detail": None, "voucher": VOUCHER},
    },
}
REDEEM = {
    "tags": TAG,
    "allow": "vouchers.redeem",
    "request": serializers.Redemption,
    "idempotent": True,
    "answers": {200: serializers.RedemptionAnswer},
    "problems": [*NAMED, KeyRequired, KeyReused, *USING],
    "path": PATH,
    "examples": {"request": {**ORDER, "idempotency_key": "redeem-1001"}, 200: REDEMPTION},
}
ROLL_BACK = {
    "tags": TAG,
    "allow": "vouchers.roll_back",
    "request": serializers.Rollback,
    "idempotent": True,
    "answers": {200: serializers.VoucherAnswer},
    "problems": [*NAMED, KeyRequired, KeyReused, errors.NotRedeemed, OtherLocation],
    "path": PATH,
    "examples": {
        "request": {"use_id": USE, "reason": "The payment failed", "idempotency_key": "rollback-1001"},
        200: VOUCHER,
    },
}
