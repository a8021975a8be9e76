"""The face of the app for the admin: the screens of its rooms. Nobody inside imports it."""

from programs.activity import desk, till
from programs.activity.admin import PurchaseAdmin, ReturnAdmin, SubmissionAdmin
from programs.activity.card_admin import CardAdmin, TransactionAdmin
from programs.activity.member_admin import MemberAdmin
from programs.activity.rule_pages import backtest, seen, trying
from programs.activity.rule_pages.campaign_admin import CampaignAdmin
from programs.earning.backoffice import drafts, event_types, limits, links, publishing, recipe_pages, rules_pages
from programs.earning.backoffice.segments.admin import SegmentAdmin
from programs.membership.admin import ProgramAdmin, TierAdmin
from programs.reports import first_steps, panels, waiting

__all__ = [
    "CampaignAdmin",
    "CardAdmin",
    "MemberAdmin",
    "ProgramAdmin",
    "PurchaseAdmin",
    "ReturnAdmin",
    "SegmentAdmin",
    "SubmissionAdmin",
    "TierAdmin",
    "TransactionAdmin",
    "backtest",
    "desk",
    "drafts",
    "event_types",
    "first_steps",
    "limits",
    "links",
    "panels",
    "publishing",
    "recipe_pages",
    "rules_pages",
    "seen",
    "till",
    "trying",
    "waiting",
]
