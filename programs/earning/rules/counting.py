"""What limits count: counters, whose they are and since when, and which of them a rule adds to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import NamedTuple

from programs.earning.rules.model import Campaign, Limit, Rule

SHARED = ("program", "campaign")
# What a member has of a campaign is counted under this and the campaign's key; no rule can have such a key.
WITHIN = "campaign:"


class Counter(NamedTuple):
    """What a limit counts: whose (a member's id, or nothing for all), under which rule or campaign, since when."""

    scope: str
    owner: str
    subject: str
    period: str
    since: str


class Used(NamedTuple):
    """How much of a counter is used."""

    points: int = 0
    times: int = 0


counter_of = partial(tuple.__new__, Counter)
used_of = partial(tuple.__new__, Used)
"""Both are made of all of their parts, in order, in half the time."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tally:
    """One counter that a rule adds to, but for whose it is, and what bounds it: limits of times, and of points those
    that cut before those that reject. `only` is the counter itself where all members share it, for ever."""

    scope: str
    owner: str
    period: str
    times: tuple[Limit, ...]
    cuts: tuple[Limit, ...]
    rejects: tuple[Limit, ...]
    only: Counter | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether it has to be known before the rule gives."""
        return bool(self.times or self.cuts or self.rejects)


def tallies(rule: Rule, campaign: Campaign | None, shared: Iterable[Limit] = ()) -> tuple[Tally, ...]:
    """Every counter that the rule adds to; one of a campaign adds to the campaign's and to the member's share of it,
    whether they are bounded or not. `shared` are the limits of scope "campaign" that any rule of the campaign has:
    they bound what all of them give together."""
    found: dict[tuple[str, str, str], list[Limit]] = {}
    for limit in rule.limits:
        if limit.scope != "campaign":
            found.setdefault((limit.scope, rule.key, limit.period), []).append(limit)
    for limit in shared:
        found.setdefault(("campaign", rule.campaign, limit.period), []).append(limit)
    if campaign:
        budget = found.setdefault(("campaign", campaign.key, "ever"), [])
        budget += _bounds("campaign", campaign, campaign.points, campaign.times)
        share = found.setdefault(("member", WITHIN + campaign.key, "ever"), [])
        share += _bounds("member", campaign, campaign.member_points, campaign.member_times)
    return tuple(
        Tally(
            scope=scope, owner=owner, period=period,
            times=tuple(one for one in limits if one.times is not None),
            cuts=tuple(one for one in limits if one.points is not None and one.truncate),
            rejects=tuple(one for one in limits if one.points is not None and not one.truncate),
            only=Counter(scope, owner, "", period, "") if scope in SHARED and period == "ever" else None,
        )
        for (scope, owner, period), limits in found.items()
    )  # fmt: skip


def _bounds(scope: str, campaign: Campaign, points: int | None, times: int | None) -> Iterable[Limit]:
    for bound in ({"points": points}, {"times": times}):
        if None not in bound.values():
            yield Limit(scope=scope, period="ever", truncate=campaign.truncate, **bound)


@lru_cache(maxsize=4096)
def since(period: str, day: date) -> str:
    """The first day of the period in which the day lies."""
    match period:
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
        case "year":
            day = day.replace(month=1, day=1)
        case "ever":
            return ""
    return day.isoformat()
