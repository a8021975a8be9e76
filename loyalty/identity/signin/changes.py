"""Changes of how somebody signs in: each is written down with its event, and told to them by e-mail."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from loyalty.events import log
from loyalty.identity import tokens
from loyalty.identity.mails import prepares, send_mail_later
from loyalty.identity.models import Person

MAIL = "sign_in_changed"


@prepares(MAIL)
def _link(person: Person, facts: dict) -> dict:
    """Where somebody sets a new password who did not change this themselves."""
    return {"link": settings.SITE_URL + reverse("account_reset_password")}


def record(person: Person, change: str, *, actor: str = "", **data) -> None:
    """The event "user.<change>" and the mail, in the transaction of the change. Without `actor` it was the person."""
    data = {"actor": actor or f"person:{person.pk}"} | data
    log.record(f"user.{change}", brand_id=None, aggregate_id=person.pk, data=data)
    send_mail_later(MAIL, person.pk, {"change": change})


def reset_factors(person: Person, *, actor: str) -> None:
    """Takes all second factors and recovery codes from somebody who lost them and ends their sessions, so that they set
    up new ones when they sign in next. Repeating it ends the sessions again."""
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        removed, _ = Authenticator.objects.filter(user=person).delete()
        tokens.end_all_sessions(person)
        record(person, "factors_reset", actor=actor, removed=removed)
