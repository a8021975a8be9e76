"""Goals that all members of a program reach together: how far they are, when one is reached, and what each who took
part gets then. What a campaign's own rules give is decided elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from django.db import connection, transaction

from ledger.posting import Move, post
from loyalty import clock, sql
from loyalty.events import log
from loyalty.http.money import from_minor
from programs.activity.points import fingerprint_of
from programs.activity.records import written
from programs.earning.lifetimes import LifeTerms, extension, life_of
from programs.earning.models import Campaign
from programs.membership.models import Program

CHUNK = 500
ACTOR = "system:goals"
RULE_ID = "goal"
SHARE = Decimal("0.0001")

# Purchases that are worth nothing, were reversed or came back whole do not count, nor does of others what came back.
COUNTED = """
with undone as materialized (
  select e.public_id from ledger_posting r join ledger_posting e on e.id = r.reverses_id
  join programs_program p on p.unit_id = r.unit_id
  where r.kind = 'reverse' and p.id = %(program)s
), bought as materialized (
  select u.member_id, u.occurred_at, case %(metric)s
      when 'purchases' then 1
      when 'spend' then u.amount_minor - u.refunded_minor
      when 'points' then coalesce((
        select sum(l.points - l.returned) from ledger_posting g join ledger_lot l on l.posting_id = g.id
        where g.public_id = u.id), 0)
      else (row_number() over (partition by u.member_id order by u.occurred_at, u.id) = 1)::int
    end as adds, u.id
  from programs_purchase u
  where u.program_id = %(program)s and u.occurred_at >= %(since)s and u.occurred_at < %(until)s
    and u.occurred_at <= %(at)s and u.amount_minor > u.refunded_minor
    and u.id not in (select public_id from undone)
)
"""
PROGRESS = f"""{COUNTED}, total as materialized (
  select coalesce(sum(adds), 0)::bigint as value, count(distinct member_id) as participants from bought
)
select value, participants, (
  select min(occurred_at) from (
    select occurred_at, sum(adds) over (order by occurred_at, id) as upto from bought
  ) running where upto >= %(target)s and (select value from total) >= %(target)s
) as reached_at
from total
"""
TOOK_PART = f"""{COUNTED}
select s.member_id, s.account_id from (select distinct member_id from bought) b
join programs_membership s on s.program_id = %(program)s and s.member_id = b.member_id and s.status = 'active'
order by s.member_id
"""
WATCHED = """
select c.id from programs_campaign c
where c.goal_metric <> '' and c.goal_paid_at is null and c.activated_at is not null
  and (c.goal_missed_at is null or c.goal_missed_at < least(c.ends_at, c.ended_at))
  and c.status in ('active', 'ended') order by c.activated_at, c.id
"""
RAISE_TIERS = "select programs_raise_tiers(%s::bigint[], %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalProgress:
    """How far all are together. `value` and `target` count what the goal counts, money in minor units; `share` is at
    most 1, rounded down; `reached_at` is when the purchase happened that reached it; `participants` are the members who
    took part up to then."""

    value: int
    target: int
    share: Decimal
    reached_at: datetime | None
    participants: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of looking at the goals."""

    reached: int = 0
    missed: int = 0
    paid: int = 0
    """Members who got their points."""


def goal_progress(campaign: Campaign, at: datetime) -> GoalProgress:
    """How far the campaign's goal is, as of `at`, by what was bought from its start to its end. Once it was reached it
    stays so, whatever comes back. One query, for a campaign that has a goal."""
    (row,) = sql.rows(PROGRESS, _asked(campaign, at))
    reached_at = campaign.goal_reached_at or row["reached_at"]
    share = Decimal(1) if reached_at else min(Decimal(1), Decimal(row["value"]) / campaign.goal_target)
    return GoalProgress(
        value=row["value"],
        target=campaign.goal_target,
        share=share.quantize(SHARE, ROUND_DOWN),
        reached_at=reached_at,
        participants=row["participants"],
    )


def watch_goals(*, at: datetime | None = None, progress: Callable[[int], None] = lambda paid: None) -> Watched:
    """Looks at every goal that is open: fixes when it was reached and pays who took part, or, when its time is over,
    says that it was missed. Ended anywhere and done again, each is told once and each member paid once."""
    at = at or clock.now()
    done = Watched()
    for (campaign_id,) in _rows(WATCHED):
        campaign = Campaign.objects.select_related("program").get(pk=campaign_id)
        was_reached, was_missed = campaign.goal_reached_at is not None, campaign.goal_missed_at
        if not was_reached:
            _settle(campaign, at)
        paid = _pay(campaign, at, progress) if campaign.goal_reached_at else 0
        done = Watched(
            done.reached + (campaign.goal_reached_at is not None and not was_reached),
            done.missed + (campaign.goal_missed_at not in (None, was_missed)),
            done.paid + paid,
        )
    return done


def goal_in_words(campaign: Campaign) -> str:
    """What all are to reach: "10,000 purchases"."""
    target, metric = campaign.goal_target, Campaign.GoalMetric
    if campaign.goal_metric == metric.SPEND:
        currency = campaign.program.money_currency
        return f"{from_minor(target, currency)} {currency} spent"
    words = {
        metric.PURCHASES: ("purchase", "purchases"),
        metric.POINTS: ("point", "points"),
        metric.MEMBERS: ("member who bought", "members who bought"),
    }
    one, many = words[campaign.goal_metric]
    return f"{target:,} {one if target == 1 else many}"


def window_of(campaign: Campaign) -> tuple[datetime | None, datetime | None]:
    """From when to when what is bought counts: from its start (or when it was activated) to its end, by its plan or by
    hand, whichever came first; None: not yet, or no end."""
    ends = [moment for moment in (campaign.ends_at, campaign.ended_at) if moment]
    return campaign.starts_at or campaign.activated_at, min(ends) if ends else None


def _asked(campaign: Campaign, at: datetime) -> dict:
    since, until = window_of(campaign)
    if campaign.goal_reached_at:
        at = min(at, campaign.goal_reached_at)
    return {
        "program": campaign.program_id,
        "metric": campaign.goal_metric,
        "target": campaign.goal_target,
        "since": since or clock.now(),
        "until": until or "infinity",
        "at": at,
    }


def _settle(campaign: Campaign, at: datetime) -> None:
    """Fixes that the goal was reached, or that its time is over without; whoever else does so at once comes second."""
    found = goal_progress(campaign, at)
    _, until = window_of(campaign)
    is_over = campaign.status == Campaign.Status.ENDED or (until is not None and at >= until)
    if not found.reached_at and not is_over:
        return
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        # A campaign that was given a later end has another try.
        is_told = locked.goal_missed_at and (until is None or locked.goal_missed_at >= until)
        if locked.goal_reached_at or (is_told and not found.reached_at):
            return
        locked.goal_reached_at, locked.goal_missed_at = found.reached_at, None
        if not found.reached_at:
            # Never before the end, which may be a moment younger than this look.
            locked.goal_missed_at = max(at, until or at)
        locked.save(update_fields=["goal_reached_at", "goal_missed_at"])
        told = {"value": found.value, "target": found.target, "metric": str(campaign.goal_metric)}
        if found.reached_at:
            told |= {"reached_at": written(found.reached_at), "participants": found.participants}
        _record("campaign.goal_reached" if found.reached_at else "campaign.goal_missed", campaign, told)
    campaign.goal_reached_at, campaign.goal_missed_at = locked.goal_reached_at, locked.goal_missed_at


def _pay(campaign: Campaign, at: datetime, progress: Callable[[int], None]) -> int:
    """Pays who took part and writes down that all are paid; answers how many were, those of an earlier run too."""
    members = _rows(TOOK_PART, _asked(campaign, at))
    paid = 0
    for first in range(0, len(members), CHUNK):
        paid += _pay_chunk(campaign, members[first : first + CHUNK])
        progress(paid)
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        if locked.goal_paid_at is None:
            locked.goal_paid_at = clock.now()
            locked.save(update_fields=["goal_paid_at"])
            _record("campaign.goal_paid", campaign, {"members": paid, "points": paid * campaign.goal_points})
    return paid


@transaction.atomic
def _pay_chunk(campaign: Campaign, members: Sequence[tuple[UUID, int]]) -> int:
    now = clock.now()
    posted = post([_move(campaign, campaign.program, member_id, account_id, now) for member_id, account_id in members])
    accounts = sorted(answer.account_id for answer in posted if answer.outcome == "posted")
    if accounts:
        with connection.cursor() as cursor:
            cursor.execute(RAISE_TIERS, [accounts, now])
    return sum(answer.is_done for answer in posted)


def _move(campaign: Campaign, program: Program, member_id: UUID, account_id: int, now: datetime) -> Move:
    # Nothing is left to wait for: what others do cannot take it back.
    begins, ends = life_of(LifeTerms.of(program), now, pending_days=0)
    line = {
        "rule_id": RULE_ID,
        "rule": campaign.name,
        "campaign_id": str(campaign.id),
        "points": campaign.goal_points,
        "reason": f"all together reached {goal_in_words(campaign)}",
    }
    data = {"breakdown": [line], "campaign_ids": [str(campaign.id)]}
    return Move(
        kind="earn",
        account_id=account_id,
        key=f"goal:{campaign.id}:{member_id}",
        fingerprint=fingerprint_of("goal", campaign.id, member_id),
        actor=ACTOR,
        points=campaign.goal_points,
        at=now,
        available_at=begins,
        expires_at=ends,
        extend_to=extension(LifeTerms.of(program), now),
        program_id=program.id,
        data=data | ({"expires_at": written(ends)} if ends else {}),
    )


def _record(type_: str, campaign: Campaign, data: dict) -> None:
    log.record(
        type_,
        brand_id=campaign.program.brand_id,
        aggregate_id=campaign.id,
        program_id=campaign.program_id,
        data={"campaign": campaign.key, "actor": ACTOR} | data,
    )


def _rows(query: str, params: dict | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()
