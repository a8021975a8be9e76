"""What campaigns have given, for the rows of a list: counted for all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from programs.earning.models import Campaign, LimitCounter
from programs.earning.rules.counting import WITHIN


@dataclass(frozen=True, slots=True)
class Meter:
    """Points given, times given, and members that got something."""

    points: int = 0
    times: int = 0
    members: int = 0
    budget: int | None = None

    @property
    def left(self) -> int | None:
        """Points of the budget that are left; nothing where there is none."""
        return None if self.budget is None else max(0, self.budget - self.points)

    @property
    def per_cent_left(self) -> int:
        """How much of the budget is left."""
        return 100 * self.left // self.budget if self.budget else 0


def meters_of(campaigns: Iterable[Campaign]) -> dict:
    """A meter for each campaign by its id, in two queries for any number of them."""
    campaigns = list(campaigns)
    if not campaigns:
        return {}
    programs = {one.program_id for one in campaigns}
    ever = LimitCounter.objects.filter(program__in=programs, period="ever", since="")
    given = {
        (one.program_id, one.owner): one
        for one in ever.filter(scope="campaign", subject="", owner__in={one.key for one in campaigns})
    }
    shares = ever.filter(scope="member", owner__in={WITHIN + one.key for one in campaigns})
    reached = shares.values_list("program_id", "owner").annotate(
        members=Count("id", filter=Q(times__gt=0)), times=Sum("times")
    )
    members = {(program, owner): count for program, owner, count, _times in reached}
    found = {}
    for one in campaigns:
        counter = given.get((one.program_id, one.key))
        found[one.pk] = Meter(
            points=counter.points if counter else 0,
            times=counter.times if counter else 0,
            members=members.get((one.program_id, WITHIN + one.key), 0),
            budget=one.budget_points,
        )
    return found
