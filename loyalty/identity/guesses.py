"""How often a secret may be guessed. Wrong tries are counted in the shared cache under a keyed hash of whose secret it
is, whether there is such a person or not; who has guessed too often waits, also with the right answer.

Passwords are counted for each network address by itself, so that strangers do not lock the owner out, and all together,
so that many strangers do not guess on and on; a device or browser that the owner has used has tries of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from loyalty import clock
from loyalty.http.refusals import TooMany
from loyalty.identity.errors import InvalidCode, InvalidCredentials
from loyalty.sealed.fields import normalized
from loyalty.sealed.ring import ring

WINDOWS = ((10, 60), (30, 3_600), (100, 86_400))
"""(tries, seconds), the shortest first: ten wrong ones cost a minute, thirty an hour, a hundred a day."""

OF_ONE_ADDRESS = ((10, 60), (30, 3_600))
OF_ALL_ADDRESSES = ((100, 86_400),)
"""Of one password: less than what would find a fair one, and more than a single stranger can use up."""

WRONG = (InvalidCredentials, InvalidCode)
"""The refusals that say that a guess was wrong; no other outcome counts."""


@contextmanager
def counted(what: str, whose: str, windows=WINDOWS) -> Iterator[None]:
    """Counts the try within as wrong before it is made, and takes that back unless it was: of many at once no more than
    allowed are judged. What is refused for having been too many does not count. Refusals: TooMany."""
    names = []
    for tries, seconds in windows:
        name, wait_seconds = _window(what, whose, seconds)
        if _add(name, 1, seconds) > tries:
            for taken in [*names, name]:
                _add(taken, -1, seconds)
            raise TooMany(f"Too many wrong tries: wait {_in_words(wait_seconds)}.", retry_after=wait_seconds)
        names.append(name)
    try:
        yield
    except WRONG:
        raise
    except BaseException:
        _take_back(names)
        raise
    _take_back(names)


@contextmanager
def at_password(email: str, *, version: int, address: str, known: str = "") -> Iterator[None]:
    """Counts the try within as one at the password of whoever logs in with the address, if anybody does. `version` is
    their token version (0: nobody's), so that a password set anew starts without wrong tries. `known` names a device or
    browser that they have used before. Refusals: TooMany."""
    whose = f"{normalized(email)} {version}"
    if known:
        with counted("log-in", f"{whose} on {known}"):
            yield
        return
    here = counted("log-in", f"{whose} from {address}", OF_ONE_ADDRESS)
    with here, counted("log-in", whose, OF_ALL_ADDRESSES):
        yield


def _window(what: str, whose: str, seconds: int) -> tuple[str, int]:
    """The counter's name, and the seconds until the next one takes its place. A window begins with the first try."""
    name, now = _name(what, whose, seconds), int(clock.now().timestamp())
    begun = cache.get(name)
    if begun is None or not begun <= now < begun + seconds:
        begun = now
        cache.set(name, begun, seconds)
    return f"{name}:{begun}", begun + seconds - now


def _name(what: str, whose: str, seconds: int) -> str:
    return f"guesses:{what}:{ring().blind_index('guesses', normalized(whose), scope=what)}:{seconds}"


def _add(name: str, number: int, seconds: int) -> int:
    try:
        return cache.incr(name, number)
    except ValueError:
        if number > 0 and cache.add(name, number, seconds + 60):
            return number
        return cache.incr(name, number) if number > 0 else 0


def _take_back(names: list[str]) -> None:
    for name in names:
        _add(name, -1, 0)


def _in_words(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes" if seconds < 7_200 else f"{-(-seconds // 3_600)} hours"
