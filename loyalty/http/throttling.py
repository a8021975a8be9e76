"""How often one may ask: people and addresses counted one by one by django-ratelimit, server keys by leases, so that
most of their requests cost no round trip. Counters lie in the shared cache."""

import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django_ratelimit.core import _get_ip, get_usage

from loyalty.http.refusals import TooMany

_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LEASES_MAX = 10_000
LEASE_PART = 100


@dataclass(frozen=True, slots=True)
class Usage:
    """What is left of one limit."""

    name: str
    limit: int
    seconds: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """In the form of the IETF's draft on RateLimit header fields."""
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.limit};w={self.seconds}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset_seconds}',
        }


def limit_person(request, group: str = "points", rate: str = "") -> None:
    """Count one try of a person in `group` (all addresses that name it count together); server keys have their own
    limit. `rate` defaults to the setting PERSON_POINTS_RATE. Refusal: TooMany."""
    principal = request.user
    if getattr(principal, "kind", "") == "person":
        limit_by(request, group, principal.actor, rate or settings.PERSON_POINTS_RATE)


def limit_address(request, group: str, rate: str) -> None:
    """Count one try from the caller's IP address (of IPv6 its /64). Refusal: TooMany."""
    _count(request, f"{group}-address", "ip", rate)


def address_of(request) -> str:
    """The network address that the caller is counted under (of IPv6 its /64)."""
    return _get_ip(getattr(request, "_request", request))


def limit_by(request, group: str, value: str, rate: str) -> None:
    """Count one try for `value`, say an e-mail address that somebody tries to log in with. Refusal: TooMany."""
    _count(request, group, lambda _group, _request: value, rate)


def _count(request, group: str, key, rate: str) -> None:
    http = getattr(request, "_request", request)
    usage = get_usage(http, group=group, key=key, rate=rate, increment=True)
    if usage is None:
        return
    limit, seconds = split_rate(rate)
    reset = max(usage["time_left"], 1)
    _tell(http, Usage(group, limit, seconds, max(limit - usage["count"], 0), reset))
    if usage["should_limit"]:
        _refuse(http, reset)


def limit_key(request) -> None:
    """Count one request of a server key against its `rate` ("600/m"; empty: no limit). Processes take a hundredth of
    the rate at a time from the shared counter; what a process does not use of it in the window is lost to the key.
    Refusal: TooMany."""
    principal = request.user
    rate = getattr(principal, "rate", "")
    if not rate or getattr(principal, "kind", "") != "key":
        return
    http = getattr(request, "_request", request)
    usage = _leases.take(str(principal.id), rate)
    _tell(http, usage)
    if usage.remaining < 0:
        _refuse(http, usage.reset_seconds)


def rate_headers(http) -> dict[str, str]:
    """The headers for the answer: those of the limit nearest to its end, {} when nothing was counted."""
    usages = http.__dict__.get("rate_usages")
    return min(usages, key=lambda usage: usage.remaining).headers() if usages else {}


def split_rate(rate: str) -> tuple[int, int]:
    """(how many, in how many seconds): "600/m" -> (600, 60), "10/5m" -> (10, 300)."""
    count, _, period = rate.partition("/")
    unit = _PERIODS.get(period[-1:], 1)
    times = period.rstrip("smhd") or "1"
    return int(count), int(times) * unit


class _Leases:
    """What this process has taken from the shared counters and not used yet."""

    def __init__(self):
        self._lock = threading.Lock()
        self._left: dict[tuple[str, str], tuple[int, int, int]] = {}

    def take(self, key_id: str, rate: str) -> Usage:
        """Use one. A `remaining` below zero says that there was none."""
        limit, seconds = split_rate(rate)
        now = int(time.time())
        window = now // seconds
        reset = (window + 1) * seconds - now
        with self._lock:
            held_window, left, unleased = self._left.get((key_id, rate), (-1, 0, 0))
            if held_window == window and left > 0:
                self._left[key_id, rate] = (window, left - 1, unleased)
                return Usage("key", limit, seconds, unleased + left - 1, reset)
        left, unleased = self._lease(f"lease:{key_id}:{rate}:{window}", limit, seconds)
        with self._lock:
            if len(self._left) >= _LEASES_MAX:
                self._left.clear()
            held_window, held, _ = self._left.get((key_id, rate), (-1, 0, 0))
            held = held if held_window == window else 0
            self._left[key_id, rate] = (window, max(held + left - 1, 0), unleased)
        return Usage("key", limit, seconds, unleased + left - 1 if left else -1, reset)

    def forget(self) -> None:
        with self._lock:
            self._left.clear()

    @staticmethod
    def _lease(name: str, limit: int, seconds: int) -> tuple[int, int]:
        """(how many were got, how many nobody has taken yet)."""
        size = max(1, limit // LEASE_PART)
        try:
            taken = cache.incr(name, size)
        except ValueError:
            taken = size if cache.add(name, size, seconds + 5) else cache.incr(name, size)
        return max(min(size, limit - (taken - size)), 0), max(limit - taken, 0)


_leases = _Leases()
forget_leases = _leases.forget


def _tell(http, usage: Usage) -> None:
    http.__dict__.setdefault("rate_usages", []).append(usage)


def _refuse(http, seconds: int) -> None:
    raise TooMany(f"Too many requests: wait {seconds} seconds.", retry_after=seconds)
