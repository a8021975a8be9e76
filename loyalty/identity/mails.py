"""Mails to people: asked for in the transaction of what they tell of, written and sent by the worker. A job carries ids
and numbers, never an address, a name or a secret."""

import logging
from collections.abc import Callable
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.template import Context, engines
from django.urls import reverse
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from loyalty.identity.devices.models import OneTimeCode
from loyalty.identity.models import Brand, Person
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)

Prepare = Callable[[Person, dict], dict | None]
_preparations: dict[str, Prepare] = {}

MAILS_A_DAY = 20
"""Of one kind to one person. Whoever makes us send more fills a mailbox; what they ask for is dropped."""

_LAYOUT = "notifications/letter.html"


def send_mail_later(kind: str, person_id: UUID, facts: dict | None = None, *, address_id: UUID | None = None) -> None:
    """Has the mail `notifications/<kind>.txt` sent to the person once the transaction at hand commits; to the address
    kept in the OneTimeCode `address_id` where they have another one by now. `facts` are ids and numbers for the
    template; with a `brand_id` among them the mail is written in the brand's name. Tried again for some hours while the
    mail server does not take it; of one kind at most MAILS_A_DAY reach a person. Repeating it sends another mail."""
    # The job's own lock would make mails wait for each other; they need no order.
    send_mail.defer(kind=kind, person_id=str(person_id), facts=facts or {}, address_id=address_id and str(address_id))


def prepares(kind: str) -> Callable[[Prepare], Prepare]:
    """For a function that is asked, when a mail of this kind is written, for what the template needs besides the job's
    facts, say a link with a secret in it: `(person, facts)` gives the names and values, or None for no mail at all."""

    def remember(prepare: Prepare) -> Prepare:
        _preparations[kind] = prepare
        return prepare

    return remember


@app.task(name="loyalty.send_mail", retry=RetryStrategy(max_attempts=8, exponential_wait=4), pass_context=True)
def send_mail(context, kind: str, person_id: str, facts: dict, address_id: str | None = None) -> None:
    """Writes and sends one mail. A person who is gone gets none; neither does one whose mail of this kind were too many
    today."""
    drop_dead_connection()
    person = Person.objects.filter(id=person_id).first()
    address = _address(person, address_id)
    if person is None or not address:
        return
    prepared = _preparations[kind](person, facts) if kind in _preparations else {}
    if prepared is None:
        return
    if not _is_within_cap(kind, person):
        log.warning("person %s has had %s mails %r today; this one is dropped", person.id, MAILS_A_DAY, kind)
        return
    mail = written(kind, facts | prepared, to=address)
    # A mail that was accepted just before we were killed is sent again under the same name.
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    mail.extra_headers["Message-ID"] = f"<{context.job.id}.{kind}@{domain}>"
    mail.send()


def written(kind: str, facts: dict, *, to: str) -> EmailMultiAlternatives:
    """The mail: the first line of the text template is the subject, the rest the text; the HTML part says the same.
    Facts are values to the templates, never templates themselves, and reach them without control characters. `link` is
    the page for a new password where they name no other."""
    facts = {name: _plain(value) for name, value in facts.items()}
    link = settings.SITE_URL + reverse("password-forgot")
    context = {"site": _plain(settings.SITE_NAME), "brand": _brand(facts), "link": link} | facts
    template = engines["django"].get_template(f"notifications/{kind}.txt").template
    subject, _, text = template.render(Context(context, autoescape=False)).strip().partition("\n")
    text = text.strip()
    mail = EmailMultiAlternatives(
        subject=f"[{context['brand'] or context['site']}] {subject}",
        body=f"{text}\n\n-- \n{context['site']}\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    html = engines["django"].get_template(_LAYOUT).render(context | {"subject": subject, "paragraphs": paragraphs})
    mail.attach_alternative(html, "text/html")
    return mail


def _address(person: Person | None, address_id: str | None) -> str:
    if person is None or address_id is None:
        return person.email if person else ""
    kept = OneTimeCode.objects.filter(id=address_id, person=person).first()
    return kept.address if kept else ""


def _brand(facts: dict) -> str:
    brand_id = facts.get("brand_id")
    return _plain(Brand.objects.filter(id=brand_id).values_list("name", flat=True).first() or "") if brand_id else ""


def _plain(value):
    """A text on one line: what could start a header or a paragraph of its own becomes a space."""
    if not isinstance(value, str):
        return value
    return "".join(character if character.isprintable() else " " for character in value).strip()


def _is_within_cap(kind: str, person: Person) -> bool:
    name = f"mails:{kind}:{person.id}"
    if cache.add(name, 1, 86_400):
        return True
    try:
        return cache.incr(name) <= MAILS_A_DAY
    except ValueError:
        return True
