"""Who is told that an exchange was asked for, and who says that no more can be taken now. Rooms above fill it in when
the app starts; this one knows none of them."""

import logging
from collections.abc import Callable

from django.db import DatabaseError

from loyalty.errors import LoyaltyError

log = logging.getLogger(__name__)

_wakers: list[Callable[[int], object]] = []
_guards: list[Callable[[], object]] = []


def on_asked(wake: Callable[[int], object]) -> None:
    """From now on `wake` is called with the lane of each exchange after it was committed. Saying it again changes
    nothing."""
    if wake not in _wakers:
        _wakers.append(wake)


def before_asking(guard: Callable[[], object]) -> None:
    """From now on `guard` is called before an exchange is begun; what it raises refuses it. Saying it again changes
    nothing."""
    if guard not in _guards:
        _guards.append(guard)


def asked(lane: int) -> None:
    """Wakes whoever settles this lane. That this fails delays an exchange and never loses one, for what waits is looked
    for regularly."""
    for wake in _wakers:
        try:
            wake(lane)
        except DatabaseError as error:
            log.warning("nobody could be woken for lane %s: %s", lane, error)


def refusal() -> LoyaltyError | None:
    """What stands against any exchange now: that too many wait."""
    try:
        for guard in _guards:
            guard()
    except LoyaltyError as refused:
        return refused
    return None
