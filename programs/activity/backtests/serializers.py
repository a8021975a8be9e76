"""Shapes of backtests, in and out. No queries."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field

from loyalty.http.money import from_minor
from loyalty.http.shapes import UUID, Answer, Moment, Money, Shape
from loyalty.runs.models import Run

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]


class BacktestBody(Shape):
    """What is tried, a version of the rules or a campaign, and on the purchases of which time."""

    since: Moment = field(name="from")
    until: Moment = field(name="to")
    ruleset_version: Version | None = None
    campaign_id: UUID | None = None


class Progress(Answer):
    """How far it is."""

    done: int
    total: int | None
    percent: int


class OfRule(Answer):
    """One rule: how often it would have given, how many points to how many members, how many points its limits cut,
    and how many rewards, badges and stamps (`grants`); beside it what is live under the same key."""

    key: str
    name: str
    times: int
    points: int
    members: int
    cut: int
    grants: int
    live_times: int
    live_points: int
    difference: int


class Decile(Answer):
    """A tenth of the members; the first is those who spend most."""

    number: int
    members: int
    spend: Money
    points: int
    live_points: int
    difference: int


class Affected(Answer):
    """One of the members for whom most would change."""

    member_id: UUID
    external_id: str | None
    purchases: int
    spend: Money
    points: int
    live_points: int
    difference: int


class BacktestResult(Answer):
    """What the candidate would have given on what happened in that time (`points`), beside what is live now
    (`live_points`), less what came back since (`returned`). `reversed` purchases were undone and are left out."""

    purchases: int
    events: int
    reversed: int
    returned: Money
    currency: str
    points: int
    live_points: int
    difference: int
    difference_percent: Annotated[str | None, Meta(description='Of what is live: "3.2".')]
    members: int
    rules: list[OfRule]
    deciles: list[Decile]
    most_affected: list[Affected]
    notes: Annotated[list[str], Meta(description="What to keep in mind when reading it.")]


class BacktestAnswer(Answer):
    """A backtest. `result` is there when it is done, for a week."""

    id: UUID
    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    progress: Progress
    since: Moment = field(name="from")
    until: Moment = field(name="to")
    ruleset_version: int | None
    campaign_id: UUID | None
    failure: Annotated[str | None, Meta(description="Why it stopped, where it failed.")]
    result: BacktestResult | None


def backtest_answer(run: Run, result: dict | None) -> BacktestAnswer:
    """The run, with what came of it."""
    asked = run.arguments
    percent = 100 if run.status == Run.Status.DONE else run.done * 100 // run.total if run.total else 0
    return BacktestAnswer(
        id=run.pk,
        status=run.status,
        progress=Progress(done=run.done, total=run.total, percent=percent),
        since=datetime.fromisoformat(asked["from"]),
        until=datetime.fromisoformat(asked["to"]),
        ruleset_version=asked["ruleset_version"],
        campaign_id=asked["campaign_id"],
        failure=run.fault or None,
        result=_result(result) if result else None,
    )


def _result(told: dict) -> BacktestResult:
    currency = told["currency"]

    def with_spend(one: dict) -> dict:
        return {**one, "spend": from_minor(one["spend_minor"], currency)}

    def shape(kind, one: dict):
        return kind(**{name: one[name] for name in kind.__struct_fields__})

    told = {**told, "returned": from_minor(told["returned_minor"], currency)}
    told["rules"] = [shape(OfRule, one) for one in told["rules"]]
    told["deciles"] = [shape(Decile, with_spend(one)) for one in told["deciles"]]
    told["most_affected"] = [shape(Affected, with_spend(one)) for one in told["most_affected"]]
    return shape(BacktestResult, told)
