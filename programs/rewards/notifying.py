"""What members are told of points, tiers, vouchers and campaigns: which events become messages, with which ids and
figures, and what their names stand for when a message is written."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.delivery.notifications.kinds import Asked, Due, Kind, register, withholds
from loyalty.delivery.notifications.models import Channel
from loyalty.events.models import Event
from programs.activity.campaign_audience import tell_audience
from programs.earning.models import Campaign
from programs.membership.models import Membership, Program, Tier
from programs.rewards.models import Reward, Voucher

PROGRAM = {"program": "The program's name", "unit": "What its points are called"}
POINTS = {**PROGRAM, "points": "How many points"}
BALANCE = {**POINTS, "balance": "How many the member has after that"}
EXPIRES = "The day from which on they are gone, by the program's calendar"
QUIETER = frozenset({Channel.PUSH, Channel.INBOX})
EXAMPLE = {"program": "Bean Club", "unit": "beans"}
NEW_YEAR = date(2027, 1, 1)


def of_points(events: Sequence[Event]) -> Mapping[UUID, Due]:
    """Points that came to a member who takes part."""
    there = _taking_part(events)
    return {
        event.event_id: Due(facts=_facts(event, "points", balance="balance_after"))
        for event in events
        if (event.program_id, event.member_id) in there and event.data.get("points", 0) > 0
    }


def of_expiring(events: Sequence[Event]) -> Mapping[UUID, Due]:
    """Points that go soon."""
    there = _taking_part(events)
    return {
        event.event_id: Due(facts=_facts(event, "points", "expires_at"))
        for event in events
        if (event.program_id, event.member_id) in there
    }


def of_tiers_up(events: Sequence[Event]) -> Mapping[UUID, Due]:
    """Members who rose."""
    return _of_tiers(events, is_up=True)


def of_tiers_down(events: Sequence[Event]) -> Mapping[UUID, Due]:
    """Members who fell."""
    return _of_tiers(events, is_up=False)


def of_tiers_ending(events: Sequence[Event]) -> Mapping[UUID, Due]:
    """Members whose tier ends soon."""
    there = _taking_part(events)
    return {
        event.event_id: Due(facts=_facts(event, tier="tier", tier_next="next", expires_at="ends_at"))
        for event in events
        if (event.program_id, event.member_id) in there
    }


def of_vouchers(events: Sequence[Event]) -> Mapping[UUID, Due]:
    """Vouchers that a member was given, or claimed, or that expire. Those of nobody are told to nobody."""
    there = _taking_part(events)
    return {
        event.event_id: Due(facts=_facts(event, "reward_id", "expires_at") | {"voucher_id": str(event.aggregate_id)})
        for event in events
        if event.member_id and (event.program_id is None or (event.program_id, event.member_id) in there)
    }


def of_campaigns(events: Sequence[Event]) -> Mapping[UUID, Due]:
    """Campaigns that were activated, once their time begins."""
    found = Campaign.objects.filter(id__in=[event.aggregate_id for event in events]).in_bulk()
    return {
        event.event_id: Due(
            facts={"program_id": str(event.program_id), "campaign_id": str(event.aggregate_id)},
            not_before=found[event.aggregate_id].starts_at,
        )
        for event in events
        if event.aggregate_id in found
    }


class Names:
    """The programs, tiers, rewards and campaigns that some messages speak of, read at once."""

    def __init__(self, asked: Iterable[Asked]):
        facts = [one.facts for one in asked]
        programs = Program.objects.filter(id__in=_ids(facts, "program_id")).select_related("unit")
        self.programs = {str(one.id): one for one in programs}
        tiers = Tier.objects.filter(program__in=programs) if any("tier" in one for one in facts) else ()
        self.tiers = {(str(one.program_id), one.code): one.name for one in tiers}
        rewards = Reward.objects.filter(id__in=ids) if (ids := _ids(facts, "reward_id")) else ()
        self.rewards = {str(one.id): one.name for one in rewards}
        campaigns = Campaign.objects.filter(id__in=ids) if (ids := _ids(facts, "campaign_id")) else ()
        self.campaigns = {str(one.id): one for one in campaigns}

    def values(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What all names of all kinds stand for, as far as the facts say."""
        program = self.programs.get(facts.get("program_id"))
        campaign = self.campaigns.get(facts.get("campaign_id"))
        zone = ZoneInfo(program.timezone) if program else UTC
        ends = campaign.ends_at.isoformat() if campaign and campaign.ends_at else None
        said = {
            "program": program.name if program else "",
            "unit": program.unit.name if program else "",
            "reward": self.rewards.get(facts.get("reward_id"), ""),
            "campaign": campaign.name if campaign else "",
            "expires_on": _day(facts.get("expires_at") or ends, zone),
        }
        said |= {name: _points(facts[name], program) for name in ("points", "balance") if name in facts}
        for name in ("tier", "tier_before", "tier_next"):
            code = facts.get(name)
            said[name] = self.tiers.get((facts.get("program_id"), code), code or "-")
        return said


def words(asked: Sequence[Asked]) -> list[Mapping[str, Any]]:
    """What the names of each message stand for. Four queries at most."""
    names = Names(asked)
    return [names.values(one.facts) for one in asked]


@withholds
def of_suspended(asked: Sequence[Asked]) -> list[str]:
    """Members whose part in the program is suspended or ended, and vouchers that cannot be used any more, are not told
    of."""
    pairs = [(one.facts.get("program_id"), one.member_id) for one in asked]
    there = _memberships({pair[0] for pair in pairs if pair[0]}, {one.member_id for one in asked})
    vouchers = Voucher.objects.filter(id__in=_ids([one.facts for one in asked], "voucher_id"))
    usable = {
        str(voucher) for voucher in vouchers.filter(status__in=["issued", "claimed"]).values_list("id", flat=True)
    }
    return [
        "not-taking-part"
        if program and (UUID(program), member) not in there
        else "voucher-used"
        if "voucher_id" in one.facts and one.facts["voucher_id"] not in usable
        else ""
        for one, (program, member) in zip(asked, pairs, strict=True)
    ]


def _of_tiers(events: Sequence[Event], *, is_up: bool) -> Mapping[UUID, Due]:
    there = _taking_part(events)
    tiers = Tier.objects.filter(program__in={event.program_id for event in events})
    bounds = {(one.program_id, one.code): one.points_min for one in tiers}

    def bound(event: Event, name: str) -> int:
        return bounds.get((event.program_id, event.data.get(name)), -1)

    return {
        event.event_id: Due(facts=_facts(event, tier="after", tier_before="before"))
        for event in events
        if (event.program_id, event.member_id) in there and (bound(event, "after") > bound(event, "before")) is is_up
    }


def _taking_part(events: Sequence[Event]) -> set[tuple[UUID, UUID]]:
    return _memberships({event.program_id for event in events}, {event.member_id for event in events})


def _memberships(programs: Iterable, members: Iterable) -> set[tuple[UUID, UUID]]:
    """Who takes part in what, as (program, member), and is not suspended."""
    found = Membership.objects.filter(program__in=set(programs) - {None}, member__in=set(members) - {None})
    return set(found.filter(status=Membership.Status.ACTIVE).values_list("program_id", "member_id"))


def _facts(event: Event, *names: str, **renamed: str) -> dict[str, Any]:
    """Ids and figures of the event's data."""
    named = {name: name for name in names} | renamed
    facts = {name: event.data.get(key) for name, key in named.items()}
    return facts | ({"program_id": str(event.program_id)} if event.program_id else {})


def _ids(facts: Iterable[Mapping[str, Any]], name: str) -> set[str]:
    return {one[name] for one in facts if one.get(name)}


def _points(points: int | None, program: Program | None) -> Decimal:
    return Decimal(points or 0).scaleb(-program.unit.decimal_places if program else 0)


def _day(moment: str | None, zone) -> date | None:
    return datetime.fromisoformat(moment).astimezone(zone).date() if moment else None


def _kind(name: str, title: str, description: str, told, names: Mapping, examples: Mapping, **more) -> None:
    events = more.pop("events", (name,))
    register(
        Kind(
            name=name, events=events, title=title, description=description, told=told, words=words,
            names={**PROGRAM, **names}, examples={**EXAMPLE, **examples}, **more,
        )
    )  # fmt: skip


_TIER = {"tier": "The tier that the member has now", "tier_before": "The one before"}
_VOUCHER = {"reward": "What the voucher is for", "expires_on": "The day on which it ends; empty: never"}

_kind(
    "points.earned", "Points earned", "After each purchase that gave points. A service message; by e-mail only where "
    "you have a template.", of_points, BALANCE, {"points": 25, "balance": 1250}, usual=QUIETER,
)  # fmt: skip
_kind(
    "points.expiring", "Points expire soon", "As many days before as the program says. A service message.", of_expiring,
    {**POINTS, "expires_on": EXPIRES}, {"points": 300, "expires_on": NEW_YEAR},
)  # fmt: skip
_kind(
    "points.received", "Points given by another member", "A gift has come. A service message.", of_points, BALANCE,
    {"points": 100, "balance": 1350},
)  # fmt: skip
_kind(
    "points.exchanged", "Points exchanged", "An exchange is done. A service message.", of_points, BALANCE,
    {"points": 500, "balance": 1750}, events=("points.exchanged_in",),
)  # fmt: skip
_kind(
    "tier.up", "Tier reached", "The member rose to a higher tier. A service message.", of_tiers_up, _TIER,
    {"tier": "Gold", "tier_before": "Silver"}, events=("tier.changed",),
)  # fmt: skip
_kind(
    "tier.down", "Tier lost", "The member is in a lower tier now. A service message.", of_tiers_down, _TIER,
    {"tier": "Silver", "tier_before": "Gold"}, events=("tier.changed",),
)  # fmt: skip
_kind(
    "tier.ending", "Tier ends soon", "As many days before as the program says. A service message.", of_tiers_ending,
    {"tier": "The tier that ends", "tier_next": "The one after it", "expires_on": "The day on which it ends"},
    {"tier": "Gold", "tier_next": "Silver", "expires_on": NEW_YEAR},
)  # fmt: skip
_kind(
    "voucher.issued", "Voucher issued", "The member was given a voucher, or claimed one. A service message.",
    of_vouchers,
    _VOUCHER, {"reward": "Free coffee", "expires_on": NEW_YEAR}, events=("voucher.issued", "voucher.claimed"),
)  # fmt: skip
_kind(
    "voucher.expiring", "Voucher expires soon", "A week before an unused voucher ends. A service message.", of_vouchers,
    _VOUCHER, {"reward": "Free coffee", "expires_on": NEW_YEAR},
)  # fmt: skip
_kind(
    "campaign.started", "Campaign started", "When a campaign begins, to the members of its audience who consented to "
    "marketing. A promotional message.", of_campaigns,
    {"campaign": "The campaign's name", "expires_on": "The day on which it ends; empty: not said"},
    {"campaign": "Double beans week", "expires_on": NEW_YEAR}, events=("campaign.activated",), audience=tell_audience,
    is_promotional=True,
)  # fmt: skip
