"""What can be done to programs: opened, changed, archived. Who takes part in them is changed in `enrolment`."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import asdict
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from ledger.accounts import open_unit
from ledger.units import change_unit, limit_debt
from loyalty import clock
from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.identity.models import Brand
from loyalty.ids import uuid7
from programs.membership.assessing import leave_tiers
from programs.membership.enrolment import close, debt_max_of, enrol, enrol_many, join, reinstate, suspend
from programs.membership.errors import ProgramArchived, ProgramCodeTaken
from programs.membership.jobs import assess_later
from programs.membership.models import Program, Tier
from programs.membership.validity import TierTerms, mistakes_in

__all__ = [
    "archive_program",
    "close",
    "create_program",
    "enrol",
    "enrol_many",
    "join",
    "reinstate",
    "suspend",
    "tier_terms_of",
    "update_program",
    "values_of",
]

PROGRAM_FIELDS = (
    "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days",
    "pending_until", "expiry_kind", "expiry_months", "expiry_dates", "expiry_warning_days",
    "return_policy", "debt_max", "redeem_points_min", "redeem_percent_max",
    "tier_basis", "tier_window", "tier_months", "tier_downgrade", "tier_grace_days", "tier_warning_days",
)  # fmt: skip
UNIT_FIELDS = ("unit_name", "decimal_places")
TIER_POLICY = (
    "tier_basis", "tier_window", "tier_months", "tier_downgrade", "tier_grace_days", "timezone", "money_currency",
)  # fmt: skip
"""What decides, besides the tiers themselves, which one a member has."""
POINTERS = {"unit_name": "currency", "is_community": "community"}


def create_program(
    brand: Brand,
    *,
    code: str,
    name: str,
    unit_name: str = "points",
    decimal_places: int = 0,
    tiers: Iterable[TierTerms] = (),
    program_id: UUID | None = None,
    actor: str = "system",
    **terms,
) -> Program:
    """Opens a program of the brand with its own unit in the ledger, and its tiers if any are given. `terms` are further
    fields of `Program`; `earn_per` is money in `money_currency`. Repeating it is refused for its code.
    Refusals: Invalid (every mistake at once), ProgramCodeTaken."""
    tiers = list(tiers)
    program = Program(id=program_id or uuid7(), brand=brand, code=code, name=name, **terms)
    values = {field: getattr(program, field) for field in PROGRAM_FIELDS}
    refuse_mistakes({"code": code, "unit_name": unit_name, "decimal_places": decimal_places, **values}, tiers)
    try:
        with transaction.atomic():
            program.unit = open_unit(brand, name=unit_name, decimal_places=decimal_places)
            program.save(force_insert=True)
            Tier.objects.bulk_create(_tiers(program, tiers))
            _record("program.created", program, {"actor": actor, "code": code})
    except IntegrityError as clash:
        if not Program.objects.filter(code=code).exists():
            raise
        raise ProgramCodeTaken(f"There is a program with the code {code!r}.", pointer="/code") from clash
    return program


@transaction.atomic
def update_program(
    program: Program, changes: Mapping, *, tiers: Iterable[TierTerms] | None = None, actor: str = "system"
) -> Program:
    """Changes the fields named in `changes` (those of `values_of`), and where `tiers` are given puts them in the place
    of all the tiers there were. What differs raises the version; repeating it changes nothing. New terms hold for what
    is earned from now on; a new limit of debt holds at once, but for nobody below what they owe already.
    Refusals: ProgramArchived, Invalid (every mistake at once), UnitInUse."""
    program = Program.objects.select_for_update(of=("self",)).select_related("unit", "brand").get(id=program.id)
    before, tiers_before = values_of(program), tier_terms_of(program)
    after = before | dict(changes)
    given = tiers_before if tiers is None else list(tiers)
    tiers_after = sorted(given, key=lambda tier: tier.points_min)
    differing = {field: value for field, value in after.items() if value != before[field]}
    if not differing and tiers_after == tiers_before:
        return program
    if before["status"] == Program.Status.ARCHIVED:
        raise ProgramArchived()
    refuse_mistakes(after, given)
    debt_before = debt_max_of(program)
    for field in differing.keys() & set(PROGRAM_FIELDS):
        setattr(program, field, differing[field])
    if differing.keys() & set(UNIT_FIELDS):
        change_unit(program.unit, name=after["unit_name"], decimal_places=after["decimal_places"])
    if debt_max_of(program) != debt_before:
        limit_debt(program.unit, debt_max=debt_max_of(program))
    if tiers_after != tiers_before:
        _replace_tiers(program, tiers_after, actor)
    _save_next_version(program)
    if tiers_after != tiers_before or differing.keys() & set(TIER_POLICY):
        assess_later(program)
    told = {field: {"from": _plain(before[field]), "to": _plain(value)} for field, value in differing.items()}
    if tiers_after != tiers_before:
        told["tiers"] = {"from": _plain(tiers_before), "to": _plain(tiers_after)}
    archived = differing.get("status") == Program.Status.ARCHIVED
    _record("program.archived" if archived else "program.updated", program, {"actor": actor, "changes": told})
    return program


def archive_program(program: Program, *, actor: str = "system") -> Program:
    """Ends the program for good: nobody enrols and nothing is earned any more. The ledger keeps everything, and members
    keep what they have. Repeating it changes nothing."""
    return update_program(program, {"status": Program.Status.ARCHIVED}, actor=actor)


def values_of(program: Program) -> dict:
    """What can be changed of a program, by field, as it is now; choices are plain text, lists are the caller's own."""
    values = {field: getattr(program, field) for field in PROGRAM_FIELDS}
    values = {field: str(value) if isinstance(value, str) else copy(value) for field, value in values.items()}
    return values | {"unit_name": program.unit.name, "decimal_places": program.unit.decimal_places}


def tier_terms_of(program: Program) -> list[TierTerms]:
    """The program's tiers as they are now, the lowest first."""
    return [
        TierTerms(
            code=tier.code,
            name=tier.name,
            points_min=tier.points_min,
            benefits=tier.benefits,
            multiplier=tier.multiplier,
            perks=tuple(tier.perks),
        )
        for tier in program.tiers.order_by("points_min")
    ]


def refuse_mistakes(values: Mapping, tiers: list[TierTerms]) -> None:
    """Raises Invalid with every mistake in the values of a program and its tiers."""
    errors = [
        {"pointer": f"/{POINTERS.get(mistake.field, mistake.field)}", "code": mistake.code, "detail": mistake.detail}
        for mistake in mistakes_in(values, tiers)
    ]
    if errors:
        raise Invalid(errors)


def _tiers(program: Program, tiers: Iterable[TierTerms]) -> list[Tier]:
    return [Tier(program=program, **_fields(tier)) for tier in tiers]


def _fields(tier: TierTerms) -> dict:
    return asdict(tier) | {"perks": list(tier.perks)}


def _replace_tiers(program: Program, tiers: list[TierTerms], actor: str) -> None:
    """Changes the tiers that differ, so that the history tells of these only, in one statement, for one may take the
    threshold of another. Members of tiers that go have the next lower one that stays."""
    wanted, known = {tier.code: tier for tier in tiers}, {tier.code: tier for tier in program.tiers.all()}
    gone = [tier for code, tier in known.items() if code not in wanted]
    if gone:
        leave_tiers(gone, actor=actor)
        program.tiers.filter(id__in=[tier.id for tier in gone]).delete()
    changed = []
    for code, tier in known.items():
        asked = _fields(wanted[code]) if code in wanted else {}
        if any(getattr(tier, field) != value for field, value in asked.items()):
            for field, value in asked.items():
                setattr(tier, field, value)
            changed.append(tier)
    Tier.objects.bulk_update(changed, ["name", "points_min", "benefits", "multiplier", "perks"])
    Tier.objects.bulk_create(_tiers(program, (tier for code, tier in wanted.items() if code not in known)))


def _save_next_version(program: Program) -> None:
    program.version = F("version") + 1
    program.updated_at = clock.now()
    program.save()
    program.refresh_from_db()


def _record(type_: str, program: Program, data: dict) -> None:
    log.record(type_, brand_id=program.brand_id, aggregate_id=program.id, program_id=program.id, data=data)


def _plain(value):
    """A value as JSON can keep it, in an event."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, TierTerms):
        return {"code": value.code, "name": value.name, "points_min": value.points_min} | _extras(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _extras(tier: TierTerms) -> dict:
    """What a tier brings for machines to read, where it brings any."""
    multiplier = {"multiplier": f"{tier.multiplier.normalize():f}"} if tier.multiplier != 1 else {}
    return multiplier | ({"perks": list(tier.perks)} if tier.perks else {})
