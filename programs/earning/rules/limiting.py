"""How limits cut what a rule gives: what they leave is found before anything is counted."""

from collections.abc import Iterable, Mapping

from programs.earning.rules.compiled import Compiled, Part
from programs.earning.rules.counting import Counter, Tally, Used, since
from programs.earning.rules.happening import Seen
from programs.earning.rules.model import Limit
from programs.earning.rules.sentences import bound

NOTHING = Used()


class Limits:
    """How much of each counter was used before a decision, and what the decision adds."""

    __slots__ = ("_since", "added", "before", "seen")

    def __init__(self, seen: Seen, before: Mapping[Counter, Used]):
        self.seen, self.before = seen, before
        self.added: dict[Counter, Used] = {}
        self._since: dict[str, str] = {}

    def counter(self, tally: Tally, receiver: str) -> Counter:
        """The tally's counter of this happening, where it is for this receiver."""
        if tally.scope == "member" or (tally.scope == "recipient" and receiver == "member"):
            subject = self.seen.member.id
        else:
            subject = self.seen.member.referrer_id if tally.scope == "recipient" else ""
        start = self._since.get(tally.period)
        if start is None:
            start = self._since[tally.period] = since(tally.period, self.seen.local.date())
        return Counter(tally.scope, tally.owner, subject, tally.period, start)

    def so_far(self, counter: Counter) -> tuple[int, int]:
        """Points and times, this decision's counted."""
        before, added = self.before.get(counter, NOTHING), self.added.get(counter, NOTHING)
        return before[0] + added[0], before[1] + added[1]

    def used_up(self, one: Compiled) -> Limit | None:
        """The limit of times that leaves the rule none, whoever receives."""
        for tally in one.tallies:
            if tally.times and tally.scope != "recipient":
                times = self.so_far(self.counter(tally, "member"))[1]
                for limit in tally.times:
                    if times >= limit.times:
                        return limit
        return None

    def rooms(self, one: Compiled) -> "Rooms":
        """What is left for one rule."""
        return Rooms(self, one)

    def add(self, counted: Iterable[tuple[Counter, int, int]]) -> None:
        """Counts what a gift adds."""
        for counter, points, times in counted:
            before = self.added.get(counter, NOTHING)
            self.added[counter] = Used(before[0] + points, before[1] + times)


class Rooms:
    """What limits leave for the effects of one rule, one after the other."""

    __slots__ = ("_counters", "_points", "_tallies", "limits")

    def __init__(self, limits: Limits, one: Compiled):
        self.limits, self._tallies = limits, one.tallies
        self._counters: dict[str, list[tuple[Tally, Counter]]] = {}
        # What the rule's own effects before this one add; a counter that is there has its time counted.
        self._points: dict[Counter, int] = {}

    def leave(self, part: Part, due: int) -> tuple[int, Limit | None, bool]:
        """How much of what is due is left, by which limit it is less, and whether that takes all of the rule. Limits
        that cut go first; others refuse what then is too much. One of a receiver concerns no other receiver."""
        left, by = due, None
        places = self._places(part.effect.to)
        for tally, counter in places:
            if tally.times and tally.scope == "recipient":
                times = self.limits.so_far(counter)[1]
                for limit in tally.times:
                    if times >= limit.times:
                        return 0, limit, False
            if part.is_points and tally.cuts:
                used = self._used(counter)
                for limit in tally.cuts:
                    room = max(0, limit.points - used)
                    if room < left:
                        left, by = room, limit
        if part.is_points and left:
            for tally, counter in places:
                for limit in tally.rejects:
                    if limit.points - self._used(counter) < left:
                        return 0, limit, tally.scope != "recipient"
        return left, by, False

    def counted(self, part: Part, points: int) -> tuple[tuple[Counter, int, int], ...]:
        """What a gift of so many points adds to which counters."""
        points = points if part.is_points else 0
        found = []
        for _, counter in self._places(part.effect.to):
            before = self._points.get(counter)
            found.append((counter, points, int(before is None)))
            self._points[counter] = (before or 0) + points
        return tuple(found)

    def _used(self, counter: Counter) -> int:
        return self.limits.so_far(counter)[0] + self._points.get(counter, 0)

    def _places(self, receiver: str) -> list[tuple[Tally, Counter]]:
        found = self._counters.get(receiver)
        if found is None:
            found = self._counters[receiver] = [
                (tally, self.limits.counter(tally, receiver)) for tally in self._tallies
            ]
        return found


def said_limit(limit: Limit) -> str:
    """A limit in a reason."""
    return f"the limit of {bound(limit)}"
