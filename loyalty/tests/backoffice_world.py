"""Two brands with something on every screen of the admin portal, and a walker that opens all of it as somebody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from urllib.parse import quote, unquote
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db import models
from django.test import Client
from django.urls import reverse

from ledger.posting import Alongside, Move, post_one
from loyalty.identity import operations
from loyalty.identity.models import Brand, BrandMember, Member, Person, Staff
from loyalty.roles import PUBLIC
from loyalty.routes import Route, every_route, needs
from loyalty.tests import delivery_objects, exchange_objects, households_objects, messages_objects  # noqa: F401
from loyalty.tests.backoffice_objects import KINDS, PARAMETERS, make_hold, make_purchase
from loyalty.tests.rewards_objects import make_stock_hold
from programs.membership.models import Membership, Program
from programs.membership.operations import create_program, enrol
from programs.membership.validity import TierTerms

PASSWORD = "correct horse battery"
BORN = date(1961, 7, 23)
SHUT = (403, 404, 405)
OPEN = (200, 302, *SHUT)
PATH_TO_BRAND = {model: one.path for model, one in KINDS.items() if one.path and model in admin.site._registry}
PLATFORM_ONLY = {model for model, one in KINDS.items() if one.is_platforms and model in admin.site._registry}


@dataclass
class House:
    """One brand with its people and what they have. `external_id` is its number of the member, whose transactions
    `earned` and `held` are."""

    code: str
    brand: Brand
    program: Program
    people: dict[str, Person]
    member: Member
    membership: Membership
    words: list[str] = field(default_factory=list)
    external_id: str = ""
    earned: UUID | None = None
    held: UUID | None = None

    def objects(self, model: type[models.Model]) -> models.QuerySet:
        path = KINDS[model].path if model in KINDS else None
        return model._base_manager.filter(**{path: self.brand.pk}).distinct() if path else model._base_manager.none()

    def secrets(self) -> set[str]:
        """Every word and every id that gives the brand away."""
        found = set(self.words) | {person.email for person in self.people.values()}
        for model in KINDS:
            for one in self.objects(model):
                for name in ("pk", "public_id", "event_id", "prefix", "card_number"):
                    value = getattr(one, name, None)
                    if isinstance(value, UUID) or name in ("prefix", "card_number"):
                        found.add(str(value))
        return found - {"None"}

    def saying(self, words: str) -> dict:
        return {"description": f"{self.code} {words}"}

    def move(self, kind: str, points: int, key: str, *, alongside: Alongside | None = None, **more):
        """Moves points of the brand's member."""
        asked = {
            "kind": kind, "account_id": self.membership.account_id, "key": f"test:{self.code}:{key}",
            "fingerprint": sha256(key.encode()).digest(), "actor": f"person:{self.people['staff'].pk}",
            "points": points, "program_id": self.program.pk,
        }  # fmt: skip
        return post_one(Move(**{**asked, **more}), alongside=alongside)


def build_house(code: str) -> House:
    """A brand named `code` with staff of each role, a program with tiers, and a member with some of everything."""
    brand = Brand.objects.create(code=code, name=f"{code.title()} Brand", approval_points_min=1_000)
    people = {}
    for role in Staff.Role.values:
        people[role] = Person.objects.create_user(f"{role}@{code}.example", PASSWORD, name=f"{code} {role}")
        Staff.objects.create(person=people[role], brand=brand, role=role)
    tiers = [TierTerms(code="first", name=f"{code} first", points_min=0)]
    program = create_program(
        brand, code=code.upper(), name=f"{code.title()} Club", unit_name=f"{code}points", tiers=tiers
    )
    phone = f"+316{int.from_bytes(code.encode()) % 10**8:08}"
    member = operations.create_member(
        brand, external_id=f"{code}-77", name=f"{code.title()} Person", email=f"person@{code}.example", phone=phone,
        birth_date=BORN, preferences={"seat": f"{code} window"}, consents={f"{code}_letter": True},
    )  # fmt: skip
    membership = enrol(program, member)
    words = [f"{code}-77", f"{code}points", f"{code.upper()}-R1", phone]
    house = House(code, brand, program, people, member, membership, words, member.external_id)
    for one in KINDS.values():
        if one.make:
            one.make(house)
    house.words += [code, code.title()]
    return house


@dataclass
class Guest(House):
    """Another member of a brand, with things of their own; everything else is the brand's."""

    def secrets(self) -> set[str]:
        return {*self.words, *map(str, (self.member.pk, self.earned, self.held, self.membership.card_number))}


def guest_of(house: House, code: str) -> Guest:
    """One more member of the house, named `code`."""
    words = [f"{code}-77", code, code.title()]
    member = operations.create_member(house.brand, external_id=words[0], name=code.title(), email=f"{code}@example.com")
    membership = enrol(house.program, member)
    guest = Guest(code, house.brand, house.program, house.people, member, membership, words, words[0])
    make_purchase(guest)
    make_hold(guest)
    make_stock_hold(guest)
    return guest


def move(house: House, kind: str, points: int, key: str, **more):
    return house.move(kind, points, key, **more)


def share(member: Member, house: House) -> Member:
    """Makes the brand know a member of another."""
    BrandMember.objects.create(brand=house.brand, member=member, external_id=f"shared-with-{house.code}")
    return member


def logged_in(person: Person) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(person)
    return client


def page_routes() -> Iterator[Route]:
    """The addresses of all pages that are not open to everybody."""
    return (route for route in every_route() if not route.api_view and PUBLIC not in needs(route, "GET"))


def page_of(route: Route, house: House) -> str | None:
    """The address of a page about things of the house; None where the house has no such thing."""
    models_by_name = PARAMETERS | ({"object_id": route.screen[0].model} if route.screen else {})
    things = {name: _first(house, models_by_name.get(name)) for name in route.parameters}
    return None if None in things.values() else route.fill({name: one.pk for name, one in things.items()})


def _first(house: House, model: type[models.Model] | None) -> models.Model | None:
    return house.objects(model).order_by("pk").first() if model else None


def unknown_parameters() -> list[str]:
    """What stands in the address of a page and not in PARAMETERS."""
    pages = [(route, name) for route in page_routes() for name in route.parameters]
    return [
        f"{route.pattern} has {name}: enter it in backoffice_objects.PARAMETERS"
        for route, name in pages
        if name not in PARAMETERS and name != "object_id"
    ]


def addresses(own: House, foreign: House, *, is_varied: bool = True) -> list[tuple[str, str]]:
    """(kind, address) of every page there is: kind is "list", "own" or "foreign" (a page of the other brand's object).
    New screens, buttons and views come in by themselves, for the routes are asked. Not `is_varied`: without lists
    searched and filtered."""
    found = [("list", f"{reverse('admin:index')}?program={house.program.code}") for house in (own, foreign)]
    asked = [own.code, foreign.code, foreign.member.email, foreign.external_id, foreign.membership.card_number]
    asked += [f"{foreign.code.upper()}-R1", str(foreign.earned), foreign.people["staff"].email]
    found += [("list", f"{reverse('admin:search')}?extended=1&s={quote(word)}") for word in asked]
    found += [("list", reverse("admin:app_list", args=[app])) for app in ("loyalty", "ledger", "programs")]
    for route in page_routes():
        if not route.parameters:
            found.append(("list", route.fill({})))
            continue
        pages = {"own": page_of(route, own), "foreign": page_of(route, foreign)}
        found += [(kind, address) for kind, address in pages.items() if address]
    for model, screen in admin.site._registry.items() if is_varied else ():
        found += [("list", address) for address in variants(model, screen, foreign)]
    return found


def variants(model, screen, foreign: House) -> list[str]:
    """The list searched for, filtered by and asked about the other brand's things; drop-downs that fetch theirs."""
    at = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    found = [f"{at}?q={word}" for word in (foreign.code, foreign.words[0], foreign.membership.card_number)]
    found += [f"{at}?o=1.-2", f"{at}?_popup=1&_to_field=id"]
    if path := PATH_TO_BRAND.get(model):
        found += [f"{at}?{path}__code={foreign.code}", f"{at}?{path}={foreign.brand.pk}"]
    for name in screen.list_filter:
        if isinstance(name, str) and (related := get_fields_from_path(model, name)[-1].related_model):
            found += [f"{at}?{name}__id__exact={one.pk}" for one in foreign.objects(related)]
    for target in model._meta.get_fields():
        if target.is_relation and target.concrete:
            theirs = foreign.objects(target.related_model).first()
            found += [f"{at}?{target.name}__id__exact={theirs.pk}"] if theirs else []
            asked = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={target.name}"
            found += [f"{reverse('admin:autocomplete')}?{asked}&term={term}" for term in ("", foreign.code)]
    return found


def walk(person: Person, own: House, foreign: House, *, only: str = "", is_varied: bool = True) -> Iterator[str]:
    """Opens every page (those with `only` in the address) as the person; tells what of the foreign brand could be seen
    or opened, and which own page is broken."""
    client, secrets = logged_in(person), foreign.secrets() - {str(person.pk), person.email}
    for kind, address in addresses(own, foreign, is_varied=is_varied):
        if only not in address:
            continue
        answer = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        body = content.decode(errors="replace") + answer.headers.get("Location", "")
        # What was asked for may be said back: a search box keeps its word.
        asked = unquote(address).lower()
        seen = {secret for secret in secrets if secret in body and secret.lower() not in asked}
        told = re.sub(r"<input[^>]*>|<a [^>]*>|_changelist_filters=[^\"]*", "", body)
        seen |= {secret for secret in secrets if secret in told and answer.status_code == 200 and "?" in address}
        if seen:
            yield f"{address} shows {sorted(seen)}"
        is_well = OPEN if kind == "own" else SHUT if kind == "foreign" else range(500)
        if answer.status_code not in is_well:
            yield f"{address} answers {answer.status_code}"


def form_of(page) -> dict:
    """What a change page would send unchanged, its rows of other objects too."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {bound.html_name: bound.value() for form in forms for bound in form}
    return {name: value for name, value in values.items() if value is not None and value is not False}
