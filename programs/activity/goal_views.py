"""How far all members are together with what a campaign wants them to reach."""

from typing import Annotated, Literal

from django.core.cache import cache
from msgspec import Meta

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.http.etags import conditional
from loyalty.http.money import from_minor
from loyalty.http.schema import operation
from loyalty.http.shapes import UUID, Answer, Moment
from loyalty.http.views import ApiView
from loyalty.identity.errors import ScopeMissing
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.activity.goals import GoalProgress, goal_progress, window_of
from programs.earning.models import Campaign
from programs.membership.selectors import takes_part

SECONDS_OLD_MAX = 5
_GOAL = {
    "campaign_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e",
    "name": "10,000 coffees by Friday",
    "metric": "purchases",
    "value": "7312",
    "target": "10000",
    "share": "0.7312",
    "points": 50,
    "reached_at": None,
    "missed": False,
    "starts_at": "2026-10-01T00:00:00Z",
    "ends_at": "2026-10-10T00:00:00Z",
}


class GoalAnswer(Answer):
    """What all members are to reach together, and how far they are: `value` of `target`, as decimal strings, money in
    the program's currency; `share` is at most 1. Each who took part gets `points`."""

    campaign_id: UUID
    name: str
    metric: Literal["purchases", "spend", "points", "members"]
    value: Annotated[str, Meta(description="How much it is so far.", examples=["7312"])]
    target: str
    share: Annotated[str, Meta(description="Value through target, rounded down to four decimals.")]
    points: int
    reached_at: Moment | None
    missed: Annotated[bool, Meta(description="The time is over and it was not reached.")]
    starts_at: Moment | None
    ends_at: Moment | None


class GoalView(ApiView):
    """The goal of a campaign."""

    @operation(
        "Show the progress of a goal",
        tags="Campaigns",
        allow="goals.view",
        answers={200: GoalAnswer},
        problems=[ScopeMissing, NotFound],
        etag=True,
        examples={200: _GOAL},
    )
    def get(self, request, campaign):
        """How far all members are together: for the brand's people and keys, and for everybody who takes part in the
        program. It counts what was bought from the campaign's start to its end, less what came back. Once a goal has
        been reached it stays reached: goods that come back later take nothing of what was given for it. Points go to
        those who bought up to the purchase that reached it. What it tells is some seconds old at most."""
        found = _find_goal(self.principal, campaign)
        return conditional(request, _answer(found, _progress(found)))


def _find_goal(principal: Principal, ref: str) -> Campaign:
    """The campaign, if it has a goal that the principal may see. Refusals: Forbidden, ScopeMissing, NotFound."""
    principal.require("goals.view")
    uuid = as_uuid(ref)
    found = uuid and Campaign.objects.select_related("program").filter(pk=uuid).exclude(goal_metric="").first()
    if found:
        brand_id = found.program.brand_id
        if principal.is_operator or brand_id in principal.brands:
            principal.require("goals.view", brand_id)
            return found
        is_open = found.activated_at is not None and principal.member_id is not None
        if is_open and takes_part(found.program, principal.member_id):
            principal.require("goals.view", brand_id, member_id=principal.member_id)
            return found
    raise NotFound("There is no such goal, or it is not yours to see.")


def _progress(campaign: Campaign) -> GoalProgress:
    """Counted once for all who ask within some seconds: a whole program may be watching."""
    key = f"goal:{campaign.pk}:{campaign.revision}:{campaign.goal_reached_at is not None}"
    return cache.get_or_set(key, lambda: goal_progress(campaign, clock.now()), SECONDS_OLD_MAX)


def _answer(campaign: Campaign, found: GoalProgress) -> GoalAnswer:
    starts_at, ends_at = window_of(campaign)
    return GoalAnswer(
        campaign_id=campaign.id,
        name=campaign.name,
        metric=str(campaign.goal_metric),
        value=_written(campaign, found.value),
        target=_written(campaign, found.target),
        share=format(found.share, "f"),
        points=campaign.goal_points,
        reached_at=found.reached_at,
        missed=campaign.goal_missed_at is not None,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _written(campaign: Campaign, amount: int) -> str:
    is_money = campaign.goal_metric == Campaign.GoalMetric.SPEND
    return from_minor(amount, campaign.program.money_currency) if is_money else str(amount)
