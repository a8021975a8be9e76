"""What the addresses of codes in bulk promise in the OpenAPI document: refusals and examples."""

from loyalty.http.schema import page_of
from loyalty.identity.errors import AmbiguousMember, ScopeMissing
from programs.membership.errors import ProgramArchived
from programs.rewards.issuing import serializers
from programs.rewards.issuing.errors import RewardNotIssuable
from programs.rewards.vouchers.docs import VOUCHER
from programs.rewards.vouchers.errors import AlreadyGiven, CodeTaken
from programs.rewards.vouchers.serializers import VoucherAnswer

TAG = "Vouchers"
AT = "2026-10-01T12:00:00Z"
PATH = {"batch": "The batch's id."}
BATCH = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e",
    "program_id": "f846eef0-e6df-43bf-87fe-59a3552c4e95",
    "reward_id": "019a9f2f-11aa-7cc1-8d3e-0a6d3b7f9e21",
    "name": "Spring mailing",
    "kind": "unique",
    "status": "running",
    "count": 100_000,
    "made": 40_000,
    "starts_at": None,
    "expires_at": "2027-01-01T00:00:00Z",
    "created_at": AT,
    "created_by": "person:019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60",
    "disabled_at": None,
    "disabled_reason": "",
}
COUNTED = {**BATCH, "vouchers": {"issued": 39_998, "claimed": 0, "redeemed": 2, "expired": 0, "disabled": 0}}

ISSUE = {
    "tags": TAG,
    "allow": "vouchers.issue",
    "request": serializers.NewVouchers,
    "answers": {201: (VoucherAnswer, serializers.VouchersIssued), 202: serializers.VoucherBatchAnswer},
    "problems": [ScopeMissing, ProgramArchived, CodeTaken, AlreadyGiven, RewardNotIssuable],
    "idempotent": "required",
    "examples": {
        "request": {"program_id": "STAY", "reward_id": "spa-10", "count": 100_000, "name": "Spring mailing"},
        201: VOUCHER,
        202: {**BATCH, "status": "waiting", "made": 0},
    },
}
LIST = {
    "tags": TAG,
    "allow": "vouchers.view",
    "query": serializers.VoucherBatchFilters,
    "answers": {200: page_of(serializers.VoucherBatchAnswer)},
    "problems": [ScopeMissing],
    "examples": {200: {"next": None, "previous": None, "results": [BATCH]}},
}
SHOW = {
    "tags": TAG,
    "allow": "vouchers.view",
    "answers": {200: serializers.VoucherBatchAnswer},
    "problems": [ScopeMissing],
    "path": PATH,
    "examples": {200: COUNTED},
}
CODES = {
    "tags": TAG,
    "allow": "vouchers.export",
    "answers": {200: {"type": "string", "contentMediaType": "text/csv", "description": "code, status, expires_at"}},
    "problems": [ScopeMissing],
    "path": PATH,
    "examples": {200: 'code,status,expires_at\n"7K3M-9QXA-2FWD-H5TB","issued","2027-01-01T00:00:00Z"\n'},
}
DISABLE = {
    "tags": TAG,
    "allow": "vouchers.disable",
    "request": serializers.VoucherBatchDisabling,
    "answers": {200: serializers.VoucherBatchDisabled},
    "problems": [ScopeMissing],
    "idempotent": True,
    "path": PATH,
    "examples": {"request": {"reason": "The list has leaked"}, 200: {"disabled": 39_998}},
}
BADGES = {
    "tags": "Members",
    "allow": "transactions.view",
    "query": serializers.BadgeFilters,
    "answers": {200: page_of(serializers.BadgeAnswer)},
    "problems": [ScopeMissing, AmbiguousMember],
    "examples": {
        200: {
            "next": None,
            "previous": None,
            "results": [
                {
                    "badge": "early-bird",
                    "program_id": "f846eef0-e6df-43bf-87fe-59a3552c4e95",
                    "program_code": "BEANS",
                    "times": 3,
                    "first_awarded_at": AT,
                    "last_awarded_at": "2026-10-19T07:05:00Z",
                }
            ],
        }
    },
}
