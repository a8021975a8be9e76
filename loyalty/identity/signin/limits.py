"""How often one may guess a password of the portal: as often as at the API, counted together with it (see `guesses`),
and from one network address only so often whoever it is that one guesses at."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

from loyalty.http.refusals import TooMany
from loyalty.http.throttling import address_of
from loyalty.identity import guesses
from loyalty.identity.errors import InvalidCredentials
from loyalty.identity.models import Person
from loyalty.identity.signin.browsers import known_as

TOO_MANY = "too_many_login_attempts"
ADDRESS_TRIES = ((50, 900),)


@contextmanager
def one_guess(request: HttpRequest, email: str) -> Iterator[None]:
    """Counts the try within: InvalidCredentials says that the password was wrong, and ends here. Raises
    ValidationError, saying how long to wait, when there were too many wrong ones, whatever the password is now."""
    version = Person.objects.filter(email=email).values_list("token_version", flat=True).first() or 0
    address, known = address_of(request), known_as(request, email)
    try:
        with (
            guesses.counted("portal-address", known or address, ADDRESS_TRIES),
            guesses.at_password(email, version=version, address=address, known=known),
        ):
            yield
    except InvalidCredentials:
        pass
    except TooMany as refusal:
        raise _wait(refusal) from refusal


def _wait(refusal: TooMany) -> ValidationError:
    seconds = refusal.facts["retry_after"]
    minutes = math.ceil(seconds / 60)
    told = ngettext(
        "There were too many wrong passwords. Wait %(minutes)d minute, or set a new one by mail.",
        "There were too many wrong passwords. Wait %(minutes)d minutes, or set a new one by mail.",
        minutes,
    )
    return ValidationError(told, code=TOO_MANY, params={"minutes": minutes, "seconds": seconds})
