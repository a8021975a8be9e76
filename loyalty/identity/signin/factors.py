"""Second factors: what somebody shows besides the password. An authenticator app (TOTP), security keys and passkeys
(WebAuthn), recovery codes; allauth keeps them, their secrets are encrypted for the person they belong to."""

import hashlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from loyalty.identity.errors import InvalidCredentials, OtpRequired
from loyalty.identity.guesses import counted
from loyalty.identity.models import Person
from loyalty.sealed import rotation
from loyalty.sealed.ring import Ring, ring

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts as a second factor. Recovery codes only stand in for one."""

SECRETS = ("secret", "seed")
"""Under which names in its data an authenticator keeps what is encrypted."""

_owner: ContextVar[UUID | None] = ContextVar("owner_of_secrets", default=None)


def has_factor(person: Person, *, before: datetime | None = None) -> bool:
    """Whether the person has set up a second factor; `before`: one that is older than that."""
    found = Authenticator.objects.filter(user=person, type__in=FACTORS)
    return (found.filter(created_at__lt=before) if before else found).exists()


def needs_factor(person: Person) -> bool:
    """Whether the person must have one: a brand they act for says so, or they are an operator and the setting
    OPERATORS_NEED_SECOND_FACTOR does."""
    if person.is_operator:
        return settings.OPERATORS_NEED_SECOND_FACTOR
    return person.posts.filter(is_active=True, brand__requires_second_factor=True).exists()


def may_remove(authenticator: Authenticator) -> bool:
    """False for the last factor of somebody who must have one."""
    others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS).exclude(pk=authenticator.pk)
    return others.exists() or authenticator.type not in FACTORS or not needs_factor(authenticator.user)


def check_otp(person: Person, otp: str) -> None:
    """For logging in with a password where no page can ask: who has a second factor must give a code of their app or a
    recovery code with it; each code is good once. Call it when the password was right, and only then, for the answer
    tells that there is a factor; and outside of a transaction, for a refusal must not take the count of tries back.
    Refusals: OtpRequired, TooMany, InvalidCredentials."""
    if not has_factor(person):
        return
    if not otp:
        raise OtpRequired()
    with counted("second-factor", str(person.pk)):
        if accepted(person, otp) is None:
            raise InvalidCredentials()


def accepted(person: Person, code: str) -> Authenticator | None:
    """The app or the recovery codes that the code is of, now used up; None for a wrong or a used one."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    found = {kept.type: kept for kept in Authenticator.objects.filter(user=person, type__in=kinds)}
    with secrets_of(person.pk):
        for kind in kinds:
            if kind not in found or not found[kind].wrap().validate_code(code):
                continue
            if kind != Authenticator.Type.TOTP or use_up(person, code):
                found[kind].user = person
                return found[kind]
    return None


def use_up(person: Person, code: str) -> bool:
    """Whether a right code of the app was not used before; from now on it was. It is good for some periods on either
    side of its own, and allauth remembers it for one, and that of the set-up not at all."""
    seconds = settings.MFA_TOTP_TOLERANCE * 60 + 60
    digits = "".join(character for character in code if character.isdigit())
    return cache.add(f"otp-used:{person.pk}:{hashlib.sha256(digits.encode()).hexdigest()}", 1, seconds)


@contextmanager
def secrets_of(person_id: UUID) -> Iterator[None]:
    """Within it secrets are read and written as this person's, whoever asks."""
    token = _owner.set(person_id)
    try:
        yield
    finally:
        _owner.reset(token)


def seal(text: str, person_id: UUID | None = None) -> str:
    """An authenticator's secret as it lies in the table, of use to this person's rows only."""
    return b64encode(ring().seal(text.encode(), _place(person_id))).decode()


def unseal(sealed: str, person_id: UUID | None = None) -> str:
    """The secret. Raises SealBroken when it is not this person's, or was changed."""
    return ring().open(b64decode(sealed), _place(person_id)).decode()


def _place(person_id: UUID | None) -> str:
    owner = _owner.get() or person_id
    if owner is None:
        raise ValueError("whose secret it is must be known")
    return f"mfa_authenticator.data:{owner}"


def reseal(limit: int = 1000) -> int:
    """Seals with the newest key of the ring what an older one sealed, at most `limit` authenticators; says how many.
    Repeat it until it says 0; then the older keys may go, as far as factors are concerned."""
    newest, done = ring().newest, 0
    for pk in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).values_list("pk", flat=True):
        if done >= limit:
            break
        with transaction.atomic():
            kept = Authenticator.objects.select_for_update().filter(pk=pk).first()
            old = [name for name in SECRETS if kept and name in kept.data and _key_of(kept.data[name]) != newest]
            for name in old:
                kept.data[name] = seal(unseal(kept.data[name], kept.user_id), kept.user_id)
            if old:
                kept.save(update_fields=["data"])
                done += 1
    return done


def _key_of(sealed: str) -> str:
    return Ring.key_of(b64decode(sealed))


def _used() -> Counter:
    kept = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).values_list("data", flat=True)
    return Counter(_key_of(data[name]) for data in kept for name in SECRETS if name in data)


rotation.register(rotation.Keeper("mfa.Authenticator", _used, reseal))
