"""The verbs of the front door, gathered from the modules that hold them."""

from programs.activity.corrections import (
    adjust,
    deposit,
    request_adjustment,
    reverse,
)
from programs.activity.happenings import EventRequest, record_event, record_events
from programs.activity.previewing import preview_purchase
from programs.activity.purchases import PurchaseRequest, record_purchase, record_purchases
from programs.activity.returns import (
    ReturnRequest,
    return_purchase,
    return_purchases,
)
from programs.activity.spending import RedeemRequest, capture, hold, redeem, redeem_many, release
from programs.activity.submissions import complete_submission, submit
from programs.activity.unlinked_returns import UnlinkedReturn, record_unlinked_return, record_unlinked_returns

__all__ = [
    "EventRequest",
    "PurchaseRequest",
    "RedeemRequest",
    "ReturnRequest",
    "UnlinkedReturn",
    "adjust",
    "capture",
    "complete_submission",
    "deposit",
    "hold",
    "preview_purchase",
    "record_event",
    "record_events",
    "record_purchase",
    "record_purchases",
    "record_unlinked_return",
    "record_unlinked_returns",
    "redeem",
    "redeem_many",
    "release",
    "request_adjustment",
    "return_purchase",
    "return_purchases",
    "reverse",
    "submit",
]
