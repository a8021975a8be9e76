"""The face of the app for Django: every model of its rooms. Nobody inside imports it."""

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

__all__ = [
    "ActiveMember",
    "AvailabilityMark",
    "Campaign",
    "Edition",
    "EventType",
    "ExpiryWarning",
    "FoldMark",
    "LimitCounter",
    "MemberEvent",
    "Membership",
    "PassedOn",
    "Program",
    "ProgramLink",
    "Purchase",
    "QuarterHour",
    "Referral",
    "Return",
    "RuleSet",
    "Segment",
    "SegmentMember",
    "Submission",
    "Tier",
    "TierChange",
]
