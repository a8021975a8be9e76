"""The words for what a transaction is and how far it has come."""

from typing import Literal

Kind = Literal[
    "earn", "redeem", "expire", "adjust", "deposit", "reverse", "return", "hold", "capture", "release", "exchange_out",
    "exchange_in", "mature", "gift_out", "gift_in",
]  # fmt: skip
State = Literal["completed", "pending", "in_review", "reversed", "failed"]
