"""Sessions of people: log in, refresh, log out. Access tokens live ten minutes and are checked against the person on
every request; refresh tokens are used once, and a second use ends the session they belong to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from rest_framework_simplejwt import tokens as simplejwt
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.utils import aware_utcnow, datetime_to_epoch

from loyalty import clock
from loyalty.events import log
from loyalty.identity import guesses
from loyalty.identity.devices import operations as devices
from loyalty.identity.devices.fingerprints import Seen
from loyalty.identity.devices.models import Device
from loyalty.identity.errors import InvalidCredentials, InvalidToken
from loyalty.identity.models import Person, Staff
from loyalty.identity.signin.factors import check_otp

SESSION_LIFETIME = timedelta(days=30)
"""A session ends this long after the log-in, however often it was refreshed."""
NOBODY = UUID(int=0)


class _Strict:
    """Checks that the libraries leave out: times are whole numbers, not made in the future, and no token lives
    longer than its kind may (a signed `exp` of 1e308 is accepted by every JWT library)."""

    def verify(self) -> None:
        super().verify()
        issued, expires = self.payload.get("iat"), self.payload.get("exp")
        if type(issued) is not int or type(expires) is not int:
            raise TokenError("times must be whole numbers")
        if issued > datetime_to_epoch(self.current_time + self.get_token_backend().get_leeway()):
            raise TokenError("issued in the future")
        if expires - issued > self.lifetime.total_seconds():
            raise TokenError("lives too long")
        if type(self.payload.get("v")) is not int or not 0 <= self.payload["v"] < 2**31:
            raise TokenError("no version")


class AccessToken(_Strict, simplejwt.AccessToken):
    """What a person shows with each request. `device` is the one it was given to; `confirmed` says until when (epoch
    seconds) the session counts as confirmed with a code."""

    def verify(self) -> None:
        super().verify()
        confirmed, device = self.payload.get("confirmed", 0), self.payload.get("device")
        if type(confirmed) is not int or confirmed > self.payload["exp"]:
            raise TokenError("confirmed for too long")
        if device is not None:
            UUID(device)


class RefreshToken(_Strict, simplejwt.Token):
    """What a person trades for the next pair, once."""

    token_type = "refresh"  # noqa: S105 the kind, not a secret
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME


@dataclass(frozen=True, slots=True)
class Pair:
    """Both tokens of a session, encoded, with the seconds the first one lives."""

    access: str
    refresh: str
    expires_in_seconds: int


def issue_access(person: Person, *, device_id: UUID | None = None, confirmed_until: int | None = None) -> AccessToken:
    """An access token of the person as they stand now. The claims about roles are for clients to read; what counts
    is looked up at each request."""
    posts = list(Staff.objects.filter(person=person, is_active=True).select_related("brand").order_by("brand__code"))
    member = getattr(person, "member", None)
    member_id = member.id if member and member.is_active else None
    token = AccessToken()
    token["sub"] = str(person.id)
    token["v"] = person.token_version
    token["roles"] = (
        ["operator"] * person.is_operator
        + [f"{post.brand.code}:{post.role}" for post in posts]
        + ["member"] * (member_id is not None)
    )
    token["brands"] = [str(post.brand_id) for post in posts]
    token["member_id"] = str(member_id) if member_id else None
    if device_id:
        token["device"] = str(device_id)
    if confirmed_until:
        token["confirmed"] = min(confirmed_until, token["exp"])
    return token


def issue_pair(
    person: Person, *, device_id: UUID | None = None, family: str | None = None, until: int | None = None
) -> Pair:
    """A fresh pair; `family` and `until` (epoch seconds) are carried over when a session goes on. The row of the
    refresh token keeps the family in place of the token, so that a stolen table opens nothing; the family begins with
    the device."""
    refresh = RefreshToken()
    family = family or (f"{device_id.hex}." if device_id else "") + uuid4().hex
    until = until or datetime_to_epoch(aware_utcnow() + SESSION_LIFETIME)
    refresh["sub"] = str(person.id)
    refresh["v"] = person.token_version
    refresh["family"] = family
    refresh["until"] = until
    refresh["exp"] = min(refresh["exp"], until)
    OutstandingToken.objects.create(
        user=person,
        jti=refresh["jti"],
        token=family,
        created_at=refresh.current_time,
        expires_at=datetime.fromtimestamp(refresh["exp"], UTC),
    )
    seconds = int(AccessToken.lifetime.total_seconds())
    access = issue_access(person, device_id=_device_of(family))
    return Pair(access=str(access), refresh=str(refresh), expires_in_seconds=seconds)


def read_access(raw: str) -> AccessToken:
    """The claims of an access token that is in order by itself. Refusals: InvalidToken."""
    return _read(AccessToken, raw)


def _read(kind: type, raw: str):
    try:
        token = kind(raw)
        UUID(token["sub"])
    except (TokenError, ValueError, TypeError, KeyError, OverflowError, AttributeError, RecursionError) as mistake:
        raise InvalidToken() from mistake
    return token


def log_in(email: str, password: str, *, otp: str = "", seen: Seen | None = None) -> Pair:
    """Opens a session on the device that is `seen`; a new one may start a cool-down (see `devices`). An unknown address
    costs as much time as a wrong password and is answered alike, lock-out included. Repeating it opens another session.
    Refusals, in order of precedence: TooMany, InvalidCredentials, OtpRequired."""
    seen = seen or Seen()
    person = Person.objects.select_related("member").filter(email=email).first()
    version = person.token_version if person else 0
    with guesses.at_password(email, version=version, address=seen.address, known=_known_device(person, seen)):
        check_password(person, password)
        check_otp(person, otp)
    with transaction.atomic():
        Person.objects.filter(id=person.id).update(last_login=clock.now())
        return issue_pair(person, device_id=devices.remember(person, seen).id)


def check_password(person: Person | None, password: str) -> None:
    """Refuses a wrong password, nobody's and that of somebody switched off alike, and in the same time.
    Refusals: InvalidCredentials."""
    if person is None:
        make_password(password)
        raise InvalidCredentials()
    if not person.check_password(password) or not person.is_active:
        raise InvalidCredentials()


def _known_device(person: Person | None, seen: Seen) -> str:
    """What the device is known as, if the person has used it and the app names it by an id that nobody else knows; else
    nothing. Of nobody's devices is asked alike."""
    whose = person or Person(id=NOBODY)
    return seen.fingerprint(whose.id) if seen.device and devices.is_known(whose, seen) else ""


def refresh_session(raw: str) -> Pair:
    """Trades a refresh token for the next pair. Of many at once exactly one succeeds; the others, as any second use,
    end the whole session: every refresh token that came from the same log-in. Refusals: InvalidToken."""
    token = _read(RefreshToken, raw)
    with transaction.atomic():
        person, row = _locked(token)
        if not row.is_used:
            BlacklistedToken.objects.create(token=row)
            Device.objects.filter(id=_device_of(row.token), person=person).update(last_seen_at=clock.now())
            return issue_pair(person, family=row.token, until=token["until"])
        _end_sessions(person, family=row.token)
        log.record("session.reused", brand_id=None, aggregate_id=person.id)
    raise InvalidToken()


def log_out(raw: str) -> None:
    """Ends the session that the refresh token belongs to; its access token runs out by itself within minutes.
    Repeating it changes nothing. Refusals: InvalidToken."""
    token = _read(RefreshToken, raw)
    with transaction.atomic():
        person, row = _locked(token)
        _end_sessions(person, family=row.token)


def log_out_everywhere(person_id: UUID, *, actor: str) -> None:
    """Ends every session of the person; access tokens stop at once. Repeating it ends those opened since."""
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(id=person_id)
        end_all_sessions(person)
        log.record("user.sessions_ended", brand_id=None, aggregate_id=person.id, data={"actor": actor})


def end_all_sessions(person: Person) -> None:
    """Raises the token version and uses up every refresh token. The caller holds the person's row and the
    transaction."""
    Person.objects.filter(id=person.id).update(token_version=F("token_version") + 1)
    _end_sessions(person)


def _locked(token: RefreshToken) -> tuple[Person, OutstandingToken]:
    """The person and the token's row (with `is_used`), while nobody else can refresh or end this person's sessions:
    the lock is on the person, for a lock on the token alone would let its successor be traded meanwhile."""
    person = Person.objects.select_for_update(no_key=True).filter(id=token["sub"], is_active=True).first()
    used = BlacklistedToken.objects.filter(token=OuterRef("pk"))
    row = OutstandingToken.objects.filter(jti=token["jti"], user=person).annotate(is_used=Exists(used)).first()
    if person is None or row is None or person.token_version != token["v"]:
        raise InvalidToken()
    return person, row


def _device_of(family: str) -> UUID | None:
    device, dot, _ = family.partition(".")
    return UUID(device) if dot else None


def _end_sessions(person: Person, **narrowed) -> None:
    narrowed = {"token": narrowed["family"]} if narrowed else {}
    rows = OutstandingToken.objects.filter(user=person, expires_at__gt=aware_utcnow(), **narrowed)
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=row) for row in rows], ignore_conflicts=True)
