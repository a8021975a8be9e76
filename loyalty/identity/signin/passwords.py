"""Passwords of people who enter the portal: setting a new one, and the link by e-mail for who forgot theirs."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from procrastinate.contrib.django import app

from loyalty.identity import tokens
from loyalty.identity.mails import prepares, send_mail_later
from loyalty.identity.models import Person
from loyalty.identity.signin import changes
from loyalty.identity.signon.doors import may_enter_by_password
from loyalty.sql import drop_dead_connection

LINK_MAIL = "portal_password"


def set_password(person: Person, password: str) -> None:
    """Gives the person this password, ends all their sessions and tells them by e-mail. A session that is to go on is
    the caller's to renew. The password has been looked at already. Repeating it ends the sessions again."""
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        person.set_password(password)
        person.save(update_fields=["password"])
        tokens.end_all_sessions(person)
        person.refresh_from_db(fields=["token_version"])
        changes.record(person, "password_changed")


def ask_for_link(email: str) -> None:
    """Lets the worker mail a link to the portal's page for a new password, if the address is of somebody who enters
    with one. Here that is not looked up, so that nobody learns it from the answer or its time. Repeating it sends
    another mail."""
    mail_portal_link.defer(email_index=Person._meta.get_field("email_index").index_of(email))


@app.task(name="loyalty.mail_portal_link")
def mail_portal_link(email_index: str) -> None:
    """Finds out whether the link is for anybody."""
    drop_dead_connection()
    person = Person.objects.filter(email_index=email_index, is_active=True).first()
    if person is not None and may_enter_by_password(person):
        send_mail_later(LINK_MAIL, person.pk)


@prepares(LINK_MAIL)
def _link(person: Person, facts: dict) -> dict:
    """The link, good once and for PASSWORD_RESET_TIMEOUT; made when the mail is written, and kept nowhere."""
    where = {"uidb36": person.pk.hex, "key": default_token_generator.make_token(person)}
    link = settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=where)
    return {"link": link, "minutes": settings.PASSWORD_RESET_TIMEOUT // 60}
