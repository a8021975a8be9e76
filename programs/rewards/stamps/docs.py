"""What the addresses of stamp cards and stamps promise in the OpenAPI document: refusals and examples."""

from loyalty.errors import NotFound
from loyalty.http.idempotency import KeyRequired
from loyalty.http.schema import page_of
from loyalty.identity.errors import AmbiguousMember, ScopeMissing, StepUpRequired
from loyalty.identity.locations import OtherLocation
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramArchived, ProgramNotActive
from programs.rewards.catalogue.errors import OutOfStock
from programs.rewards.stamps import errors, serializers
from programs.rewards.vouchers.docs import VOUCHER
from programs.rewards.vouchers.serializers import VoucherAnswer

TAG = "Stamp cards"
AT = "2026-10-01T12:00:00Z"
CARD, SHEET, STAMP = (f"019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d{end}" for end in ("71", "72", "73"))
MEMBER, PROGRAM = "70772519-c197-4bec-bb7d-f5c25d2fc9ae", "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa"
REWARD = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d74"
CARD_PATH = {"stamp_card": "The stamp card's id, or its code where only one card that you see has it."}
STAMP_PATH = {"stamp": "The id of stamps given at once."}
NEW = {
    "program_id": "BEANS",
    "code": "coffee",
    "name": "Coffee card",
    "stamps_needed": 10,
    "reward_id": "free-coffee",
    "day_max": 3,
}
SHOWN = {
    "id": CARD,
    "program_id": PROGRAM,
    "code": "coffee",
    "name": "Coffee card",
    "description": "",
    "status": "active",
    "stamps_needed": 10,
    "reward_id": REWARD,
    "reward_code": "free-coffee",
    "expires_after_days": None,
    "day_max": 3,
    "scan_hours": 12,
    "created_at": AT,
}
ON_SHEET = {
    "id": SHEET,
    "number": 2,
    "status": "open",
    "stamps": 2,
    "stamps_needed": 10,
    "voucher_id": None,
    "joined_at": AT,
    "filled_at": None,
    "expires_at": None,
}
FULL_SHEET = {**ON_SHEET, "id": STAMP, "number": 1, "status": "full", "stamps": 10, "filled_at": AT}
PROGRESS = {
    "stamp_card_id": CARD,
    "stamp_card_code": "coffee",
    "program_id": PROGRAM,
    "member_id": MEMBER,
    "is_joined": True,
    "stamps": 2,
    "stamps_needed": 10,
    "full_sheets": 1,
    "expires_at": None,
    "sheets": [FULL_SHEET, ON_SHEET],
}
GIVEN = {
    "id": STAMP,
    "stamp_card_id": CARD,
    "stamp_card_code": "coffee",
    "program_id": PROGRAM,
    "member_id": MEMBER,
    "count": 3,
    "reference": "receipt-1001",
    "source": "server",
    "location_id": None,
    "occurred_at": AT,
    "created_at": AT,
    "undone_at": None,
    "undone_reason": "",
}
ADDED = {
    **GIVEN,
    "stamps": 2,
    "stamps_needed": 10,
    "filled_sheets": 1,
    "sheets": [
        {"sheet_id": STAMP, "number": 1, "count": 1, "stamps": 10, "stamps_needed": 10, "is_full": True},
        {"sheet_id": SHEET, "number": 2, "count": 2, "stamps": 2, "stamps_needed": 10, "is_full": False},
    ],
}
HOLDER = {
    "member_id": MEMBER,
    "external_id": "USR-001",
    "name": "Ana Silva",
    "stamp_card_id": CARD,
    "stamp_card_code": "coffee",
    "sheet": ON_SHEET,
}
OUTSIDE = (ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed)
OF_CARD = {"tags": TAG, "path": CARD_PATH}
OF_MEMBER = (ScopeMissing, AmbiguousMember, errors.AmbiguousStampCard)

LIST = {
    "tags": TAG,
    "allow": "stamp_cards.view",
    "query": serializers.StampCardFilters,
    "answers": {200: page_of(serializers.StampCardAnswer)},
    "problems": [ScopeMissing, NotFound],
    "examples": {200: {"next": None, "previous": None, "results": [SHOWN]}},
}
CREATE = {
    "tags": TAG,
    "allow": "stamp_cards.add",
    "request": serializers.NewStampCard,
    "answers": {201: serializers.StampCardAnswer},
    "problems": [ScopeMissing, NotFound, ProgramArchived, errors.StampCardCodeTaken],
    "idempotent": True,
    "examples": {"request": NEW, 201: SHOWN},
}
SHOW = {
    **OF_CARD,
    "allow": "stamp_cards.view",
    "answers": {200: serializers.StampCardAnswer},
    "problems": [ScopeMissing, errors.AmbiguousStampCard],
    "etag": True,
    "examples": {200: SHOWN},
}
CHANGE = {
    **OF_CARD,
    "allow": "stamp_cards.change",
    "request": serializers.StampCardPatch,
    "answers": {200: serializers.StampCardAnswer},
    "problems": [ScopeMissing, errors.AmbiguousStampCard, ProgramArchived, errors.StampCardArchived],
    "examples": {"request": {"day_max": 5}, 200: {**SHOWN, "day_max": 5}},
}
JOIN = {
    **OF_CARD,
    "allow": "stamp_cards.join",
    "request": serializers.WhoseCard,
    "answers": {200: serializers.ProgressAnswer, 201: serializers.ProgressAnswer},
    "problems": [*OF_MEMBER, *OUTSIDE, errors.StampCardNotActive],
    "idempotent": True,
    "examples": {"request": {"member_id": "USR-001"}, 200: PROGRESS, 201: PROGRESS},
}
ADD = {
    **OF_CARD,
    "allow": "stamps.add",
    "request": serializers.NewStamps,
    "answers": {201: serializers.AddedAnswer},
    "problems": [
        *OF_MEMBER,
        OtherLocation,
        errors.ReferenceStamped,
        *OUTSIDE,
        errors.StampCardNotActive,
        errors.StampsDayMax,
    ],
    "idempotent": True,
    "examples": {"request": {"member_id": "USR-001", "count": 3, "reference": "receipt-1001"}, 201: ADDED},
}
SHOW_PROGRESS = {
    **OF_CARD,
    "allow": "stamps.view",
    "query": serializers.WhoseCard,
    "answers": {200: serializers.ProgressAnswer},
    "problems": OF_MEMBER,
    "etag": True,
    "examples": {200: PROGRESS},
}
LIST_OF_MEMBER = {
    "tags": TAG,
    "allow": "stamps.view",
    "query": serializers.Filters,
    "answers": {200: serializers.MemberStampsAnswer},
    "problems": [ScopeMissing, AmbiguousMember],
    "examples": {200: {"next": None, "previous": None, "results": [GIVEN], "cards": [PROGRESS]}},
}
UNDO = {
    "tags": TAG,
    "allow": "stamps.undo",
    "query": serializers.UndoStamps,
    "request": serializers.UndoStamps,
    "answers": {200: serializers.StampAnswer},
    "problems": [ScopeMissing, AmbiguousMember, errors.StampSpent],
    "path": STAMP_PATH,
    "examples": {
        "request": {"reason": "Stamped for the wrong member"},
        200: {**GIVEN, "undone_at": AT, "undone_reason": "Stamped for the wrong member"},
    },
}
HOLDERS = {
    "tags": TAG,
    "allow": "stamps.view",
    "query": serializers.HolderFilters,
    "answers": {200: page_of(serializers.HolderAnswer)},
    "problems": [ScopeMissing, errors.AmbiguousStampCard],
    "examples": {200: {"next": None, "previous": None, "results": [HOLDER]}},
}
TURN_IN = {
    **OF_CARD,
    "allow": "stamps.turn_in",
    "request": serializers.TurnIn,
    "answers": {201: VoucherAnswer},
    "problems": [KeyRequired, *OF_MEMBER, StepUpRequired, *OUTSIDE, errors.StampCardNotFull, OutOfStock],
    "idempotent": True,
    "limited": True,
    "examples": {
        "request": {"member_id": "USR-001", "idempotency_key": "card-77"},
        201: {**VOUCHER, "kind": "stamps", "status": "issued", "claimed_at": None, "points": 0},
    },
}
