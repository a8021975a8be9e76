"""What the addresses of quotes and exchanges promise in the OpenAPI document: refusals and examples."""

from exchange.rates import errors as rates
from exchange.requests import errors, serializers
from ledger.errors import AccountClosed, HopLimit, InsufficientPoints, KeyReused
from loyalty.errors import NotFound
from loyalty.http.idempotency import KeyRequired
from loyalty.http.schema import page_of
from loyalty.identity.errors import AmbiguousMember, ScopeMissing, StepUpRequired
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive

TAG = "Exchange"
AT = "2026-10-01T12:00:00Z"
ID, QUOTE_ID, HOLD, OUT, IN = (f"019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d{end}" for end in ("91", "92", "93", "94", "95"))
MEMBER = "70772519-c197-4bec-bb7d-f5c25d2fc9ae"
PATH = {"exchange": "The exchange's id."}
AMOUNTS = {
    "member_id": MEMBER,
    "from_program_id": "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa",
    "to_program_id": "feb00fff-d806-4b7c-8f9d-770b5aa4afc2",
    "from_amount": 101,
    "fee": 0,
    "rate": "2.5",
    "to_amount": 252,
    "residue": "0.5",
}
NAMED = {"member_id": MEMBER, "from_program_id": "SKY", "to_program_id": "SHOP", "from_amount": 101}
SHOWN_QUOTE = {"id": QUOTE_ID, **AMOUNTS, "expires_at": "2026-10-01T12:02:00Z", "created_at": AT}
ASKED = {
    "id": ID,
    "status": "pending",
    **AMOUNTS,
    "quote_id": QUOTE_ID,
    "failure": None,
    "hold_id": HOLD,
    "out_id": None,
    "in_id": None,
    "created_at": AT,
    "completed_at": None,
}
DONE = {**ASKED, "status": "completed", "out_id": OUT, "in_id": IN, "completed_at": "2026-10-01T12:00:01Z"}
CANCELLED = {**ASKED, "status": "cancelled", "completed_at": "2026-10-01T12:00:01Z"}
PLACES = (ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed)
AMOUNT = (
    rates.PairNotOpen,
    rates.ExchangeBelowMin,
    rates.ExchangeAboveMax,
    rates.ExchangeNotInSteps,
    rates.ExchangeTooSmall,
    rates.ExchangeTooLarge,
)

QUOTE = {
    "tags": TAG,
    "allow": "points.exchange",
    "request": serializers.NewQuote,
    "idempotent": True,
    "answers": {201: serializers.QuoteAnswer},
    "problems": [NotFound, ScopeMissing, AmbiguousMember, StepUpRequired, *PLACES, *AMOUNT],
    "examples": {"request": NAMED, 201: SHOWN_QUOTE},
}
EXCHANGE = {
    "tags": TAG,
    "allow": "points.exchange",
    "request": serializers.NewExchange,
    "idempotent": True,
    "answers": {202: serializers.ExchangeAnswer},
    "problems": [
        NotFound, ScopeMissing, AmbiguousMember, KeyRequired, KeyReused, StepUpRequired, *PLACES,
        errors.ExchangeBacklog, errors.QuoteMismatch, errors.QuoteUsed, errors.QuoteExpired, *AMOUNT,
        errors.RateChanged, errors.DailyLimit, AccountClosed, InsufficientPoints, HopLimit,
    ],
    "examples": {
        "request": {**NAMED, "quote_id": QUOTE_ID, "idempotency_key": "exchange-1001"},
        202: ASKED,
    },
}  # fmt: skip
LIST = {
    "tags": TAG,
    "allow": "exchanges.view",
    "query": serializers.ExchangeFilters,
    "answers": {200: page_of(serializers.ExchangeAnswer)},
    "problems": [ScopeMissing, AmbiguousMember],
    "examples": {200: {"next": None, "previous": None, "results": [DONE]}},
}
SHOW = {
    "tags": TAG,
    "allow": "exchanges.view",
    "answers": {200: serializers.ExchangeAnswer},
    "problems": [ScopeMissing],
    "path": PATH,
    "examples": {200: DONE},
}
CANCEL = {
    "tags": TAG,
    "allow": "exchanges.cancel",
    "request": serializers.Cancelling,
    "idempotent": True,
    "answers": {200: serializers.ExchangeAnswer},
    "problems": [ScopeMissing, errors.ExchangeNotPending],
    "path": PATH,
    "examples": {"request": {"idempotency_key": "cancel-1001"}, 200: CANCELLED},
}
