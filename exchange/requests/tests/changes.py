"""What tests of this room change, and how they read what is answered."""

from datetime import timedelta
from decimal import Decimal

from exchange.rates.models import Rate
from loyalty import clock


def problem(response):
    body = response.json()
    return response.status_code, body["code"], body.get("pointer") or (body.get("errors") or [{}])[0].get("pointer")


def new_rate(pair, rate, **terms):
    at = terms.pop("valid_from", None) or clock.now()
    sides = {"from_program": pair.from_program, "to_program": pair.to_program}
    return Rate.objects.create(**sides, rate=Decimal(rate), valid_from=at, actor="test", **terms)


def later(monkeypatch, **by):
    """It is so much later."""
    at = clock.now() + timedelta(**by)
    monkeypatch.setattr(clock, "now", lambda: at)
