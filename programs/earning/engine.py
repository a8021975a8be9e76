"""How what happened becomes points in lots: the rules' verdict as lines and lots, and what has to be kept of it for
taking back. Pure: no database and no clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loyalty.errors import LoyaltyError
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.counting import Counter, Used
from programs.earning.rules.deciding import Gift, Verdict
from programs.earning.rules.deciding import decide as decide_by_rules
from programs.earning.rules.happening import Happening
from programs.earning.rules.model import Life

# The ledger's ceiling, told again here so that deciding needs no database.
POINTS_MAX = 9_000_000_000_000_000
MEMBER, REFERRER = "member", "referrer"

Lifetime = tuple[datetime, datetime | None]
"""From when on points count, and when they are gone (None: never)."""


class TooManyPoints(LoyaltyError):
    """The purchase would give more points than can be counted."""

    code = "too-many-points"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One rule's part in a decision: how many points and, as a sentence, why. `version` is that of the rule set
    ("5") or of the campaign ("c2") it stands in; the program's own rate has none."""

    rule_id: str
    rule: str
    points: int
    reason: str
    campaign_id: str | None = None
    version: str | None = None

    def as_dict(self) -> dict:
        """As it is stored with the posting and answered to a client; what there is not is left out."""
        said = {"rule_id": self.rule_id, "rule": self.rule, "points": self.points, "reason": self.reason}
        if self.campaign_id:
            said["campaign_id"] = self.campaign_id
        if self.version:
            said["version"] = self.version
        return said


@dataclass(frozen=True, slots=True)
class Portion:
    """Points that begin to count and lapse together."""

    points: int
    available_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one receiver gets: `points` is the sum of the lines, and of the lots."""

    points: int = 0
    lines: tuple[Line, ...] = ()
    lots: tuple[Portion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the rules of an edition are called outside of it: the version that each comes from, by its key, and the ids
    of campaigns by theirs."""

    versions: Mapping[str, str] = field(default_factory=dict)
    campaigns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What something gives: the member's share and the referrer's; `grants` are what is no points. `gifts` is what has
    to be kept of it to take it back, `counters` what it adds to limits with the most that may be there then."""

    own: Share
    referred: Share
    grants: tuple[dict, ...]
    gifts: tuple[dict, ...]
    counters: tuple[tuple, ...]
    available_at: datetime
    expires_at: datetime | None
    verdict: Verdict

    @property
    def points(self) -> int:
        """The member's points."""
        return self.own.points

    @property
    def breakdown(self) -> tuple[Line, ...]:
        """The member's lines."""
        return self.own.lines


def decide(
    snapshot: Snapshot,
    happening: Happening,
    used: Mapping[Counter, Used] | None = None,
    *,
    live: Callable[[Life], Lifetime],
    names: Names | None = None,
) -> Decision:
    """What the happening gives under the rules. `used` says how much of limits was used before, `live` when points with
    such a life begin and end. The same input always gives the same decision. Refusals: TooManyPoints."""
    verdict = decide_by_rules(snapshot, happening, used)
    names = names or Names()
    own, own_lots = _share(verdict, MEMBER, live, names)
    referred, referred_lots = _share(verdict, REFERRER, live, names)
    if max(own.points, referred.points) > POINTS_MAX:
        raise TooManyPoints(pointer="/amount", points_max=POINTS_MAX)
    begins, ends = (own.lots[0].available_at, own.lots[0].expires_at) if own.lots else live(Life())
    if len(own.lots) > 1:
        ends = min((lot.expires_at for lot in own.lots if lot.expires_at), default=None)
    lots = {MEMBER: own_lots, REFERRER: referred_lots}
    return Decision(
        own=own,
        referred=referred,
        grants=tuple(_grant(gift) for gift in verdict.gifts if not gift.is_points),
        gifts=tuple(_kept(gift, lots[gift.receiver]) for gift in verdict.gifts),
        counters=_counted(snapshot, verdict),
        available_at=begins,
        expires_at=ends,
        verdict=verdict,
    )


def _share(
    verdict: Verdict, receiver: str, live: Callable[[Life], Lifetime], names: Names
) -> tuple[Share, dict[Life, int]]:
    """A receiver's share, and which lot the points of each life are in. Lives that end alike share a lot."""
    gifts = [gift for gift in verdict.gifts if gift.is_points and gift.receiver == receiver]
    places: dict[Life, int] = {}
    points: dict[Lifetime, int] = {}
    for gift in gifts:
        lifetime = live(gift.life)
        points[lifetime] = points.get(lifetime, 0) + gift.points
        places[gift.life] = list(points).index(lifetime)
    lots = tuple(Portion(amount, *lifetime) for lifetime, amount in points.items())
    lines = tuple(_line(gift, names) for gift in gifts)
    return Share(points=sum(points.values()), lines=lines, lots=lots), places


def _line(gift: Gift, names: Names) -> Line:
    rule = gift.rule
    return Line(
        rule_id=rule.key,
        rule=rule.name,
        points=gift.points,
        reason=gift.reason,
        campaign_id=names.campaigns.get(rule.campaign) if rule.campaign else None,
        version=names.versions.get(rule.key),
    )


def _grant(gift: Gift) -> dict:
    return {"type": gift.effect.type, "code": gift.effect.code, "count": gift.points, "rule_id": gift.rule.key}


def _kept(gift: Gift, lots: Mapping[Life, int]) -> dict:
    """What taking a gift back needs to know; what goes without saying is left out."""
    rule = gift.rule
    kept: dict = {"rule": rule.key, "points": gift.points}
    if gift.is_points:
        if gift.receiver != MEMBER:
            kept["to"] = gift.receiver
        if lot := lots[gift.life]:
            kept["lot"] = lot
    else:
        kept |= {"type": gift.effect.type, "code": gift.effect.code}
    if rule.campaign:
        kept["campaign"] = rule.campaign
    if rule.on_return != "proportional":
        kept["on_return"] = rule.on_return
    if gift.lines is not None:
        kept["lines"] = gift.lines
    if gift.counted:
        kept["counted"] = [[*counter, points, times] for counter, points, times in gift.counted]
    return kept


def _counted(snapshot: Snapshot, verdict: Verdict) -> tuple[tuple, ...]:
    if not verdict.used:
        return ()
    bounds = snapshot.bounds
    return tuple(
        (*counter, added.points, added.times, *bounds.get((counter.scope, counter.owner, counter.period), (None, None)))
        for counter, added in verdict.used.items()
    )


def used_with(used: Mapping[Counter, Used], added: Mapping[Counter, Used]) -> dict[Counter, Used]:
    """How much of limits is used when so much is added."""
    both = dict(used)
    for counter, more in added.items():
        before = both.get(counter, Used())
        both[counter] = Used(before.points + more.points, before.times + more.times)
    return both


def is_plain(gifts: Sequence[dict]) -> bool:
    """Whether all there is to keep is that points were given in proportion to the whole purchase."""
    return all(gift.keys() <= {"rule", "points"} for gift in gifts) and len(gifts) <= 1
