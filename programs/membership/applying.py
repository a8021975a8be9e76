"""What a program's document would change, and the change itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from loyalty.errors import Conflict, Invalid, NotFound
from loyalty.events import log
from loyalty.identity.approvals.errors import ApprovalRequired
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.models import Brand
from loyalty.identity.principals import Principal
from programs.membership.document_form import POINTERS
from programs.membership.documents import tiers_in, values_in
from programs.membership.models import Program
from programs.membership.operations import create_program, tier_terms_of, update_program, values_of
from programs.membership.publishing import change_program, terms_that_wait
from programs.membership.validity import TierTerms


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be different: `before` is None for what is added, `after` for what goes."""

    at: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.at}: {self.after}"
        if self.after is None:
            return f"- {self.at}: {self.before}"
        return f"~ {self.at}: {self.before} -> {self.after}"


class ChangedMeanwhile(Conflict):
    """The program has been changed since the differences were shown; look at them again."""

    code = "changed-meanwhile"


def changes_of(document: dict) -> list[Change]:
    """What `apply` would change, in the document's order; nothing where it is all so already. `document` is as
    `documents.parse` gave it. Refusals: Invalid (what a new program needs is missing, or the brand is another one)."""
    program = _program(document)
    _refuse_what_is_missing(document, program)
    changes = []
    if program is None and not Brand.objects.filter(code=document["brand"]["code"]).exists():
        changes.append(Change("brand/code", None, document["brand"]["code"]))
    if program is None:
        changes.append(Change("program/code", None, document["program"]["code"]))
    before = values_of(program) if program else {}
    for field, value in values_in(document).items():
        if field not in before or before[field] != value:
            was = _words(before[field]) if field in before else None
            changes.append(Change(POINTERS[field][1:], was, _words(value)))
    tiers = tiers_in(document)
    if tiers is not None:
        changes += _tier_changes(tier_terms_of(program) if program else [], tiers)
    return changes


def apply(document: dict, *, shown: list[Change] | None = None, actor: str = "system") -> Program:
    """Makes the program as the document says, its brand too where that is missing, all or nothing. Repeating it changes
    nothing. Refusals: those of `changes_of`; ChangedMeanwhile (the changes are not those that were `shown`);
    ApprovalRequired (the brand wants a second person for new terms); those of `create_program` and `update_program`."""
    program, _ = apply_or_ask(document, shown=shown, actor=actor)
    return program


@transaction.atomic
def apply_or_ask(
    document: dict,
    *,
    shown: list[Change] | None = None,
    actor: str = "system",
    asked_by: Principal | None = None,
    reason: str = "",
) -> tuple[Program, ApprovalRequest | None]:
    """The same, for somebody: where the brand wants a second person for new terms, these wait, the rest is done, and
    the request is answered too. Refusals: those of `apply`; with `asked_by` Forbidden and not ApprovalRequired."""
    code = document["program"]["code"]
    # Whoever else would change the program waits, so that what was compared is what is changed.
    Program.objects.select_for_update(of=("self",)).filter(code=code).first()
    changes = changes_of(document)
    if shown is not None and changes != shown:
        raise ChangedMeanwhile()
    program, values, tiers = _program(document), values_in(document), tiers_in(document)
    if asked_by:
        actor = asked_by.actor
        if program is not None:
            asked_by.require("programs.change", program.brand_id)
            return change_program(asked_by, program, values, tiers=tiers, reason=reason)
        asked_by.require("programs.add", None if asked_by.is_operator else _brand_id(document))
    if program is None:
        brand = _ensure_brand(document["brand"], actor)
        return create_program(brand, code=code, **values, tiers=tiers or [], actor=actor), None
    if terms_that_wait(program, values):
        raise ApprovalRequired("The brand wants a second person for new terms: say who asks for them.")
    return update_program(program, values, tiers=tiers, actor=actor), None


def _brand_id(document: dict) -> UUID:
    """The brand that the document names; NotFound where somebody names one that is not there."""
    brand = Brand.objects.filter(code=document["brand"]["code"]).first()
    if brand is None:
        raise NotFound("There is no such brand; only an operator opens one.")
    return brand.pk


def _program(document: dict) -> Program | None:
    return Program.objects.select_related("brand", "unit").filter(code=document["program"]["code"]).first()


def _refuse_what_is_missing(document: dict, program: Program | None) -> None:
    brand = document.get("brand")
    errors = []
    if program is not None:
        if brand and brand["code"] != program.brand.code:
            errors.append(("/brand/code", "other-brand", "The program belongs to another brand."))
    else:
        if "name" not in document["program"]:
            errors.append(("/program/name", "required", "A new program needs a name."))
        if brand is None:
            errors.append(("/brand", "required", "A new program needs its brand."))
        elif "name" not in brand and not Brand.objects.filter(code=brand["code"]).exists():
            errors.append(("/brand/name", "required", "There is no such brand yet; give it a name to make it."))
    if errors:
        raise Invalid([{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in errors])


def _ensure_brand(named: dict, actor: str) -> Brand:
    brand = Brand.objects.filter(code=named["code"]).first()
    if brand is None:
        brand = Brand.objects.create(code=named["code"], name=named["name"])
        log.record("brand.created", brand_id=brand.id, aggregate_id=brand.id, data={"actor": actor, "code": brand.code})
    return brand


def _tier_changes(before: Iterable[TierTerms], after: Iterable[TierTerms]) -> Iterator[Change]:
    were, are = {tier.code: tier for tier in before}, {tier.code: tier for tier in after}
    for code in [*were, *(code for code in are if code not in were)]:
        was, now = were.get(code), are.get(code)
        if was is None or now is None:
            yield Change(f"tiers/{code}", was and _tier_words(was), now and _tier_words(now))
            continue
        for field in ("name", "points_min", "benefits", "multiplier", "perks"):
            if getattr(was, field) != getattr(now, field):
                old, new = _words(getattr(was, field)), _words(getattr(now, field))
                yield Change(f"tiers/{code}/{field}", old, new)


def _tier_words(tier: TierTerms) -> str:
    return f"{tier.name} from {tier.points_min}"


def _words(value) -> str:
    """A value as the difference shows it."""
    if value is None:
        return "never"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | tuple):
        return ", ".join(value) or "none"
    return repr(value) if value == "" else str(value)
