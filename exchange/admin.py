"""The face of the app for the admin: the screens of its rooms. Nobody inside imports it."""

from exchange.backoffice import (
    finding,
    graph_page,
    member_section,
    pipeline,
    pools,
    rate_pages,
    rate_setting,
    routes_page,
    settlements,
    settlements_acting,
)
from exchange.backoffice.agreement_admin import AgreementAdmin
from exchange.backoffice.bonus_admin import BonusAdmin
from exchange.backoffice.exchange_admin import ExchangeAdmin
from exchange.backoffice.gifts import GiftAdmin
from exchange.backoffice.households import HouseholdAdmin, PooledSpendAdmin
from exchange.backoffice.transfer_policies import TransferPolicyAdmin

__all__ = [
    "AgreementAdmin",
    "BonusAdmin",
    "ExchangeAdmin",
    "GiftAdmin",
    "HouseholdAdmin",
    "PooledSpendAdmin",
    "TransferPolicyAdmin",
    "finding",
    "graph_page",
    "member_section",
    "pipeline",
    "pools",
    "rate_pages",
    "rate_setting",
    "routes_page",
    "settlements",
    "settlements_acting",
]
