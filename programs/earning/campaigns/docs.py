"""What the addresses of campaigns promise in the OpenAPI document: refusals and examples."""

from loyalty.errors import NotFound
from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing
from programs.earning.campaigns import serializers
from programs.earning.errors import (
    CampaignEnded,
    CampaignKeyTaken,
    CampaignNotActive,
    CampaignRunning,
    CampaignWasActive,
    RulesNotValid,
    RulesTooLarge,
)
from programs.membership.errors import ProgramArchived

TAG = "Campaigns"
ID = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e"
PROGRAM = "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa"
AT, LATER = "2026-03-01T00:00:00Z", "2026-06-01T00:00:00Z"
PATH = {"campaign": "The campaign's id."}
NEW = {
    "key": "spring-2026",
    "name": "Spring",
    "starts_at": AT,
    "ends_at": LATER,
    "audience": {"all": [{"fact": "member.tier", "operator": "in", "value": ["gold", "platinum"]}]},
    "budget_points": 100_000,
    "member_times": 3,
    "rules": [
        {
            "key": "spring-50",
            "name": "50 points for 20.00 or more",
            "trigger": "order.paid",
            "conditions": {"all": [{"fact": "order.net", "operator": "greaterThanInclusive", "value": "20.00"}]},
            "effects": [{"type": "points.fixed", "points": 50}],
        }
    ],
}
DRAFT = {
    "id": ID,
    "program_id": PROGRAM,
    **NEW,
    "description": "",
    "status": "draft",
    "budget_times": None,
    "member_points": None,
    "priority": 0,
    "goal_metric": "",
    "goal_target": None,
    "goal_points": None,
    "goal_reached_at": None,
    "revision": 1,
    "activated_at": None,
    "ended_at": None,
    "created_at": AT,
    "errors": [],
}
ACTIVE = {**DRAFT, "status": "active", "activated_at": AT}
ROW = {name: value for name, value in ACTIVE.items() if name != "errors"}
METRICS = {
    "points_given": 4_250,
    "times": 85,
    "budget_points": 100_000,
    "budget_left": 95_750,
    "members_reached": 61,
    "purchases": 85,
    "purchases_during": 190,
    "purchases_before": 152,
    "purchases_lifted": {"during": "0.7787", "before": "0.6230", "lift": "0.2500"},
    "cost": None,
    "starts_at": AT,
    "ends_at": "2026-03-29T00:00:00Z",
}
DONE = {"tags": TAG, "path": PATH, "request": serializers.Reason, "idempotent": True}
OF_ONE = (ScopeMissing, NotFound, ProgramArchived)

LIST = {
    "tags": TAG,
    "allow": "campaigns.view",
    "query": serializers.CampaignFilters,
    "answers": {200: page_of(serializers.CampaignAnswer)},
    "problems": [ScopeMissing],
    "examples": {200: {"next": None, "previous": None, "results": [ROW]}},
}
CREATE = {
    "tags": TAG,
    "allow": "campaigns.add",
    "request": serializers.NewCampaign,
    "answers": {201: serializers.CampaignAnswer},
    "problems": [ScopeMissing, ProgramArchived, RulesTooLarge, CampaignKeyTaken],
    "idempotent": True,
    "examples": {"request": NEW, 201: DRAFT},
}
SHOW = {
    "tags": TAG,
    "allow": "campaigns.view",
    "answers": {200: serializers.CampaignAnswer},
    "problems": [ScopeMissing],
    "etag": True,
    "path": PATH,
    "examples": {200: ACTIVE},
}
CHANGE = {
    "tags": TAG,
    "allow": "campaigns.change",
    "request": serializers.CampaignPatch,
    "answers": {200: serializers.CampaignAnswer},
    "problems": [*OF_ONE, CampaignWasActive, CampaignEnded, RulesTooLarge, CampaignRunning, RulesNotValid],
    "path": PATH,
    "examples": {"request": {"budget_points": 150_000}, 200: ACTIVE},
}
ACTIVATE = {
    **DONE,
    "allow": "campaigns.activate",
    "answers": {200: serializers.CampaignAnswer, 202: serializers.CampaignAnswer},
    "problems": [*OF_ONE, CampaignEnded, RulesNotValid],
    "examples": {"request": {"reason": "Agreed on Monday"}, 200: ACTIVE, 202: DRAFT},
}
PAUSE = {
    **DONE,
    "allow": "campaigns.pause",
    "answers": {200: serializers.CampaignAnswer},
    "problems": [*OF_ONE, CampaignEnded, CampaignNotActive, RulesNotValid],
    "examples": {"request": {"reason": "Too many"}, 200: {**ACTIVE, "status": "paused"}},
}
END = {
    **DONE,
    "allow": "campaigns.end",
    "answers": {200: serializers.CampaignAnswer},
    "problems": [*OF_ONE, RulesNotValid],
    "examples": {"request": {}, 200: {**ACTIVE, "status": "ended", "ended_at": LATER}},
}
METRICS_OF = {
    "tags": TAG,
    "allow": "campaigns.view",
    "answers": {200: serializers.MetricsAnswer},
    "problems": [ScopeMissing],
    "path": PATH,
    "examples": {200: METRICS},
}
