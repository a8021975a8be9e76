"""Settings of a service whose clock is off by the seconds that stand in the file `clock` of its folder."""

from datetime import timedelta

from loyalty import clock
from loyalty.settings import *  # noqa: F403
from loyalty.settings import VAR_DIR

right_now = clock.now


def now():
    try:
        seconds = int((VAR_DIR / "clock").read_text() or 0)
    except FileNotFoundError:
        seconds = 0
    return right_now() + timedelta(seconds=seconds)


clock.now = now
