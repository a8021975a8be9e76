"""What the addresses of rule sets promise in the OpenAPI document: refusals and examples."""

from loyalty.http.schema import page_of
from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.errors import ScopeMissing
from programs.earning.errors import RuleSetPublished, RulesNotValid, RulesTooLarge
from programs.earning.rulesets import serializers
from programs.membership.errors import ProgramArchived

TAG = "Rules"
AT = "2026-10-01T12:00:00Z"
BY = "person:019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60"
PATH = {"version": "The version's number."}
RULES = [
    {
        "key": "toys",
        "name": "Ten more for toys",
        "trigger": "order.paid",
        "group": "base",
        "effects": [
            {
                "type": "points.per_amount",
                "points": 10,
                "per": "100.00",
                "of": {
                    "fact": "lines.amount",
                    "params": {"where": {"fact": "line.category", "operator": "equal", "value": "toys"}},
                },
            }
        ],
    },
    {
        "key": "app-250",
        "name": "50 points for 250.00 in the app",
        "trigger": "order.paid",
        "conditions": {
            "all": [
                {"fact": "order.net", "operator": "greaterThanInclusive", "value": "250.00"},
                {"fact": "order.channel", "operator": "equal", "value": "app"},
            ]
        },
        "effects": [{"type": "points.fixed", "points": 50}],
        "limits": [{"scope": "member", "period": "month", "times": 1}],
    },
]
DRAFT = {
    "version": 5,
    "status": "draft",
    "note": "Toys",
    "errors": [],
    "created_at": AT,
    "created_by": BY,
    "published_at": None,
    "published_by": None,
    "document": {"rules": RULES},
}
PUBLISHED = {**DRAFT, "status": "published", "published_at": AT, "published_by": BY}
ROW = {name: value for name, value in PUBLISHED.items() if name != "document"}

LIST = {
    "tags": TAG,
    "allow": "rules.view",
    "query": serializers.RuleSetFilters,
    "answers": {200: page_of(serializers.RuleSetAnswer)},
    "problems": [ScopeMissing],
    "examples": {200: {"next": None, "previous": None, "results": [ROW]}},
}
CREATE = {
    "tags": TAG,
    "allow": "rules.change",
    "request": serializers.RulesBody,
    "answers": {201: serializers.RuleSetAnswer},
    "problems": [ScopeMissing, ProgramArchived, RulesTooLarge],
    "idempotent": True,
    "examples": {"request": {"note": "Toys", "rules": RULES}, 201: DRAFT},
}
SHOW = {
    "tags": TAG,
    "allow": "rules.view",
    "answers": {200: serializers.RuleSetAnswer},
    "problems": [ScopeMissing],
    "etag": True,
    "path": PATH,
    "examples": {200: PUBLISHED},
}
CHANGE = {
    "tags": TAG,
    "allow": "rules.change",
    "request": serializers.RulesPatch,
    "answers": {200: serializers.RuleSetAnswer},
    "problems": [ScopeMissing, ProgramArchived, RulesTooLarge, RuleSetPublished],
    "path": PATH,
    "examples": {"request": {"rules": RULES}, 200: DRAFT},
}
DISCARD = {
    "tags": TAG,
    "allow": "rules.change",
    "answers": {204: None},
    "problems": [ScopeMissing, ProgramArchived, RuleSetPublished],
    "path": PATH,
}
PUBLISH = {
    "tags": TAG,
    "allow": "rules.publish",
    "request": serializers.Publication,
    "answers": {200: serializers.RuleSetAnswer, 202: serializers.RuleSetAnswer},
    "problems": [ScopeMissing, ProgramArchived, RulesNotValid, RequestOutdated],
    "idempotent": True,
    "path": PATH,
    "examples": {"request": {"reason": "Agreed on Monday"}, 200: PUBLISHED, 202: DRAFT},
}
SCHEMA = {
    "tags": TAG,
    "allow": "rules.view",
    "answers": {200: {"type": "object", "description": "A JSON Schema, draft 2020-12."}},
    "problems": [ScopeMissing],
    "etag": True,
}
