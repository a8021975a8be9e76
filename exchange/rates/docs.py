"""What the addresses of rates, agreements and bonuses promise in the OpenAPI document: refusals and examples."""

from exchange.rates import errors, serializers
from loyalty.errors import NotFound
from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing
from programs.membership.errors import ProgramNotActive

TAG = "Exchange"
AT = "2026-10-01T12:00:00Z"
RATE, AGREEMENT, BONUS, SKYMILES, SHOPREWARDS = (
    f"019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d{end}" for end in ("81", "82", "83", "84", "85")
)
PAIR = {
    "from_program_id": "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa",
    "from_program_code": "SKY",
    "to_program_id": "feb00fff-d806-4b7c-8f9d-770b5aa4afc2",
    "to_program_code": "SHOP",
}
NAMED = {"from_program_id": "SKY", "to_program_id": "SHOP"}
NEW_RATE = {**NAMED, "rate": "2.5", "fee_percent": "1", "from_min": 100, "member_daily_max": 50_000}
SHOWN_RATE = {
    **PAIR,
    "id": RATE,
    "rate": "2.5",
    "effective_rate": "2.75",
    "bonus_id": BONUS,
    "bonus_percent": "10",
    "bonus_until": "2026-10-31T23:00:00Z",
    "fee_percent": "1",
    "fee_points": 0,
    "from_min": 100,
    "from_step": 1,
    "from_max": None,
    "member_daily_max": 50_000,
    "pair_daily_max": None,
    "pending_hours": 0,
    "is_open": True,
    "valid_from": AT,
    "valid_until": None,
    "created_at": AT,
}
BARE_RATE = {**SHOWN_RATE, "effective_rate": "2.5", "bonus_id": None, "bonus_percent": None, "bonus_until": None}
ROUTES = {
    "from_program_id": PAIR["from_program_id"],
    "from_program_code": "SKY",
    "amount": 100,
    "at": AT,
    "results": [
        {
            "to_program_id": PAIR["to_program_id"],
            "to_program_code": "SHOP",
            "to_amount": 272,
            "steps": [
                {
                    **PAIR,
                    "rate_id": RATE,
                    "rate": "2.75",
                    "from_amount": 100,
                    "fee": 1,
                    "to_amount": 272,
                    "residue": "0.25",
                    "left": 0,
                }
            ],
        }
    ],
}
NEW_AGREEMENT = {
    **NAMED,
    "rate_max": "4",
    "point_price": "0.008",
    "currency": "EUR",
    "is_prefunded": False,
    "note": "Renewed every year",
}
PROPOSED = {
    **PAIR,
    "id": AGREEMENT,
    "from_program": "SkyMiles Airways",
    "to_program": "ShopRewards Plus",
    "rate_max": "4",
    "point_price": "0.008",
    "currency": "EUR",
    "is_prefunded": False,
    "pool_points": 0,
    "status": "proposed",
    "accepted_by": [SKYMILES],
    "note": "Renewed every year",
    "active_since": None,
    "ended_at": None,
    "created_at": AT,
}
ACTIVE = {**PROPOSED, "status": "active", "accepted_by": [SKYMILES, SHOPREWARDS], "active_since": AT}
NEW_BONUS = {**NAMED, "name": "Autumn swap", "percent": "10", "ends_at": "2030-10-31T23:00:00Z"}
SHOWN_BONUS = {
    **PAIR,
    "id": BONUS,
    "name": "Autumn swap",
    "percent": "10",
    "starts_at": AT,
    "ends_at": "2030-10-31T23:00:00Z",
    "created_at": AT,
}
PROBLEMS = [ScopeMissing, NotFound]
UNSAFE = [errors.RateTooHigh, errors.RateMakesPoints]


def _page(shown: dict) -> dict:
    return {200: {"next": None, "previous": None, "results": [shown]}}


LIST_RATES = {
    "tags": TAG,
    "allow": "rates.view",
    "query": serializers.RateFilters,
    "answers": {200: page_of(serializers.RateAnswer)},
    "problems": [ScopeMissing],
    "etag": True,
    "examples": _page(SHOWN_RATE),
}
SET_RATE = {
    "tags": TAG,
    "allow": "rates.add",
    "request": serializers.NewRate,
    "answers": {201: serializers.RateAnswer},
    "problems": [*PROBLEMS, errors.BeginsInThePast, errors.AgreementRequired, errors.RateTaken, *UNSAFE],
    "idempotent": True,
    "examples": {"request": NEW_RATE, 201: BARE_RATE},
}
ROUTES_OF = {
    "tags": TAG,
    "allow": "rates.view",
    "query": serializers.RouteQuery,
    "answers": {200: serializers.RoutesAnswer},
    "problems": PROBLEMS,
    "examples": {200: ROUTES},
}
LIST_AGREEMENTS = {
    "tags": TAG,
    "allow": "agreements.view",
    "query": serializers.AgreementFilters,
    "answers": {200: page_of(serializers.AgreementAnswer)},
    "problems": [ScopeMissing],
    "examples": _page(ACTIVE),
}
PROPOSE = {
    "tags": TAG,
    "allow": "agreements.add",
    "request": serializers.NewAgreement,
    "answers": {201: serializers.AgreementAnswer},
    "problems": [*PROBLEMS, ProgramNotActive, errors.AgreementExists, *UNSAFE],
    "idempotent": True,
    "examples": {"request": NEW_AGREEMENT, 201: PROPOSED},
}
SHOW_AGREEMENT = {
    "tags": TAG,
    "allow": "agreements.view",
    "answers": {200: serializers.AgreementAnswer},
    "problems": PROBLEMS,
    "etag": True,
    "examples": {200: ACTIVE},
}
CHANGE_AGREEMENT = {
    "tags": TAG,
    "allow": "agreements.change",
    "request": serializers.AgreementPatch,
    "answers": {200: serializers.AgreementAnswer},
    "problems": [*PROBLEMS, errors.AgreementEnded, errors.AgreementInForce, *UNSAFE],
    "examples": {"request": {"rate_max": "5"}, 200: {**PROPOSED, "rate_max": "5"}},
}
ACCEPT = {
    "tags": TAG,
    "allow": "agreements.accept",
    "request": serializers.TermsDecision,
    "answers": {200: serializers.AgreementAnswer},
    "problems": [*PROBLEMS, errors.AgreementEnded, *UNSAFE],
    "examples": {"request": {}, 200: ACTIVE},
}
END_AGREEMENT = {
    "tags": TAG,
    "allow": "agreements.end",
    "request": serializers.TermsDecision,
    "answers": {200: serializers.AgreementAnswer},
    "problems": PROBLEMS,
    "examples": {"request": {}, 200: {**ACTIVE, "status": "ended", "ended_at": "2027-10-01T12:00:00Z"}},
}
LIST_BONUSES = {
    "tags": TAG,
    "allow": "bonuses.view",
    "query": serializers.BonusFilters,
    "answers": {200: page_of(serializers.BonusAnswer)},
    "problems": [ScopeMissing],
    "examples": _page(SHOWN_BONUS),
}
ADD_BONUS = {
    "tags": TAG,
    "allow": "bonuses.add",
    "request": serializers.NewBonus,
    "answers": {201: serializers.BonusAnswer},
    "problems": [
        *PROBLEMS,
        errors.BeginsInThePast,
        errors.AgreementRequired,
        errors.BonusOverlaps,
        *UNSAFE,
    ],
    "idempotent": True,
    "examples": {"request": NEW_BONUS, 201: SHOWN_BONUS},
}
END_BONUS = {
    "tags": TAG,
    "allow": "bonuses.end",
    "request": serializers.TermsDecision,
    "answers": {200: serializers.BonusAnswer},
    "problems": [*PROBLEMS, errors.BonusEnded],
    "examples": {"request": {}, 200: {**SHOWN_BONUS, "ends_at": "2026-10-15T08:00:00Z"}},
}
