"""Which stamps lie on which sheet: one after the other, a full sheet before the next. No database, no clock."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Part:
    """So many of the stamps given at once, that lie together; `stamp` says of which."""

    stamp: Hashable
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Space:
    """A sheet to lay stamps on: how many it takes, and until when, if it has an end. `life` is how long the first stamp
    on it lets it be filled; what that gives never shortens `expires_at`."""

    needed: int
    expires_at: datetime | None = None
    life: timedelta | None = None


@dataclass(slots=True)
class Laid:
    """What lies on a sheet: (stamp, count) in order, until when it can be filled, and whether it is closed though it is
    not full, because what came next came after its end."""

    parts: list[tuple[Hashable, int]]
    expires_at: datetime | None = None
    is_closed: bool = False

    @property
    def stamps(self) -> int:
        return sum(count for _, count in self.parts)


def put(count: int, *, left: int, needed: int) -> list[int]:
    """How many of `count` stamps go on each sheet, where the open one takes `left` more (0: there is none) and every
    one after it `needed`."""
    placed = [min(left, count)] if left else []
    rest = count - sum(placed)
    whole, last = divmod(rest, needed)
    return [*placed, *[needed] * whole, *([last] if last else [])]


def lay_again(parts: Sequence[Part], spaces: Sequence[Space]) -> list[Laid]:
    """The parts, in order, on the sheets, in order: each sheet is filled before the next one begins, and takes nothing
    that came at or after its end. There is always place for parts that lay on these sheets, in this order, before."""
    laid = [Laid([]) for _ in spaces]
    here = 0
    for part in parts:
        rest = part.count
        while rest:
            sheet, space = laid[here], spaces[here]
            if sheet.parts and sheet.expires_at is not None and part.at >= sheet.expires_at:
                sheet.is_closed = sheet.stamps < space.needed
            left = 0 if sheet.is_closed else space.needed - sheet.stamps
            if not left:
                here += 1
                continue
            if not sheet.parts:
                sheet.expires_at = _end(space, part.at)
            given = min(left, rest)
            sheet.parts.append((part.stamp, given))
            rest -= given
    return laid


def _end(space: Space, first: datetime) -> datetime | None:
    """Until when a sheet with that first stamp can be filled."""
    if space.expires_at is None or space.life is None:
        return space.expires_at
    return max(space.expires_at, first + space.life)
