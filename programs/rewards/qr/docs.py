"""What the addresses of codes promise in the OpenAPI document: refusals and examples."""

from loyalty.errors import NotFound
from loyalty.http.idempotency import KeyRequired
from loyalty.identity.errors import AmbiguousMember, ScopeMissing
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive
from programs.rewards.qr import errors, serializers
from programs.rewards.stamps import errors as stamps
from programs.rewards.vouchers import errors as vouchers
from programs.rewards.vouchers.docs import ORDER, REDEMPTION, USING
from programs.rewards.vouchers.finding import AmbiguousVoucher

TAG = "QR codes"
ID = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d61"
CODE = {
    "token": serializers.EXAMPLE,
    "expires_at": "2026-10-01T12:01:00Z",
    "svg_url": "/qr/kW0mXf3hT1v8pYc2...svg",
    "png_url": "/qr/kW0mXf3hT1v8pYc2...png",
}
TOKEN_REFUSALS = [
    errors.MalformedToken, errors.WrongAlgorithm, errors.UnknownKey, errors.RetiredKey, errors.BadSignature,
    errors.WrongIssuer, errors.TokenLifeTooLong, errors.WrongPurpose, errors.TokenNotYetValid, errors.TokenExpired,
    errors.WrongAudience, vouchers.TokenUsed,
]  # fmt: skip
"""In the order in which they are found."""

OUTSIDE = [ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed]

SHOW = {
    "tags": TAG,
    "allow": "qr.show",
    "request": serializers.NewCode,
    "answers": {201: serializers.CodeAnswer},
    "problems": [
        ScopeMissing, NotFound, AmbiguousVoucher, AmbiguousMember, stamps.AmbiguousStampCard,
        vouchers.VoucherDisabled, vouchers.VoucherUsedUp, vouchers.VoucherNotStarted, vouchers.VoucherExpired,
        *OUTSIDE, stamps.StampCardNotActive,
    ],
    "limited": True,
    "examples": {"request": {"purpose": "voucher", "voucher_id": ID}, 201: CODE},
}  # fmt: skip
SCAN = {
    "tags": TAG,
    "allow": "qr.scan",
    "request": serializers.Scan,
    "answers": {200: serializers.ScanAnswer},
    "problems": [
        KeyRequired, ScopeMissing, AmbiguousMember, *TOKEN_REFUSALS, NotFound, *USING, *OUTSIDE,
        stamps.ReferenceStamped,
        stamps.ScannedLately, stamps.StampCardNotActive, stamps.StampsDayMax,
    ],
    "idempotent": True,
    "limited": True,
    "examples": {
        "request": {"token": serializers.EXAMPLE, **ORDER},
        200: {"purpose": "voucher", "redemption": REDEMPTION},
    },
}  # fmt: skip
