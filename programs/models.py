"""The face of the app for Django: every model of its rooms. Nobody inside imports it."""

from programs.activity.models import Purchase, Return, Submission
from programs.membership.models import Membership, Program, Tier
from programs.reports.models import ActiveMember, FoldMark, QuarterHour

__all__ = [
    "ActiveMember",
    "FoldMark",
    "Membership",
    "Program",
    "Purchase",
    "QuarterHour",
    "Return",
    "Submission",
    "Tier",
]
