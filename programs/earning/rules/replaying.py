"""What rules would have given for what happened, in its order, with the counters of their limits kept in memory; beside
it what others would have given. Pure: nothing is written anywhere."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from msgspec.structs import replace

from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.counting import Used, used_of
from programs.earning.rules.deciding import decide, still_holds
from programs.earning.rules.effects import OF_POINTS
from programs.earning.rules.giving import Gift
from programs.earning.rules.happening import Happening, Seen
from programs.earning.taking_back import CameBack, due_back, remaining

DECILES = 10
PROGRESS_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRule:
    """One rule over all that happened: how often it gave, how much to how many, what limits cut from it, and what is
    no points (`grants`). What the live rules give under the same key is told beside it."""

    key: str
    name: str
    times: int = 0
    points: int = 0
    members: int = 0
    cut: int = 0
    grants: int = 0
    cost_minor: int | None = None
    live_times: int = 0
    live_points: int = 0

    @property
    def difference(self) -> int:
        """How many points more than live."""
        return self.points - self.live_points


@dataclass(slots=True)
class OfMember:
    """One member over all that happened."""

    member: str
    purchases: int = 0
    spend_minor: int = 0
    points: int = 0
    live_points: int = 0

    @property
    def difference(self) -> int:
        """How many points more than live."""
        return self.points - self.live_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Decile:
    """A tenth of the members, the first is those who spend most."""

    number: int
    members: int
    spend_minor: int
    points: int
    live_points: int

    @property
    def difference(self) -> int:
        """How many points more than live."""
        return self.points - self.live_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a replay. Costs are in minor units, rounded down, and None where a point has no known value; live
    figures are 0 where there was nothing to compare with."""

    happenings: int
    points: int
    live_points: int
    cost_minor: int | None
    live_cost_minor: int | None
    rules: tuple[OfRule, ...]
    deciles: tuple[Decile, ...]
    members: Mapping[str, OfMember]
    most_affected: tuple[OfMember, ...]

    @property
    def difference(self) -> int:
        """How many points more than live."""
        return self.points - self.live_points


def replay(
    snapshot: Snapshot,
    happenings: Iterable[tuple[str, Happening]],
    *,
    live: Snapshot | None = None,
    point_value_minor: Fraction | int | None = None,
    progress: Callable[[int], None] | None = None,
    affected_max: int = 20,
) -> Report:
    """Decides about all that happened (with its reference, the earliest first), as if these had been the rules all the
    time. `progress` hears after every 500 and at the end how many are done."""
    replayed = Replay(snapshot, live=live)
    for _, happening in happenings:
        replayed.add(happening)
        if progress and not replayed.happenings % PROGRESS_EVERY:
            progress(replayed.happenings)
    if progress and replayed.happenings % PROGRESS_EVERY:
        progress(replayed.happenings)
    return replayed.report(point_value_minor=point_value_minor, affected_max=affected_max)


class Replay:
    """A replay that goes on from one happening to the next. Counters begin at nothing."""

    def __init__(self, snapshot: Snapshot, *, live: Snapshot | None = None):
        self.happenings = 0
        self._members: dict[str, OfMember] = {}
        self._draft = _Run(snapshot)
        self._live = _Run(live) if live else None
        self._is_one_zone = live is not None and live.zone == snapshot.zone

    def add(self, happening: Happening, came_back: CameBack | None = None) -> None:
        """The next thing that happened. What has come back of a purchase by now is taken back at once, as each rule
        says, points and limits, so that all is counted net."""
        self.happenings += 1
        one = self._of(happening.member.id)
        if happening.purchase:
            one.purchases += 1
            one.spend_minor += happening.purchase.amount_minor - (came_back.refunded_minor if came_back else 0)
        seen, referrer = self._draft.snapshot.see(happening), happening.member.referrer_id
        points, for_referrer = self._draft.decide(happening, seen, came_back)
        one.points += points
        if for_referrer:
            self._of(referrer).points += for_referrer
        if self._live:
            seen = seen if self._is_one_zone else self._live.snapshot.see(happening)
            points, for_referrer = self._live.decide(happening, seen, came_back)
            one.live_points += points
            if for_referrer:
                self._of(referrer).live_points += for_referrer

    def report(self, *, point_value_minor: Fraction | int | None = None, affected_max: int = 20) -> Report:
        """What came of it so far."""
        return _report(self.happenings, self._draft, self._live, self._members, point_value_minor, affected_max)

    def _of(self, member: str) -> OfMember:
        found = self._members.get(member)
        if found is None:
            found = self._members[member] = OfMember(member)
        return found


class _Given:
    """What one rule gave so far."""

    __slots__ = ("cut", "grants", "members", "points", "times")

    def __init__(self):
        self.times = self.points = self.cut = self.grants = 0
        self.members: set[str] = set()


class _Run:
    """A snapshot going through what happened, with its counters."""

    def __init__(self, snapshot: Snapshot):
        self.snapshot, self.used, self.points = snapshot, {}, 0
        self.by_rule: defaultdict[int, _Given] = defaultdict(_Given)

    def decide(self, happening: Happening, seen: Seen, came_back: CameBack | None) -> tuple[int, int]:
        """The points that it gives to the member and to who brought them, less what came back of them."""
        verdict = decide(self.snapshot, happening, self.used, seen=seen, reasons=False)
        used = self.used
        for counter, more in verdict.used.items():
            before = used.get(counter)
            used[counter] = used_of((before[0] + more[0], before[1] + more[1])) if before else more
        back = came_back if came_back and came_back.refunded_minor else None
        given = for_referrer = 0
        rule = None
        for gift in verdict.gifts:
            points = gift.points
            # The gifts of a rule follow one another.
            if gift.rule is not rule:
                rule = gift.rule
                of_rule = self.by_rule[rule.number]
                of_rule.times += 1
            is_members = gift.receiver == "member"
            of_rule.members.add(happening.member.id if is_members else happening.member.referrer_id)
            if gift.effect.type not in OF_POINTS:
                of_rule.grants += points
                continue
            if back:
                points -= self._taken_back(gift, happening, back)
            of_rule.points += points
            of_rule.cut += gift.cut
            if is_members:
                given += points
            else:
                for_referrer += points
        self.points += given + for_referrer
        return given, for_referrer

    def _holds(self, happening: Happening, rule: str, came: CameBack) -> bool:
        """Whether the rule's conditions hold of what is left of the purchase."""
        minor, items = remaining(came)
        left = replace(happening.purchase, amount_minor=minor, items=items)
        return still_holds(self.snapshot, rule, replace(happening, purchase=left))

    def _taken_back(self, gift: Gift, happening: Happening, back: CameBack) -> int:
        """How many of the gift's points came back; limits have room for them again."""
        rule, used = gift.rule, self.used
        holds = partial(self._holds, happening)
        taken = due_back(rule.key, gift.points, back, way=rule.on_return, lines=gift.lines, holds=holds)
        if not taken:
            return 0
        for counter, points, times in gift.counted:
            before = used[counter]
            times = times if taken == gift.points else 0
            used[counter] = Used(max(0, before[0] - min(taken, points)), max(0, before[1] - times))
        return taken


def _report(
    count: int, draft: _Run, live: _Run | None, members: dict[str, OfMember], value: Fraction | int | None, most: int
) -> Report:
    def cost(points: int) -> int | None:
        return None if value is None else int(points * Fraction(value))

    affected = sorted(
        (one for one in members.values() if one.difference), key=lambda one: (-abs(one.difference), one.member)
    )
    return Report(
        happenings=count,
        points=draft.points,
        live_points=live.points if live else 0,
        cost_minor=cost(draft.points),
        live_cost_minor=cost(live.points) if live else None,
        rules=_rules(draft, live, cost),
        deciles=_deciles(members.values()),
        members=members,
        most_affected=tuple(affected[:most]) if live else (),
    )


def _rules(draft: _Run, live: _Run | None, cost: Callable[[int], int | None]) -> tuple[OfRule, ...]:
    """Every rule of either, those of the draft first, in the order of their documents."""
    nothing, before = _Given(), {}
    names = {rule.key: rule.name for rule in draft.snapshot.rules.rules}
    if live:
        for rule in live.snapshot.rules.rules:
            before[rule.key] = live.by_rule.get(rule.number, nothing)
            names.setdefault(rule.key, rule.name)
    now = {rule.key: draft.by_rule.get(rule.number, nothing) for rule in draft.snapshot.rules.rules}
    found = []
    for key, name in names.items():
        one, other = now.get(key, nothing), before.get(key, nothing)
        found.append(
            OfRule(
                key=key, name=name, times=one.times, points=one.points, members=len(one.members), cut=one.cut,
                grants=one.grants, cost_minor=cost(one.points), live_times=other.times, live_points=other.points,
            )
        )  # fmt: skip
    return tuple(found)


def _deciles(members: Iterable[OfMember]) -> tuple[Decile, ...]:
    """Tenths of equal size, as near as the number of members allows; who spends the same is told apart by name."""
    ordered = sorted(members, key=lambda one: (-one.spend_minor, one.member))
    found = []
    for number in range(DECILES):
        part = ordered[len(ordered) * number // DECILES : len(ordered) * (number + 1) // DECILES]
        found.append(
            Decile(
                number=number + 1,
                members=len(part),
                spend_minor=sum(one.spend_minor for one in part),
                points=sum(one.points for one in part),
                live_points=sum(one.live_points for one in part),
            )
        )
    return tuple(found)
