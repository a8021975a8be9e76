"""How often a secret may be guessed. Wrong tries are counted in the shared cache under a keyed hash of whose secret it
is, whether there is such a person or not; who has guessed too often waits, also with the right answer."""

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


def forget(what: str, whose: str, windows=WINDOWS) -> None:
    """Starts counting anew: whose secret it is has just proven themselves in another way."""
    for _, seconds in windows:
        cache.delete_many([_name(what, whose, seconds), _window(what, whose, seconds)[0]])


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
