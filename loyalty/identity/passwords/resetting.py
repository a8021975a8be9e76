"""A password that was forgotten, and one that is changed."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.identity import guesses, tokens
from loyalty.identity.errors import InvalidLink
from loyalty.identity.mails import prepares, send_mail_later
from loyalty.identity.models import Person
from loyalty.identity.principals import Principal


class LinkTokens(PasswordResetTokenGenerator):
    """Tokens that stop with the password, the address, or when all sessions are ended; not with a log-in, for whoever
    guessed the password must not be able to stop them. Nothing is kept."""

    key_salt = "loyalty.identity.passwords.resetting"

    def _make_hash_value(self, user, timestamp) -> str:
        return f"{user.pk}{user.password}{user.token_version}{user.email}{timestamp}"

    def _now(self) -> datetime:
        return clock.now().astimezone(UTC).replace(tzinfo=None)


link_tokens = LinkTokens()


def ask_for_reset(email: str) -> None:
    """Has a link mailed with which whoever logs in with the address sets a new password. An address that nobody logs in
    with costs the same work, a job that finds nobody. Repeating it sends another link; the earlier ones stay good."""
    person = Person.objects.filter(email=email, is_active=True).first()
    is_theirs = person is not None and person.has_usable_password()
    send_mail_later("password_reset", person.id if is_theirs else uuid4())


def reset_password(token: str, password: str) -> None:
    """Sets the password of whoever the link was sent to, ends all their sessions and access tokens and tells them;
    wrong tries are counted anew. The link is good once, for an hour. Refusals, in order of precedence: InvalidLink,
    Invalid (password too weak; the link stays good)."""
    with transaction.atomic():
        person = _person_of(token, for_update=True)
        check_password_is_fit(password, person)
        _set(person, password)
        log.record("user.password_reset", brand_id=None, aggregate_id=person.id)


def check_link(token: str) -> None:
    """Whether a new password can be set with it. Refusals: InvalidLink."""
    _person_of(token)


def change_password(principal: Principal, *, old: str, new: str) -> tokens.Pair:
    """Sets another password, ends all sessions but the one that asks, which goes on with the pair returned, and tells
    the person. Refusals, in order of precedence: TooMany, InvalidCredentials, Invalid (password too weak)."""
    person = Person.objects.get(id=principal.id)
    with guesses.counted("password", str(person.id)):
        tokens.check_password(person, old)
    check_password_is_fit(new, person)
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(id=person.id)
        _set(person, new)
        log.record("user.password_changed", brand_id=None, aggregate_id=person.id, data={"actor": principal.actor})
        return tokens.issue_pair(person, device_id=principal.device_id)


def check_password_is_fit(password: str, person: Person, *, pointer: str = "/password") -> None:
    """Refuses one that is short, known from breaches, or made of what others know. Refusals: Invalid, with every
    reason."""
    try:
        validate_password(password, user=person)
    except ValidationError as weak:
        errors = [
            {"pointer": pointer, "code": mistake.code.replace("_", "-"), "detail": " ".join(mistake.messages)}
            for mistake in weak.error_list
        ]
        raise Invalid(errors) from weak


def _set(person: Person, password: str) -> None:
    """The caller holds the person's row and the transaction."""
    person.set_password(password)
    person.save(update_fields=["password"])
    tokens.end_all_sessions(person)
    person.refresh_from_db(fields=["token_version"])
    send_mail_later("password_changed", person.id)


def _person_of(token: str, *, for_update: bool = False) -> Person:
    hexadecimal, _, rest = token.partition("-")
    people = Person.objects.select_for_update(no_key=True) if for_update else Person.objects
    try:
        person = people.filter(id=UUID(hex=hexadecimal), is_active=True).first()
    except ValueError:
        person = None
    if person is None or not link_tokens.check_token(person, rest):
        raise InvalidLink()
    return person


@prepares("password_reset")
def prepare_reset(person: Person, facts: dict) -> dict | None:
    """The link; its token is made when the mail is written."""
    if not person.is_active or not person.has_usable_password():
        return None
    token = f"{person.id.hex}-{link_tokens.make_token(person)}"
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    return {"link": f"{settings.SITE_URL}{reverse('password-reset')}?token={token}", "minutes": minutes}
