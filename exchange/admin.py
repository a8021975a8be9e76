"""The face of the app for the admin: the screens of its rooms. Nobody inside imports it."""

from exchange.backoffice import graph_page, rate_pages, rate_setting, routes_page
from exchange.backoffice.agreement_admin import AgreementAdmin
from exchange.backoffice.bonus_admin import BonusAdmin

__all__ = [
    "AgreementAdmin",
    "BonusAdmin",
    "graph_page",
    "rate_pages",
    "rate_setting",
    "routes_page",
]
