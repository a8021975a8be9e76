"""Between which programs of the demo points can be exchanged, and at what rates."""

from decimal import Decimal

from django.db import transaction

from exchange.rates.models import Agreement
from exchange.rates.operations import propose_agreement, set_rate
from loyalty.identity.principals import Principal

PAIRS = (
    ("SKY", "SHOP", "2.5", "4", "0.004"),
    ("SHOP", "SKY", "0.3", "0.4", "0.011"),
    ("SKY", "STAY", "0.8", "0.9", "0.012"),
    ("STAY", "SKY", "1.1", "1.25", "0.011"),
    ("SHOP", "FUEL", "1.5", "1.6", "0.0025"),
    ("FUEL", "SHOP", "0.6", "0.65", "0.004"),
)
"""From, to, rate, the highest that was agreed, and what an issued point costs, in euros. No circle gives more than
0.9."""


def open_pairs(*, by: Principal) -> None:
    """Lets the brands agree on the pairs, both of them, and sets the rates. Repeating it changes nothing, and opens
    nothing anew that was ended."""
    for start, end, rate, rate_max, price in PAIRS:
        pair = {"from_program__code": start, "to_program__code": end}
        if not Agreement.objects.filter(**pair).exists():
            _open(start, end, rate=Decimal(rate), rate_max=Decimal(rate_max), price=Decimal(price), by=by)


@transaction.atomic
def _open(start: str, end: str, *, rate: Decimal, rate_max: Decimal, price: Decimal, by: Principal) -> None:
    propose_agreement(by, start, end, rate_max=rate_max, point_price=price, currency="EUR", note="Of the demo")
    set_rate(by, start, end, rate=rate)
