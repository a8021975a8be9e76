"""The face of the app for Django: every model of its rooms. Nobody inside imports it."""

from exchange.clearing.models import PoolChange, Settlement
from exchange.gifts.models import Gift, TransferPolicy
from exchange.households.models import Household, HouseholdMember, PooledSpend
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.requests.models import DayUsage, Exchange, ExchangeStep, Handful, Quote

__all__ = [
    "Agreement",
    "Bonus",
    "DayUsage",
    "Exchange",
    "ExchangeStep",
    "Gift",
    "Handful",
    "Household",
    "HouseholdMember",
    "PoolChange",
    "PooledSpend",
    "Quote",
    "Rate",
    "Settlement",
    "TransferPolicy",
]
