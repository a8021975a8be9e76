"""The face of the app for Django: every model of its rooms. Nobody inside imports it."""

from programs.activity.gateway.models import Receipt
from programs.activity.inbound.models import EventMapping, EventSource, InboundEvent
from programs.activity.models import (
    AvailabilityMark,
    ExpiryWarning,
    MemberEvent,
    PassedOn,
    Purchase,
    Return,
    Submission,
)
from programs.earning.models import (
    Campaign,
    Edition,
    EventType,
    LimitCounter,
    ProgramLink,
    Referral,
    RuleSet,
    Segment,
    SegmentMember,
)
from programs.membership.models import Membership, Program, Tier, TierChange
from programs.reports.models import ActiveMember, FoldMark, QuarterHour
from programs.rewards.issuing.models import Grant
from programs.rewards.models import (
    PoolCode,
    Reward,
    RewardPicture,
    RewardTaken,
    StockHold,
    Voucher,
    VoucherBatch,
    VoucherUse,
)
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.qr.models import SigningKey, UsedToken
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.vouchers.models import CodeGuesses

__all__ = [
    "ActiveMember",
    "AvailabilityMark",
    "Campaign",
    "CodeGuesses",
    "Edition",
    "EventMapping",
    "EventSource",
    "EventType",
    "ExpiryWarning",
    "FoldMark",
    "Grant",
    "InboundEvent",
    "LimitCounter",
    "MemberEvent",
    "Membership",
    "OfflineScan",
    "PassedOn",
    "PoolCode",
    "Program",
    "ProgramLink",
    "Purchase",
    "QuarterHour",
    "Receipt",
    "Referral",
    "Return",
    "Reward",
    "RewardPicture",
    "RewardTaken",
    "RuleSet",
    "Segment",
    "SegmentMember",
    "SigningKey",
    "Stamp",
    "StampCard",
    "StampSheet",
    "StockHold",
    "Submission",
    "Tier",
    "TierChange",
    "TillDevice",
    "UsedToken",
    "Voucher",
    "VoucherBatch",
    "VoucherUse",
]
