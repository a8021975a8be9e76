"""What somebody could send to the portal by hand: every form, button and bulk action, with the ids of another brand in
it. Forms are read off the pages themselves, so new ones come in by themselves."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from django.contrib import admin
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from loyalty.testing.worlds import fingerprints
from loyalty.tests.backoffice_world import House, form_of, logged_in, page_of, page_routes

PRESSED = {"post": "yes", "reason": "mine now", "points": 5, "password": "a good long one 42", "text": "mine now"}


UNTOUCHED_BUT = {"django_session", "loyalty_cache"}


@dataclass(frozen=True)
class Sent:
    """A form to send, which object of the stranger's is in it, and which answers say that it was taken; none do where
    one's own things may change by it."""

    address: str
    form: dict
    what: str
    is_taken: Callable[[HttpResponse], bool]

    def __str__(self) -> str:
        return f"POST {self.address} with {self.what}"


def crossings(person, own: House, foreign: House, *, only: str = "") -> list[str]:
    """Which of these forms (those with `only` in the address) the person could send with success: a button that
    answers, a choice that is taken, a row that speaks of the stranger's things and is not as it was."""
    client, found = logged_in(person), []
    about = "|".join(sorted(re.escape(secret) for secret in foreign.secrets() if len(secret) > 4))
    before = fingerprints(but=UNTOUCHED_BUT, about=about)
    for sent in (*presses(foreign, only), *forms(client, own, foreign, only), *bulk_actions(client, foreign, only)):
        answer = client.post(sent.address, sent.form)
        if sent.is_taken(answer):
            found.append(f"{sent} is answered {answer.status_code}")
    after = fingerprints(but=UNTOUCHED_BUT, about=about)
    return found + [f"{name} has changed" for name in after if after[name] != before.get(name)]


def presses(foreign: House, only: str = "") -> Iterator[Sent]:
    """Every page of the stranger's objects, sent as if one pressed its button."""
    for route in page_routes():
        address = page_of(route, foreign) if route.parameters and only in route.pattern else None
        if address:
            form = PRESSED | {"request_key": uuid4()}
            yield Sent(address, form, "what is pressed", lambda answer: answer.status_code not in (403, 404))


def bulk_actions(client: Client, foreign: House, only: str = "") -> Iterator[Sent]:
    """Every action of every list, on the stranger's objects."""
    for model, screen in admin.site._registry.items():
        at = reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_changelist")
        page = client.get(at) if only in at else None
        chosen = [str(pk) for pk in foreign.objects(model).values_list("pk", flat=True)]
        offered = page.context.get("action_form") if page and page.status_code == 200 and page.context else None
        for name, _ in offered.fields["action"].choices if offered and chosen else ():
            form = {"action": name, "_selected_action": chosen, "index": 0}
            yield Sent(at, PRESSED | form, f"{name} of the stranger's {chosen}", lambda answer: False)


def forms(client: Client, own: House, foreign: House, only: str = "") -> Iterator[Sent]:
    """Every form that the person is shown, once for each choice in it, with the stranger's object chosen; and every row
    of other objects in it, with the stranger's row in its place."""
    for route in page_routes():
        address = page_of(route, own) if only in route.pattern else None
        page = client.get(address) if address else None
        if page is None or page.status_code != 200 or page.context is None:
            continue
        whole = form_of(page) if "adminform" in page.context else {}
        for form in _forms_on(page):
            values = whole or {bound.html_name: bound.value() for bound in form if bound.value() is not None}
            for name, field in form.fields.items():
                theirs = foreign.objects(field.queryset.model).first() if hasattr(field, "queryset") else None
                if theirs is not None:
                    sent = {name: value for name, value in values.items() if value is not None}
                    sent[form.add_prefix(name)] = str(theirs.pk)
                    yield Sent(address, sent, f"the stranger's {name}", partial(_took, name))
        yield from _rows(address, page, whole, foreign)


def _took(name: str, answer: HttpResponse) -> bool:
    """Whether the choice was accepted, even if the form is sent back for something else."""
    bound = [form for form in _forms_on(answer) if form.is_bound] if answer.context else []
    return answer.status_code == 302 or any(name in form.fields and name not in form.errors for form in bound)


def _forms_on(page) -> list:
    admins, own = page.context.get("adminform"), page.context.get("form")
    return [form for form in (getattr(admins, "form", None), own) if hasattr(form, "fields")]


def _rows(address: str, page, whole: dict, foreign: House) -> Iterator[Sent]:
    for inline in page.context.get("inline_admin_formsets") or ():
        theirs = foreign.objects(inline.formset.model).first()
        pk = inline.formset.model._meta.pk.name
        if theirs is not None and len(inline.formset.initial_forms):
            row = inline.formset.initial_forms[0]
            changed = {name: f"{value}x" for name, value in whole.items() if name == row.add_prefix("name")}
            sent = whole | changed | {row.add_prefix(pk): str(theirs.pk)}
            yield Sent(address, sent, f"the stranger's row {theirs}", lambda answer: False)
