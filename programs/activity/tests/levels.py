"""A program with levels for tests: who buys what when, what tier that makes, and what was written down of it."""

from datetime import UTC, datetime

from loyalty import clock
from loyalty.events.models import Event
from programs.activity.tests.tills import balance, earn, give_back
from programs.membership.assessing import reassess_tiers
from programs.membership.models import Membership, TierChange
from programs.membership.operations import update_program
from programs.membership.validity import TierTerms

LEVELS = [TierTerms("bronze", "Bronze", 0), TierTerms("silver", "Silver", 100), TierTerms("gold", "Gold", 200)]


def day(year: int, month: int = 1, date: int = 1, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(year, month, date, hour, minute, tzinfo=UTC)


def levels(program, tiers=LEVELS, **policy):
    """Gives the program these tiers and this policy."""
    return update_program(program, policy, tiers=tiers)


def joined(membership, at: datetime) -> None:
    Membership.objects.filter(pk=membership.pk).update(joined_at=at)


def buy(api, amount: str, at: datetime, **more) -> dict:
    with clock.at(at):
        return earn(api, amount, **more)


def bring_back(api, purchase: dict, at: datetime, **more) -> dict:
    with clock.at(at):
        return give_back(api, purchase["id"], **more)


def tier(api, at: datetime) -> str | None:
    """The tier as somebody reads it at that time, in the balance."""
    with clock.at(at):
        return balance(api)["tier"]


def assess(at: datetime, **asked):
    with clock.at(at):
        return reassess_tiers(at=at, **asked)


def changes(membership) -> list[tuple[str, str, str]]:
    """What the log of tiers says: from, to, why, in order."""
    log = TierChange.objects.filter(membership=membership).order_by("occurred_at", "recorded_at")
    return list(log.values_list("before", "after", "reason"))


def told(membership, type_: str = "tier.changed") -> list[dict]:
    """The data of the events of that type, in order; those of a membership have no gap in their numbers."""
    events = list(Event.objects.filter(aggregate_id=membership.pk).order_by("sequence"))
    first = events[0].sequence if events else 0
    assert [event.sequence for event in events] == list(range(first, first + len(events)))
    return [event.data for event in events if event.type == type_]
