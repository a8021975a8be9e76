"""How limits cut what a rule gives: what they leave is found before anything is counted."""

from collections.abc import Iterable, Mapping

from programs.earning.rules.compiled import Compiled, Part
from programs.earning.rules.counting import Counter, Tally, Used, counter_of, since, used_of
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
        if tally.only:
            return tally.only
        scope, period, seen = tally.scope, tally.period, self.seen
        if scope == "member" or (scope == "recipient" and receiver == "member"):
            subject = seen.member.id
        else:
            subject = seen.member.referrer_id if scope == "recipient" else ""
        start = "" if period == "ever" else since(period, seen.day)
        return counter_of((scope, tally.owner, subject, period, start))

    def add(self, counted: Iterable[tuple[Counter, int, int]]) -> None:
        """Counts what a gift adds."""
        added = self.added
        for counter, points, times in counted:
            before = added.get(counter)
            added[counter] = used_of((before[0] + points, before[1] + times) if before else (points, times))


class Room:
    """A counter of one rule: what it had before this happening and has by now, and whether the rule's time is counted
    in it."""

    __slots__ = ("before", "counter", "is_counted", "points", "tally", "times")

    def __init__(self, tally: Tally, counter: Counter, limits: Limits):
        self.tally, self.counter, self.is_counted = tally, counter, False
        self.before, self.times = limits.before.get(counter, NOTHING)
        self.points = self.before
        if limits.added and (added := limits.added.get(counter)):
            self.points += added[0]
            self.times += added[1]


class Rooms:
    """What limits leave for the effects of one rule, one after the other. Who receives has their own room of each
    counter, or the same one."""

    __slots__ = ("_limits", "_member", "_referrer")

    def __init__(self, limits: Limits, one: Compiled):
        self._limits, self._referrer = limits, None
        self._member = [Room(tally, limits.counter(tally, "member"), limits) for tally in one.tallies]

    def of(self, receiver: str) -> list[Room]:
        """The rooms for what this receiver is given."""
        if receiver == "member":
            return self._member
        if self._referrer is None:
            limits = self._limits
            self._referrer = [
                room if room.counter == (counter := limits.counter(room.tally, receiver)) else
                Room(room.tally, counter, limits) for room in self._member
            ]  # fmt: skip
        return self._referrer

    def used_up(self) -> Limit | None:
        """The limit of times that leaves the rule none, whoever receives."""
        for room in self._member:
            tally = room.tally
            if tally.times and tally.scope != "recipient":
                for limit in tally.times:
                    if room.times >= limit.times:
                        return limit
        return None


def leave(rooms: list[Room], part: Part, due: int) -> tuple[int, Limit | None, bool]:
    """How much of what is due is left, by which limit it is less, and whether that takes all of the rule. Limits that
    cut go first; others refuse what then is too much. One of a receiver concerns no other receiver."""
    left, by, rejects = due, None, False
    for room in rooms:
        tally = room.tally
        if tally.times and tally.scope == "recipient":
            for limit in tally.times:
                if room.times >= limit.times:
                    return 0, limit, False
        if part.is_points:
            rejects = rejects or tally.rejects
            for limit in tally.cuts:
                if limit.points - room.points < left:
                    left, by = max(0, limit.points - room.points), limit
    if rejects and left:
        for room in rooms:
            for limit in room.tally.rejects:
                if limit.points - room.points < left:
                    return 0, limit, room.tally.scope != "recipient"
    return left, by, False


def alone(rooms: list[Room], part: Part, due: int) -> int:
    """How much of what is due the limits that cut had left before this happening."""
    if not part.is_points:
        return due
    for room in rooms:
        for limit in room.tally.cuts:
            if limit.points - room.before < due:
                due = max(0, limit.points - room.before)
    return due


def counted(rooms: list[Room], part: Part, points: int) -> tuple[tuple[Counter, int, int], ...]:
    """What a gift of so many points adds to which counters."""
    points = points if part.is_points else 0
    found = []
    for room in rooms:
        found.append((room.counter, points, 0 if room.is_counted else 1))
        room.is_counted = True
        room.points += points
    return tuple(found)


def said_limit(limit: Limit) -> str:
    """A limit in a reason."""
    return f"the limit of {bound(limit)}"
