"""What people decide about exchanges that could not be settled, however often that was tried."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from exchange.requests import waking
from exchange.requests.models import Exchange, ExchangeStep
from exchange.settling.errors import ExchangeNotDead
from exchange.settling.settling import OPEN, fail, tell
from loyalty import clock
from loyalty.errors import Forbidden, Invalid, NotFound
from loyalty.identity.principals import Principal

GIVEN_UP = "given-up"
REASON_MAX = 300


@transaction.atomic
def retry(principal: Principal, exchange_id: UUID) -> Exchange:
    """A dead exchange waits to be settled again, as if nothing had been tried; staff of either side may. Repeating it
    is refused, until it is dead again. Refusals: NotFound, Forbidden, ExchangeNotDead."""
    exchange = _locked(principal, exchange_id, "exchanges.retry")
    if not exchange.is_dead:
        raise ExchangeNotDead(status=exchange.status)
    exchange.is_dead, exchange.status, exchange.attempts = False, Exchange.Status.PENDING, 0
    exchange.next_attempt_at = exchange.told_at = None
    exchange.save(update_fields=["is_dead", "status", "attempts", "next_attempt_at", "told_at"])
    _note(principal, exchange, "revived")
    tell(exchange.id, "exchange.revived", {"actor": principal.actor})
    transaction.on_commit(lambda: waking.asked(exchange.lane))
    return exchange


@transaction.atomic
def give_up(principal: Principal, exchange_id: UUID, reason: str) -> Exchange:
    """A dead exchange, or one that is put off, fails with the code given-up: the points that were set aside go back and
    the day counts it no more; `reason` is kept with it. Staff of either side may whom the table of roles lets.
    Repeating it is refused. Refusals: NotFound, Forbidden, ExchangeNotDead, Invalid (no reason, or a long one)."""
    exchange = _locked(principal, exchange_id, "exchanges.give_up")
    if exchange.status not in OPEN or not (exchange.is_dead or exchange.attempts):
        raise ExchangeNotDead(status=exchange.status)
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_MAX:
        raise Invalid(
            [{"pointer": "/reason", "code": "invalid", "detail": f"Say why, in up to {REASON_MAX} characters."}]
        )
    Exchange.objects.filter(id=exchange.id).update(is_dead=False)
    _note(principal, exchange, "given_up", reason)
    fail(exchange.id, GIVEN_UP)
    exchange.refresh_from_db()
    return exchange


def _locked(principal: Principal, exchange_id: UUID, permission: str) -> Exchange:
    """The exchange, with its row locked until the transaction ends. It is seen from both sides, and who may not at the
    one may at the other."""
    mine = Q()
    if not principal.is_operator:
        mine = Q(from_program__brand_id__in=principal.brands) | Q(to_program__brand_id__in=principal.brands)
    found = Exchange.objects.filter(mine, id=exchange_id).select_related("from_program", "to_program")
    exchange = found.select_for_update(of=("self",)).first()
    if exchange is None:
        raise NotFound()
    sides = (exchange.from_program.brand_id, exchange.to_program.brand_id)
    if not any(principal.may(permission, brand_id) for brand_id in sides):
        raise Forbidden()
    return exchange


def _note(principal: Principal, exchange: Exchange, name: str, note: str = "") -> None:
    ExchangeStep.objects.create(exchange=exchange, name=name, note=note, actor=principal.actor, occurred_at=clock.now())
