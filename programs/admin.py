"""The face of the app for the admin: the screens of its rooms. Nobody inside imports it."""

from programs.activity.admin import (
    CardAdmin,
    PurchaseAdmin,
    ReturnAdmin,
    SubmissionAdmin,
    TransactionAdmin,
)
from programs.activity.member_admin import MemberAdmin
from programs.membership.admin import ProgramAdmin, TierAdmin

__all__ = [
    "CardAdmin",
    "MemberAdmin",
    "ProgramAdmin",
    "PurchaseAdmin",
    "ReturnAdmin",
    "SubmissionAdmin",
    "TierAdmin",
    "TransactionAdmin",
]
