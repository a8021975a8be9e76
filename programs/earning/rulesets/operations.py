"""What can be done to a program's rule sets: drafted, changed, published, thrown away."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from loyalty import clock
from loyalty.errors import Conflict, Invalid
from loyalty.events import log
from programs.earning import editions
from programs.earning.errors import RuleSetPublished, RulesNotValid
from programs.earning.keeping import refuse_unkeepable
from programs.earning.merging import RULESET
from programs.earning.models import Edition, RuleSet
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program

Status = RuleSet.Status
NOTE_MAX = 200


def mistakes_in(program: Program, document: Any) -> list[dict]:
    """What is wrong with a document of rules, by itself: {pointer, code, detail, hint}."""
    try:
        editions.read_merge(program, document)
    except Invalid as refusal:
        return without(refusal.errors, RULESET)
    return []


@transaction.atomic
def create_draft(program: Program, document: Any, *, note: str = "", actor: str) -> RuleSet:
    """Keeps a document of rules as the program's next version, a draft: with its mistakes, if it has any. Repeating it
    makes another version. Refusals: Invalid (no JSON object, too long a note), RulesTooLarge, ProgramArchived."""
    _check(document, note)
    locked = lock_program(program)
    last = RuleSet.objects.filter(program=locked).aggregate(last=Max("version"))["last"] or 0
    return RuleSet.objects.create(
        program=program, version=last + 1, document=document, errors=mistakes_in(locked, document), note=note,
        created_by=actor,
    )  # fmt: skip


@transaction.atomic
def change_draft(ruleset: RuleSet, *, document: Any = None, note: str | None = None) -> RuleSet:
    """Puts another document or note in a draft; what is not given stays. Repeating it changes nothing.
    Refusals: Invalid, RulesTooLarge, ProgramArchived, RuleSetPublished."""
    _check({} if document is None else document, note or "")
    locked = _lock(ruleset)
    if locked.status != Status.DRAFT:
        raise RuleSetPublished()
    if document is not None:
        locked.document, locked.errors = document, mistakes_in(locked.program, document)
    if note is not None:
        locked.note = note
    locked.save(update_fields=["document", "errors", "note"])
    return locked


@transaction.atomic
def discard_draft(ruleset: RuleSet) -> None:
    """Throws a draft away; its number is not given again while there is a later one. Refusals: ProgramArchived,
    RuleSetPublished."""
    locked = _lock(ruleset)
    if locked.status != Status.DRAFT:
        raise RuleSetPublished()
    locked.delete()


@transaction.atomic
def publish(ruleset: RuleSet, *, actor: str) -> tuple[RuleSet, Edition]:
    """Puts the version in force, a draft or an older one again, in the place of the one before, which stays readable.
    Everything that happens from then on is decided by it. Repeating it changes nothing.
    Refusals: ProgramArchived, RulesNotValid (every mistake, also of campaigns that cannot go on with it)."""
    locked = _lock(ruleset)
    if locked.status == Status.PUBLISHED:
        return locked, Edition.objects.get(program=locked.program_id, number=locked.program.edition)
    before = RuleSet.objects.select_for_update().filter(program=locked.program_id, status=Status.PUBLISHED).first()
    if before:
        before.status = Status.SUPERSEDED
        before.save(update_fields=["status"])
    locked.status, locked.errors, locked.published_by = Status.PUBLISHED, [], actor
    # The first time counts: the database keeps it as it is.
    locked.published_at = locked.published_at or clock.now()
    locked.save(update_fields=["status", "errors", "published_at", "published_by"])
    edition = renewed(locked.program, f"Version {locked.version} of the rules", actor, own=RULESET)
    log.record(
        "rules.published", brand_id=locked.program.brand_id, aggregate_id=locked.id, program_id=locked.program_id,
        data={"actor": actor, "version": locked.version, "before": before.version if before else None,
              "edition": edition.number},
    )  # fmt: skip
    return locked, edition


def refuse_unpublishable(ruleset: RuleSet) -> None:
    """Raises what `publish` would refuse, and changes nothing."""
    if ruleset.program.status == Program.Status.ARCHIVED:
        raise ProgramArchived()
    campaigns = editions.live_campaigns(ruleset.program)
    try:
        editions.read_live(ruleset.program, ruleset.document, campaigns)
    except Invalid as refusal:
        raise RulesNotValid(without(refusal.errors, RULESET)) from None


def renewed(program: Program, reason: str, actor: str, *, own: str) -> Edition:
    """The program's next edition. Its mistakes are refused as RulesNotValid, those of the `own` part without its
    prefix."""
    try:
        return editions.renew(program, reason=reason, actor=actor)
    except Invalid as refusal:
        raise RulesNotValid(without(refusal.errors, own)) from None


def without(errors: list[dict], prefix: str) -> list[dict]:
    """The mistakes, those below the prefix pointing into it."""
    return [
        {**one, "pointer": one["pointer"].removeprefix(prefix)}
        if f"{one['pointer']}/".startswith(f"{prefix}/") else one
        for one in errors
    ]  # fmt: skip


def lock_program(program: Program) -> Program:
    """The program, locked for whoever changes what it gives; purchases go on meanwhile. Refusals: ProgramArchived."""
    locked = Program.objects.select_for_update(no_key=True, of=("self",)).select_related("brand").get(pk=program.pk)
    if locked.status == Program.Status.ARCHIVED:
        raise ProgramArchived()
    return locked


def _lock(ruleset: RuleSet) -> RuleSet:
    program = lock_program(ruleset.program)
    locked = RuleSet.objects.select_for_update(of=("self",)).filter(pk=ruleset.pk).first()
    if locked is None:
        raise Conflict("The draft was thrown away meanwhile.")
    locked.program = program
    return locked


def _check(document: Any, note: str) -> None:
    errors = []
    if not isinstance(document, dict):
        errors.append({"pointer": "", "code": "not_an_object", "detail": "A JSON object with rules is wanted."})
    if len(note) > NOTE_MAX or not note.isprintable():
        detail = f"At most {NOTE_MAX} characters that can be seen."
        errors.append({"pointer": "/note", "code": "invalid-length", "detail": detail})
    if errors:
        raise Invalid(errors)
    refuse_unkeepable(document)
