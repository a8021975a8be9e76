"""The face of the app for the admin: the screens of its rooms. Nobody inside imports it."""

from programs.activity import desk, till
from programs.activity.admin import PurchaseAdmin, ReturnAdmin, SubmissionAdmin
from programs.activity.card_admin import CardAdmin, TransactionAdmin
from programs.activity.gateway.admin import ReceiptAdmin
from programs.activity.inbound.backoffice import member_section
from programs.activity.inbound.backoffice.event_admin import InboundEventAdmin
from programs.activity.inbound.backoffice.mapping_admin import EventMappingAdmin
from programs.activity.inbound.backoffice.source_admin import EventSourceAdmin
from programs.activity.member_admin import MemberAdmin
from programs.activity.member_page import messages
from programs.activity.rule_pages import backtest, seen, trying
from programs.activity.rule_pages.campaign_admin import CampaignAdmin
from programs.earning.backoffice import drafts, event_types, limits, links, publishing, recipe_pages, rules_pages
from programs.earning.backoffice.segments.admin import SegmentAdmin
from programs.membership.admin import ProgramAdmin, TierAdmin
from programs.reports import first_steps, panels, waiting
from programs.rewards.backoffice import counter, home, member_parts, redemption_report
from programs.rewards.backoffice.batches import BatchAdmin
from programs.rewards.backoffice.redemptions import RedemptionAdmin
from programs.rewards.backoffice.reward_pages import RewardAdmin
from programs.rewards.backoffice.scans import OfflineScanAdmin
from programs.rewards.backoffice.signing_keys import SigningKeyAdmin
from programs.rewards.backoffice.stamp_admin import StampCardAdmin
from programs.rewards.backoffice.stamp_lists import StampAdmin, StampSheetAdmin
from programs.rewards.backoffice.tills import TillAdmin
from programs.rewards.backoffice.voucher_admin import VoucherAdmin

__all__ = [
    "BatchAdmin",
    "CampaignAdmin",
    "CardAdmin",
    "EventMappingAdmin",
    "EventSourceAdmin",
    "InboundEventAdmin",
    "MemberAdmin",
    "OfflineScanAdmin",
    "ProgramAdmin",
    "PurchaseAdmin",
    "ReceiptAdmin",
    "RedemptionAdmin",
    "ReturnAdmin",
    "RewardAdmin",
    "SegmentAdmin",
    "SigningKeyAdmin",
    "StampAdmin",
    "StampCardAdmin",
    "StampSheetAdmin",
    "SubmissionAdmin",
    "TierAdmin",
    "TillAdmin",
    "TransactionAdmin",
    "VoucherAdmin",
    "backtest",
    "counter",
    "desk",
    "drafts",
    "event_types",
    "first_steps",
    "home",
    "limits",
    "links",
    "member_parts",
    "member_section",
    "messages",
    "panels",
    "publishing",
    "recipe_pages",
    "redemption_report",
    "rules_pages",
    "seen",
    "till",
    "trying",
    "waiting",
]
