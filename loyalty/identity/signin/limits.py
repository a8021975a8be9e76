"""How often one may guess a password of the portal: allauth counts, for each address typed, known or not, and for each
caller; what is told to who must wait is said here."""

import math
import time

from allauth.account import app_settings
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

from loyalty.sealed.ring import ring

_APP, _PASSWORDS = "allauth.account", "login_failed"


def account_key(email: str) -> str:
    """What the tries for an address are counted under: not the address, and the same at each of our host names."""
    return ring().blind_index("sign-in.tries", email.strip().lower())


def count_password(request: HttpRequest, key: str) -> ratelimit.RateLimitUsage:
    """Counts a try; the caller rolls it back when the password was right. ValidationError, saying how long to wait,
    when there were too many wrong ones, whatever the password is now."""
    usage = ratelimit.consume(request, app=_APP, action=_PASSWORDS, key=key)
    if usage:
        return usage
    minutes = max(math.ceil(_wait_seconds(request, key) / 60), 1)
    told = ngettext(
        "There were too many wrong passwords. Wait %(minutes)d minute, then try again.",
        "There were too many wrong passwords. Wait %(minutes)d minutes, then try again.",
        minutes,
    )
    raise ValidationError(told % {"minutes": minutes}, code="too_many_login_attempts")


def forgive_passwords(request: HttpRequest, email: str) -> None:
    """Forgets the wrong passwords for an address, whose owner has just set a new one; the caller's stay counted."""
    for rate in _rates():
        if rate.per == "key":
            cache.delete(_cache_key(request, rate, account_key(email)))


def _wait_seconds(request: HttpRequest, key: str) -> int:
    """Until the oldest counted try of each limit that is used up has gone."""
    waits = [1]
    for rate in _rates():
        tries = cache.get(_cache_key(request, rate, key), [])
        if len(tries) >= rate.amount:
            waits.append(math.ceil(tries[-1] + rate.duration - time.time()))
    return max(waits)


def _rates() -> list[ratelimit.Rate]:
    return ratelimit.parse_rates(app_settings.RATE_LIMITS[_PASSWORDS])


def _cache_key(request: HttpRequest, rate: ratelimit.Rate, key: str) -> str:
    return ratelimit.get_cache_key(request, app=_APP, action=_PASSWORDS, rate=rate, key=key)
