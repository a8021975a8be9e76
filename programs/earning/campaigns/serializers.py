"""Shapes of campaigns, in and out. No queries."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Points, Shape, ShortText, UnsetType
from programs.earning.campaigns.metrics import Metrics
from programs.earning.campaigns.validity import FIELDS, PRIORITY_MAX
from programs.earning.models import Campaign
from programs.earning.rulesets.serializers import RuleMistake

Key = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,59}\Z",
        description="Small letters, digits, - and _; unique in the program, and never changed.",
        examples=["spring-2026"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=120, examples=["Spring"])]
Description = Annotated[str, Meta(max_length=5000, description="For the brand's own people.")]
Audience = Annotated[
    dict, Meta(description="Conditions on the member, as in a rule; empty: everybody. The schema of rules says how.")
]
Rules = Annotated[
    list[dict], Meta(max_length=100, description="As in a rule set; they are in the group bonus unless they say so.")
]
Priority = Annotated[int, Meta(ge=0, le=PRIORITY_MAX, description="The lower number goes first.")]
Starts = Annotated[Moment, Meta(description="Null: as soon as it is active.")]
Ends = Annotated[Moment, Meta(description="Null: until it is ended.")]
Status = Literal["draft", "active", "paused", "ended"]
Metric = Literal["purchases", "spend", "points", "members", ""]


class NewCampaign(Shape):
    """A campaign to draft."""

    key: Key
    name: Name
    description: Description = ""
    starts_at: Starts | None = None
    ends_at: Ends | None = None
    audience: Audience = {}
    rules: Rules = []
    budget_points: Annotated[Points | None, Meta(description="Points given in all; null: no bound.")] = None
    budget_times: Annotated[Points | None, Meta(description="Times it gives in all.")] = None
    member_points: Annotated[Points | None, Meta(description="Points for each member.")] = None
    member_times: Annotated[Points | None, Meta(description="Times for each member.")] = None
    priority: Priority = 0
    goal_metric: Annotated[Metric, Meta(description="What all members together are to reach.")] = ""
    goal_target: Annotated[Points | None, Meta(description="How much of it; money in minor units.")] = None
    goal_points: Annotated[
        Points | None,
        Meta(description="What each who bought up to then gets, once; what comes back later takes nothing of it."),
    ] = None


class CampaignPatch(Shape):
    """What changes; what is not given stays."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    starts_at: Starts | UnsetType | None = UNSET
    ends_at: Ends | UnsetType | None = UNSET
    audience: Audience | UnsetType = UNSET
    rules: Rules | UnsetType = UNSET
    budget_points: Points | UnsetType | None = UNSET
    budget_times: Points | UnsetType | None = UNSET
    member_points: Points | UnsetType | None = UNSET
    member_times: Points | UnsetType | None = UNSET
    priority: Priority | UnsetType = UNSET
    goal_metric: Metric | UnsetType = UNSET
    goal_target: Points | UnsetType | None = UNSET
    goal_points: Points | UnsetType | None = UNSET


class CampaignFilters(Filters):
    """Which campaigns."""

    status: Status | None = None


class Reason(Shape):
    """Why, for whoever decides on it and for the history."""

    reason: ShortText = ""


class CampaignAnswer(Answer):
    """A campaign."""

    id: UUID
    program_id: UUID
    key: str
    name: str
    description: str
    status: Status
    starts_at: Moment | None
    ends_at: Moment | None
    audience: dict
    rules: list[dict]
    budget_points: int | None
    budget_times: int | None
    member_points: int | None
    member_times: int | None
    priority: int
    goal_metric: str
    goal_target: int | None
    goal_points: int | None
    goal_reached_at: Moment | None
    revision: int
    activated_at: Moment | None
    ended_at: Moment | None
    created_at: Moment
    errors: (
        Annotated[list[RuleMistake], Meta(description="What keeps it from being active. Left out in lists.")]
        | UnsetType
    ) = UNSET


class MetricsAnswer(Answer):
    """What a campaign has given and done until now."""

    points_given: int
    times: Annotated[int, Meta(description="How often its rules gave something.")]
    budget_points: int | None
    budget_left: int | None
    members_reached: int
    purchases: Annotated[int, Meta(description="Purchases for which it gave something.")]
    purchases_during: Annotated[int, Meta(description="All purchases of the members reached, in its time.")]
    purchases_before: Annotated[int, Meta(description="Theirs in the equally long time before.")]
    purchases_lifted: Annotated[
        dict[str, str | None],
        Meta(
            description="Purchases a week of each member reached, `during` and `before`, and the `lift`: how much "
            'more, of the rate before ("0.2500" is a quarter more). Null where nothing can be said.'
        ),
    ]
    cost: Annotated[str | None, Meta(description="What the points cost in money, where it is known.")]
    starts_at: Moment | None
    ends_at: Moment | None


def asked(shape: Shape) -> dict:
    """The fields that were given."""
    return {name: value for name, value in msgspec.structs.asdict(shape).items() if value is not UNSET}


def campaign_answer(campaign: Campaign, errors: list[dict] | None = None) -> CampaignAnswer:
    """The campaign; with its mistakes where they were looked for."""
    more = {} if errors is None else {"errors": [RuleMistake(**one) for one in errors]}
    return CampaignAnswer(
        id=campaign.id, program_id=campaign.program_id, key=campaign.key, status=campaign.status,
        goal_reached_at=campaign.goal_reached_at, revision=campaign.revision, activated_at=campaign.activated_at,
        ended_at=campaign.ended_at, created_at=campaign.created_at,
        **{name: getattr(campaign, name) for name in FIELDS}, **more,
    )  # fmt: skip


def metrics_answer(metrics: Metrics) -> MetricsAnswer:
    """What it did."""
    plain = ("points_given", "times", "budget_points", "budget_left", "members_reached", "purchases",
             "purchases_during", "purchases_before", "starts_at", "ends_at")  # fmt: skip
    return MetricsAnswer(
        **{name: getattr(metrics, name) for name in plain},
        purchases_lifted={"during": metrics.weekly_during, "before": metrics.weekly_before, "lift": metrics.lift},
        cost=None,
    )
