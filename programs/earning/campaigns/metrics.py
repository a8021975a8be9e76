"""What a campaign has given and done, counted by the database in two questions, however many members it reached."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from loyalty import clock
from loyalty.sql import rows
from programs.earning.models import Campaign, LimitCounter
from programs.earning.rules.counting import WITHIN

WEEK_SECONDS = 7 * 24 * 3600
# Purchases of those reached, in the time of the campaign and in the equally long time before it.
BOUGHT = """
with reached as materialized (
  select subject::uuid as member_id from programs_limitcounter
  where program_id = %(program)s and owner = %(share)s and scope = 'member' and period = 'ever' and times > 0
)
select
  (select count(*) from reached) as members,
  count(p.id) filter (where p.occurred_at >= %(starts)s) as during,
  count(p.id) filter (where p.occurred_at < %(starts)s) as before,
  count(p.id) filter (where p.occurred_at >= %(starts)s and p.gifts @> %(gift)s::jsonb) as lifted
from reached r join programs_purchase p
  on p.member_id = r.member_id and p.program_id = %(program)s
  and p.occurred_at >= %(before)s and p.occurred_at < %(ends)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What a campaign did. `purchases` are those for which it gave something. `purchases_during` and
    `purchases_before` are all purchases of the members reached, in its time and in the equally long time before it;
    the rates are these for each member and week, as decimal texts (nothing where no time has passed or nobody was
    reached), `lift` how much more, of the rate before (nothing where there was none)."""

    points_given: int
    times: int
    budget_points: int | None
    budget_left: int | None
    members_reached: int
    purchases: int
    purchases_during: int
    purchases_before: int
    weekly_during: str | None
    weekly_before: str | None
    lift: str | None
    starts_at: datetime | None
    ends_at: datetime | None


def metrics_of(campaign: Campaign) -> Metrics:
    """What the campaign has given and done until now."""
    counter = {"program": campaign.program_id, "scope": "campaign", "owner": campaign.key, "period": "ever"}
    given = LimitCounter.objects.filter(**counter, subject="", since="").first()
    points, times = (given.points, given.times) if given else (0, 0)
    starts, ends = time_of(campaign, clock.now())
    found = _bought(campaign, starts, ends) if starts else {"members": 0, "during": 0, "before": 0, "lifted": 0}
    during, before = (_weekly(found[name], found["members"], starts, ends) for name in ("during", "before"))
    return Metrics(
        points_given=points,
        times=times,
        budget_points=campaign.budget_points,
        budget_left=None if campaign.budget_points is None else max(0, campaign.budget_points - points),
        members_reached=found["members"],
        purchases=found["lifted"],
        purchases_during=found["during"],
        purchases_before=found["before"],
        weekly_during=_decimal(during),
        weekly_before=_decimal(before),
        lift=_decimal((during - before) / before) if during is not None and before else None,
        starts_at=starts,
        ends_at=ends,
    )


def time_of(campaign: Campaign, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From when until when it gave, or has been giving so far; nothing where it has not begun."""
    if campaign.activated_at is None:
        return None, None
    # Purchases may be told late: what it gave for is counted from its own beginning, where it has one.
    starts = campaign.starts_at or campaign.activated_at
    ends = min(moment for moment in (now, campaign.ends_at, campaign.ended_at) if moment)
    return (starts, ends) if starts < ends else (None, None)


def _bought(campaign: Campaign, starts: datetime, ends: datetime) -> dict:
    asked = {
        "program": campaign.program_id,
        "share": WITHIN + campaign.key,
        # Keys are made of letters, digits, - and _, so nothing has to be escaped.
        "gift": f'[{{"campaign": "{campaign.key}"}}]',
        "starts": starts,
        "ends": ends,
        "before": starts - (ends - starts),
    }
    return rows(BOUGHT, asked)[0]


def _weekly(purchases: int, members: int, starts: datetime | None, ends: datetime | None) -> Fraction | None:
    if starts is None or ends is None or not members:
        return None
    seconds = Fraction((ends - starts).days * 86_400 + (ends - starts).seconds)
    return Fraction(purchases * WEEK_SECONDS) / (members * seconds) if seconds else None


def _decimal(value: Fraction | None) -> str | None:
    """An exact number as a decimal text of four digits, rounded half to even."""
    if value is None:
        return None
    return format(Decimal(round(value * 10_000)).scaleb(-4), "f")
