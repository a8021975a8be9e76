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

    __slots__ = ("added", "before", "seen")

    def __init__(self, seen: Seen, before: Mapping[Counter, Used]):
        self.seen, self.before = seen, before
        self.added: dict[Counter, Used] = {}

    def counter(self, tally: Tally, receiver: str) -> Counter:
        """The tally's counter of this happening, where it is for this receiver."""
        scope, period = tally.scope, tally.period
        if scope == "member" or (scope == "recipient" and receiver == "member"):
            subject = self.seen.member.id
        else:
            subject = self.seen.member.referrer_id if scope == "recipient" else ""
        return Counter(scope, tally.owner, subject, period, "" if period == "ever" else since(period, self.seen.day))

    def add(self, counted: Iterable[tuple[Counter, int, int]]) -> None:
        """Counts what a gift adds."""
        added = self.added
        for counter, points, times in counted:
            before = added.get(counter)
            added[counter] = Used(before[0] + points, before[1] + times) if before else Used(points, times)


class Room:
    """A counter of one rule: what it had before this happening and has by now, and whether the rule's time is counted
    in it."""

    __slots__ = ("before", "counter", "is_counted", "points", "tally", "times")

    def __init__(self, tally: Tally, counter: Counter, limits: Limits):
        self.tally, self.counter, self.is_counted = tally, counter, False
        self.before, self.times = limits.before.get(counter, NOTHING)
        self.points = self.before
        if added := limits.added.get(counter):
            self.points += added[0]
            self.times += added[1]


class Rooms:
    """What limits leave for the effects of one rule, one after the other."""

    __slots__ = ("_by_receiver", "_tallies", "limits")

    def __init__(self, limits: Limits, one: Compiled):
        self.limits, self._tallies = limits, one.tallies
        self._by_receiver: dict[str, list[Room]] = {}

    def used_up(self) -> Limit | None:
        """The limit of times that leaves the rule none, whoever receives."""
        for room in self._rooms("member"):
            tally = room.tally
            if tally.times and tally.scope != "recipient":
                for limit in tally.times:
                    if room.times >= limit.times:
                        return limit
        return None

    def leave(self, part: Part, due: int) -> tuple[int, Limit | None, bool]:
        """How much of what is due is left, by which limit it is less, and whether that takes all of the rule. Limits
        that cut go first; others refuse what then is too much. One of a receiver concerns no other receiver."""
        left, by = due, None
        rooms = self._rooms(part.effect.to)
        for room in rooms:
            tally = room.tally
            if tally.times and tally.scope == "recipient":
                for limit in tally.times:
                    if room.times >= limit.times:
                        return 0, limit, False
            if part.is_points:
                for limit in tally.cuts:
                    if limit.points - room.points < left:
                        left, by = max(0, limit.points - room.points), limit
        if part.is_points and left:
            for room in rooms:
                for limit in room.tally.rejects:
                    if limit.points - room.points < left:
                        return 0, limit, room.tally.scope != "recipient"
        return left, by, False

    def alone(self, part: Part, due: int) -> int:
        """How much of what is due the limits that cut had left before this happening."""
        if not part.is_points:
            return due
        for room in self._rooms(part.effect.to):
            for limit in room.tally.cuts:
                due = min(due, limit.points - room.before)
        return max(0, due)

    def counted(self, part: Part, points: int) -> tuple[tuple[Counter, int, int], ...]:
        """What a gift of so many points adds to which counters."""
        points = points if part.is_points else 0
        found = []
        for room in self._rooms(part.effect.to):
            found.append((room.counter, points, 0 if room.is_counted else 1))
            room.is_counted = True
            room.points += points
        return tuple(found)

    def _rooms(self, receiver: str) -> list[Room]:
        found = self._by_receiver.get(receiver)
        if found is None:
            # Another receiver may count in the same counters.
            rooms = self._by_receiver
            others = {room.counter: room for one in rooms.values() for room in one} if rooms else {}
            found = self._by_receiver[receiver] = []
            for tally in self._tallies:
                counter = self.limits.counter(tally, receiver)
                found.append(others.get(counter) or Room(tally, counter, self.limits))
        return found


def said_limit(limit: Limit) -> str:
    """A limit in a reason."""
    return f"the limit of {bound(limit)}"
