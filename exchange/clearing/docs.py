"""What the addresses of settlements promise in the OpenAPI document: refusals and examples."""

from exchange.clearing import serializers
from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing

TAG = "Exchange"
SKY, SHOP = "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa", "feb00fff-d806-4b7c-8f9d-770b5aa4afc2"
PATH = {
    "from_program": "The program whose points were given, by id or code.",
    "to_program": "The program that issued points for them, by id or code.",
    "period": "A month in UTC, like 2026-10.",
}
SETTLEMENT = {
    "from_program_id": SKY,
    "from_program_code": "SKY",
    "to_program_id": SHOP,
    "to_program_code": "SHOP",
    "month": "2026-10",
    "status": "closed",
    "exchanges": 412,
    "points_given": 1_030_000,
    "fees": 10_300,
    "points_issued": 2_549_250,
    "point_price": "0.005",
    "currency": "EUR",
    "amount": "12746.25",
    "is_prefunded": False,
    "differences": 0,
    "closed_at": "2026-11-01T08:00:00Z",
    "paid_at": None,
    "reference": "",
}
STATEMENT = {
    **SETTLEMENT,
    "since_closed": {"exchanges": 0, "points_given": 0, "points_issued": 0},
    "net": {"debtor_program_id": SKY, "creditor_program_id": SHOP, "amount": "9311.05", "currency": "EUR"},
}
LINE = {
    "exchange_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d90",
    "at": "2026-10-03T09:30:00Z",
    "points_given": 2_500,
    "fee": 25,
    "points_issued": 6_187,
    "differs": False,
    "asked_given": 2_500,
    "asked_issued": 6_187,
}
CSV = (
    "exchange_id,at,from_program,points_given,fee,to_program,points_issued,differs,asked_given,asked_issued\n"
    '"019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d90","2026-10-03T09:30:00Z","SKY",2500,25,"SHOP",6187,"no",2500,6187\n'
)
_ALL = {"tags": TAG, "allow": "settlements.view", "problems": [ScopeMissing]}

LIST = {
    **_ALL,
    "query": serializers.SettlementFilters,
    "answers": {200: page_of(serializers.SettlementAnswer)},
    "examples": {200: {"next": None, "previous": None, "results": [SETTLEMENT]}},
}
SHOW = {**_ALL, "path": PATH, "answers": {200: serializers.PairMonthAnswer}, "examples": {200: STATEMENT}}
LINES = {
    **_ALL,
    "path": PATH,
    "query": serializers.LineFilters,
    "answers": {200: page_of(serializers.LineAnswer)},
    "examples": {200: {"next": None, "previous": None, "results": [LINE]}},
}
FILE = {
    **_ALL,
    "path": PATH,
    "answers": {
        200: {"type": "string", "contentMediaType": "text/csv", "description": "A line for each exchange, by time."}
    },
    "examples": {200: CSV},
}
