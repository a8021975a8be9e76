"""The doors at which one names an e-mail address. At none of them may a stranger learn whether somebody logs in with
it: test_strangers compares what they answer, what they do and how long it takes."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.auth import hashers
from django.core.cache import cache
from django.test import Client

from loyalty.testing.clients import JsonClient, with_login

PASSWORD = "correct horse battery"
STATUSES = {
    "log in": 401,
    "log in with a device": 401,
    "register": 201,
    "forgot": 202,
    "forgot, by the page": 200,
    "change the address": 202,
    "sign in to the portal": 200,
    "forgot, of the portal": 302,
    "single sign-on": 200,
}
"""What the doors answer everybody."""
Knock = Callable[[str], object]
OURS = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"(?:person|member)_id":"[-0-9a-f]{36}"')
"""What is another one in each answer, whoever asks."""


def doors(asker) -> dict[str, Knock]:
    """What knocks with an address at each door; `asker` is the person who changes theirs to it."""

    def api(path: str, client: Callable[[], JsonClient] = JsonClient, **more) -> Knock:
        return lambda email: client().post(f"/api/{path}", {"email": email, **more})

    def page(path: str, name: str = "email", **more) -> Knock:
        return lambda email: Client().post(path, {name: email, **more})

    return {
        "log in": api("auth/token", password="wrong"),
        "log in with a device": api("auth/token", password="wrong", device="phone-0123456789"),
        "register": api("members/register", password="a long enough one"),
        "forgot": api("auth/password/forgot"),
        "forgot, by the page": page("/password/forgot"),
        # Logged in anew each time, for knocking may take longer than a token lives.
        "change the address": api("users/me/email", lambda: with_login(asker), password=PASSWORD),
        "sign in to the portal": page("/accounts/login/", "login", password="wrong"),
        "forgot, of the portal": page("/accounts/password/reset/"),
        "single sign-on": page("/accounts/sso/"),
    }


def knocked(knock: Knock, email: str):
    """The answer to somebody who knocks for the first time, as far as limits are concerned."""
    cache.clear()
    return knock(email)


def told(answer, email: str) -> tuple:
    """All that an answer tells: status, names of headers, words; without the address, which the caller knows."""
    words = OURS.sub("", answer.content.decode()).replace(email, "")
    return answer.status_code, sorted(answer.headers), answer.headers.get("Location", "")[:13], words


@contextmanager
def hashes_counted() -> Iterator[list[str]]:
    """A list that grows by one with each password that is hashed, to keep it or to check it."""
    counted: list[str] = []
    hasher = hashers.Argon2PasswordHasher
    encode, verify = hasher.encode, hasher.verify
    hasher.encode = lambda *args: counted.append("encode") or encode(*args)
    hasher.verify = lambda *args: counted.append("verify") or verify(*args)
    try:
        yield counted
    finally:
        hasher.encode, hasher.verify = encode, verify
