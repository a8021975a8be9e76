"""What the addresses of backtests promise in the OpenAPI document: refusals and examples."""

from loyalty.identity.errors import ScopeMissing
from programs.activity.backtests import serializers
from programs.earning.errors import RulesNotValid

TAG = "Rules"
ID = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e"
ASKED = {"from": "2026-07-01T00:00:00Z", "to": "2026-10-01T00:00:00Z"}
RULE = {
    "key": "toys", "name": "Ten more for toys", "times": 812, "points": 40120, "members": 402, "cut": 0, "grants": 0,
    "live_times": 0, "live_points": 0, "difference": 40120,
}  # fmt: skip
DECILE = {"number": 1, "members": 120, "spend": "91230.50", "points": 210400, "live_points": 198200,
          "difference": 12200}  # fmt: skip
MEMBER = {"member_id": ID, "external_id": "4711", "purchases": 31, "spend": "4120.00", "points": 9120,
          "live_points": 8240, "difference": 880}  # fmt: skip
RESULT = {
    "purchases": 8120, "events": 0, "reversed": 3, "returned": "12040.00", "currency": "EUR", "points": 674240,
    "live_points": 634120, "difference": 40120, "difference_percent": "6.3", "members": 1204, "rules": [RULE],
    "deciles": [DECILE], "most_affected": [MEMBER],
    "notes": ["Limits and budgets begin unused."],
}  # fmt: skip
WAITING = {
    "id": ID, "status": "waiting", "progress": {"done": 0, "total": None, "percent": 0}, **ASKED,
    "ruleset_version": 5, "campaign_id": None, "failure": None, "result": None,
}  # fmt: skip
DONE = {**WAITING, "status": "done", "progress": {"done": 8120, "total": 8120, "percent": 100}, "result": RESULT}

START = {
    "tags": TAG,
    "allow": "rules.backtest",
    "request": serializers.BacktestBody,
    "answers": {202: serializers.BacktestAnswer},
    "problems": [ScopeMissing, RulesNotValid],
    "idempotent": True,
    "examples": {"request": {"ruleset_version": 5, **ASKED}, 202: WAITING},
}
SHOW = {
    "tags": TAG,
    "allow": "rules.view",
    "answers": {200: serializers.BacktestAnswer},
    "problems": [ScopeMissing],
    "examples": {200: DONE},
}
