"""Two brands with something on every screen of the admin portal, and a walker that opens all of it as somebody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from ledger.models import Account, Hold, LedgerEntry, Lot, Posting, Seal
from ledger.posting import Alongside, Move, post_one
from loyalty import clock
from loyalty.events import log
from loyalty.events.models import Event
from loyalty.identity import keys, operations
from loyalty.identity.models import Brand, BrandMember, Member, Person, ServerKey, Staff
from loyalty.runs.models import Run
from programs.activity.models import AdjustmentRequest, Purchase, Return, Submission
from programs.membership.models import Membership, Program, Tier
from programs.membership.operations import create_program, enrol
from programs.membership.validity import TierTerms

PASSWORD = "correct horse battery"

PATH_TO_BRAND = {
    Account: "unit__brand",
    AdjustmentRequest: "membership__program__brand",
    Brand: "pk",
    Event: "brand_id",
    Hold: "account__unit__brand",
    LedgerEntry: "unit__brand",
    Lot: "account__unit__brand",
    Member: "known_to__brand",
    Membership: "program__brand",
    Person: "posts__brand",
    Posting: "brand",
    Program: "brand",
    Purchase: "program__brand",
    Return: "program__brand",
    Run: "brand",
    ServerKey: "brand",
    Staff: "brand",
    Submission: "brand",
    Tier: "program__brand",
}
"""How the tests find a brand's objects; written down here once more, for the screens' own word is what is judged."""

PLATFORM_ONLY = {ProcrastinateJob, OutstandingToken, Seal, Submission}


@dataclass
class House:
    """One brand with its people and what they have."""

    brand: Brand
    program: Program
    people: dict[str, Person]
    member: Member
    membership: Membership
    words: list[str] = field(default_factory=list)

    def objects(self, model: type[models.Model]) -> models.QuerySet:
        path = PATH_TO_BRAND.get(model)
        return model._base_manager.filter(**{path: self.brand.pk}).distinct() if path else model._base_manager.none()

    def secrets(self) -> set[str]:
        """Every word and every id that gives the brand away."""
        found = set(self.words) | {person.email for person in self.people.values()}
        for model in PATH_TO_BRAND:
            for one in self.objects(model):
                for name in ("pk", "public_id", "event_id", "prefix", "card_number"):
                    value = getattr(one, name, None)
                    if isinstance(value, UUID) or name in ("prefix", "card_number"):
                        found.add(str(value))
        return found - {"None"}


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
    member = operations.create_member(
        brand, external_id=f"{code}-77", name=f"{code.title()} Person", email=f"person@{code}.example"
    )
    membership = enrol(program, member)
    house = House(brand, program, people, member, membership, [f"{code}-77", f"{code}points", f"{code.upper()}-R1"])
    _move_points(house, code)
    keys.create_server_key(brand, name=f"{code} till", scopes=["read", "earn"])
    AdjustmentRequest.objects.create(
        membership=membership, points=5_000, reason=f"{code} says sorry", requested_by=people["staff"]
    )
    Run.objects.create(
        brand=brand, kind="members.import", title=f"{code} import", status="done", total=1, done=1, failed=1,
        mistakes=[{"row": 2, "field": "email", "code": "invalid", "detail": f"{code} mistake"}],
    )  # fmt: skip
    ContentType.objects.clear_cache()
    LogEntry.objects.create(
        user=people["admin"], content_type=ContentType.objects.get_for_model(Program), object_id=str(program.pk),
        object_repr=str(program), action_flag=CHANGE, change_message=f"{code} changed it",
    )  # fmt: skip
    house.words += [code, code.title()]
    return house


def move(house: House, kind: str, points: int, key: str, *, alongside: Alongside | None = None, **more):
    """Moves points of the brand's member."""
    asked = {
        "kind": kind, "account_id": house.membership.account_id, "key": f"test:{house.brand.code}:{key}",
        "fingerprint": sha256(key.encode()).digest(), "actor": f"person:{house.people['staff'].pk}", "points": points,
        "program_id": house.program.pk,
    }  # fmt: skip
    return post_one(Move(**{**asked, **more}), alongside=alongside)


def _move_points(house: House, code: str) -> None:
    earned = move(house, "earn", 400, "p1", reference=f"{code.upper()}-R1", data={"description": f"{code} lunch"})
    program, member = house.program, house.member
    purchase = Purchase.objects.create(
        id=earned.public_id, program=program, member=member, reference=f"{code.upper()}-R1", amount_minor=40_000,
        currency="EUR", location_id=f"{code} street", occurred_at=clock.now(),
    )  # fmt: skip
    Return.objects.create(
        program=program, member=member, purchase=purchase, reference=f"{code.upper()}-B1", amount_minor=100,
        currency="EUR", occurred_at=clock.now(),
    )  # fmt: skip
    move(house, "redeem", 50, "r1", data={"description": f"{code} coffee"})
    move(house, "hold", 20, "h1", expires_at=clock.now() + timedelta(hours=1))
    with transaction.atomic():
        log.record("test.happened", brand_id=house.brand.pk, aggregate_id=member.pk, data={"told": f"{code} event"})
    Submission.objects.create(
        brand=house.brand, program=program, member=member, kind="earn", actor=f"{code}", key=f"{code}-k",
        fingerprint=b"0" * 32, body={},
    )  # fmt: skip


def share(member: Member, house: House) -> Member:
    """Makes the brand know a member of another."""
    BrandMember.objects.create(brand=house.brand, member=member, external_id=f"shared-with-{house.brand.code}")
    return member


def logged_in(person: Person) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(person)
    return client


def addresses(own: House, foreign: House) -> list[tuple[str, str]]:
    """(kind, address) of every page there is: kind is "list", "own" or "foreign" (a page of the other brand's object).
    New screens, buttons and views come in by themselves, for the registry is asked."""
    found = [("list", reverse("admin:index")), ("list", reverse("admin:jsi18n"))]
    found += [("list", f"{reverse('admin:index')}?program={house.program.code}") for house in (own, foreign)]
    found += [("list", reverse("admin:app_list", args=[app])) for app in ("loyalty", "ledger", "programs")]
    for model, screen in admin.site._registry.items():
        for name in names_of(screen):
            try:
                found.append(("list", reverse(f"admin:{name}")))
            except NoReverseMatch:
                found += [("own", reverse(f"admin:{name}", args=[one.pk])) for one in own.objects(model)[:1]]
                found += [("foreign", reverse(f"admin:{name}", args=[one.pk])) for one in foreign.objects(model)[:1]]
        found += [("list", address) for address in variants(model, screen, foreign)]
    return found


def names_of(screen) -> list[str]:
    return sorted({pattern.name for pattern in screen.get_urls() if pattern.name})


def variants(model, screen, foreign: House) -> list[str]:
    """The list searched for, filtered by and asked about the other brand's things; drop-downs that fetch theirs."""
    at = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    found = [f"{at}?q={word}" for word in (foreign.brand.code, foreign.words[0], foreign.membership.card_number)]
    found += [f"{at}?o=1.-2", f"{at}?_popup=1&_to_field=id"]
    if path := PATH_TO_BRAND.get(model):
        found += [f"{at}?{path}__code={foreign.brand.code}", f"{at}?{path}={foreign.brand.pk}"]
    for name in screen.list_filter:
        if isinstance(name, str) and (related := getattr(model._meta.get_field(name), "related_model", None)):
            found += [f"{at}?{name}__id__exact={one.pk}" for one in foreign.objects(related)]
    for target in model._meta.get_fields():
        if target.is_relation and target.concrete:
            asked = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={target.name}"
            found += [f"{reverse('admin:autocomplete')}?{asked}&term={term}" for term in ("", foreign.brand.code)]
    return found


def walk(person: Person, own: House, foreign: House) -> Iterator[str]:
    """Opens every page as the person; tells what of the foreign brand could be seen or opened."""
    client, secrets = logged_in(person), foreign.secrets()
    for kind, address in addresses(own, foreign):
        answer = client.get(address)
        body = answer.content.decode() + answer.headers.get("Location", "")
        # What was asked for may be said back: a search box keeps its word.
        asked = address.lower()
        seen = {secret for secret in secrets if secret in body and secret.lower() not in asked}
        told = re.sub(r"<input[^>]*>|<a [^>]*>|_changelist_filters=[^\"]*", "", body)
        seen |= {secret for secret in secrets if secret in told and answer.status_code == 200 and "?" in address}
        if seen:
            yield f"{address} shows {sorted(seen)}"
        if kind == "foreign" and answer.status_code not in (403, 404):
            yield f"{address} answers {answer.status_code}"


def form_of(page) -> dict:
    """What a change page would send unchanged, its rows of other objects too."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {bound.html_name: bound.value() for form in forms for bound in form}
    return {name: value for name, value in values.items() if value is not None and value is not False}
