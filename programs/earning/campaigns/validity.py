"""What makes a campaign's fields possible, told all at once; what its rules say is the rules package's business. No
queries."""

from collections.abc import Iterator, Mapping
from typing import Any

from loyalty.http.parsers import is_keepable
from programs.earning.models import Campaign

BOUNDS = ("budget_points", "budget_times", "member_points", "member_times")
FIELDS = (
    "name", "description", "starts_at", "ends_at", "audience", "rules", *BOUNDS, "priority", "goal_metric",
    "goal_target", "goal_points",
)  # fmt: skip
WHOLE_MAX = 1_000_000_000_000_000
PRIORITY_MAX = 1_000_000
DESCRIPTION_MAX = 5_000
RULES_MAX = 100
YEARS = (1990, 2999)


def mistakes_in_fields(values: Mapping[str, Any]) -> list[dict]:
    """Everything that is wrong with these fields: {pointer, code, detail}."""
    found = [*_words(values), *_times(values), *_figures(values), *_documents(values)]
    return [{"pointer": f"/{field}", "code": code, "detail": detail} for field, code, detail in found]


def _words(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    name, description = values["name"], values["description"]
    if not (0 < len(name) <= 120 and name.isprintable() and name.strip()):
        yield "name", "invalid-length", "1 to 120 characters that can be seen."
    if len(description) > DESCRIPTION_MAX or not is_keepable(description):
        yield "description", "invalid-length", f"At most {DESCRIPTION_MAX} characters."


def _times(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    starts, ends = values["starts_at"], values["ends_at"]
    for name, moment in (("starts_at", starts), ("ends_at", ends)):
        if moment and not YEARS[0] < moment.year < YEARS[1]:
            yield name, "out-of-range", "No such year is planned for."
    if starts and ends and ends <= starts:
        yield "ends_at", "out-of-range", "It ends before it begins."


def _figures(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in (*BOUNDS, "goal_target", "goal_points"):
        if values[name] is not None and not 1 <= values[name] <= WHOLE_MAX:
            yield name, "out-of-range", f"From 1 to {WHOLE_MAX}, or nothing."
    if not 0 <= values["priority"] <= PRIORITY_MAX:
        yield "priority", "out-of-range", f"From 0 to {PRIORITY_MAX}."
    metric = values["goal_metric"]
    if metric and metric not in Campaign.GoalMetric.values:
        yield "goal_metric", "invalid-choice", f"One of {', '.join(Campaign.GoalMetric.values)}, or nothing."
    for name in ("goal_target", "goal_points"):
        if bool(metric) != (values[name] is not None):
            yield name, "one-of-two", "A goal has a metric, a target and points; else none of them is given."


def _documents(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    rules, audience = values["rules"], values["audience"]
    if not isinstance(rules, list) or len(rules) > RULES_MAX:
        yield "rules", "not_an_array", f"An array of at most {RULES_MAX} rules is wanted."
    if not isinstance(audience, dict):
        yield "audience", "not_an_object", "A condition is an object; an empty one is everybody."
    elif audience and values["goal_metric"]:
        yield "audience", "goal-is-for-all", "A goal of all counts whoever buys; give rules conditions of their own."
