"""What the addresses of offers and claims promise in the OpenAPI document: refusals and examples."""

from ledger.errors import AccountClosed, InsufficientPoints
from loyalty.errors import NotFound
from loyalty.http.idempotency import KeyRequired
from loyalty.http.schema import page_of
from loyalty.identity.errors import AmbiguousMember, ScopeMissing, StepUpRequired
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive
from programs.rewards.catalogue import offer_shapes as shapes
from programs.rewards.catalogue.docs import ID, REWARD
from programs.rewards.catalogue.errors import (
    AmbiguousReward,
    ClaimNotCancellable,
    MemberLimit,
    NotInSegment,
    OfferNotOpen,
    OutOfStock,
    StockHoldOver,
    TierTooLow,
)
from programs.rewards.vouchers.docs import AT, VOUCHER
from programs.rewards.vouchers.finding import AmbiguousVoucher
from programs.rewards.vouchers.serializers import VoucherAnswer

TAG = "Rewards"
MEMBER = "70772519-c197-4bec-bb7d-f5c25d2fc9ae"
HOLD_ID = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d71"
PATH = {"reward": "The reward's id, or its code where only one program has it."}
OFFER = {"reward": REWARD, "is_available": True, "reason": None, "reason_text": None, "points_missing": 0}
HELD = {"id": HOLD_ID, "reward_id": ID, "member_id": MEMBER, "expires_at": "2026-10-01T12:15:00Z"}
STANDING = (
    ScopeMissing, NotFound, AmbiguousReward, StepUpRequired, ProgramNotActive, MembershipRequired, MembershipSuspended,
    MembershipClosed, OfferNotOpen, TierTooLow, NotInSegment, MemberLimit, OutOfStock,
)  # fmt: skip

AVAILABLE = {
    "tags": TAG,
    "allow": "offers.view",
    "query": shapes.OfferFilters,
    "answers": {200: page_of(shapes.OfferAnswer)},
    "problems": [ScopeMissing, NotFound, AmbiguousMember],
    "etag": True,
    "examples": {200: {"next": None, "previous": None, "results": [OFFER]}},
}
CLAIM = {
    "tags": TAG,
    "allow": "offers.claim",
    "request": shapes.Claim,
    "answers": {201: VoucherAnswer},
    "problems": [*STANDING, StockHoldOver, AccountClosed, InsufficientPoints, KeyRequired],
    "path": PATH,
    "idempotent": True,
    "limited": True,
    "examples": {"request": {"member_id": "USR-001", "idempotency_key": "claim-77"}, 201: VOUCHER},
}
HOLD = {
    "tags": TAG,
    "allow": "offers.claim",
    "request": shapes.NewStockHold,
    "answers": {201: shapes.StockHoldAnswer},
    "problems": STANDING,
    "path": PATH,
    "idempotent": True,
    "examples": {"request": {"member_id": "USR-001", "expires_in": 900}, 201: HELD},
}
RELEASE = {
    "tags": TAG,
    "allow": "offers.claim",
    "answers": {204: None},
    "problems": [ScopeMissing, StockHoldOver],
    "path": {"stock_hold": "The id that setting aside answered."},
}
CANCEL = {
    "tags": TAG,
    "allow": "offers.cancel",
    "request": shapes.Cancellation,
    "answers": {200: VoucherAnswer},
    "problems": [ScopeMissing, AmbiguousVoucher, ClaimNotCancellable, AccountClosed, KeyRequired],
    "path": {"voucher": "The voucher's id or code."},
    "idempotent": True,
    "examples": {
        "request": {"reason": "Claimed by mistake", "idempotency_key": "cancel-77"},
        200: VOUCHER | {"status": "disabled", "disabled_at": AT},
    },
}
