"""Who is behind a page's request: the person of the session, while it is not too old, and the brands that the way they
signed in opens to them."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from loyalty import clock
from loyalty.identity.models import Person
from loyalty.identity.signon.doors import posts_by_password, posts_by_sign_on

OPENED, SEEN = "opened_at", "seen_at"
SIGN_ON = "sign_on_brand"
"""The brand whose provider opened the session; a password opened it where there is none."""

WRITE_EVERY_SECONDS = 300


def visitor(request: HttpRequest) -> Person | AnonymousUser:
    """The person who is signed in. Switching them off, a new password and "log out everywhere" end the session at once
    (Django compares a hash of password and token version, and asks the backend); age ends it here."""
    person = get_user(request)
    if person.is_authenticated and (_is_over(request.session) or not _is_let_in(person, request.session)):
        request.session.flush()
        return AnonymousUser()
    return person


def begin(session, *, brand_id: str | None) -> None:
    """Counts the age of the session from now, as of somebody who has just signed in: by a password, or by the provider
    of the brand."""
    session[OPENED] = session[SEEN] = int(clock.now().timestamp())
    session.pop(SIGN_ON, None)
    if brand_id:
        session[SIGN_ON] = brand_id


def _is_over(session) -> bool:
    """Whether the session has lived too long or lain idle; else notes now and then that it is in use."""
    now = int(clock.now().timestamp())
    opened, seen = session.get(OPENED, now), session.get(SEEN, now)
    if now - opened > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
        return True
    if SEEN not in session or now - seen > WRITE_EVERY_SECONDS:
        session[OPENED], session[SEEN] = opened, now
    return False


def _is_let_in(person: Person, session) -> bool:
    """Narrows the person's posts to what the session opens. False when nothing is left of them: who may not enter the
    portal has no session. What a brand's provider opened is for that brand alone, and never for an operator."""
    brand_id = session.get(SIGN_ON)
    if brand_id is None:
        posts = posts_by_password(person)
    else:
        posts = posts_by_sign_on(person, UUID(brand_id))
        if person.is_operator:
            return False
    person.worker = person.working_for(posts)
    return person.is_staff


def may_manage(request: HttpRequest) -> bool:
    """Whether this session may change how the person signs in. One that a brand's provider opened may not, where the
    person works for other brands too or is a member: the provider would gain what is not its brand's."""
    person, brand_id = request.user, request.session.get(SIGN_ON)
    if brand_id is None:
        return True
    works_elsewhere = person.posts.filter(is_active=True).exclude(brand_id=brand_id).exists()
    return not (works_elsewhere or person.is_operator or hasattr(person, "member"))
