"""Questions about agreements, rates and bonuses: who may see which, what is in force when, and by which ways points of
one program become points of another."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from exchange.rates.arithmetic import Terms
from exchange.rates.dated import DatedBonus, DatedPair, DatedRate
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.routes import Route, best_routes
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.membership.models import Membership, Program
from programs.membership.selectors import visible_programs

SIDES = ("from_program", "to_program")


def program_named(ref: str | UUID) -> Program | None:
    """The program of this id or code, whosever it is, with its brand and unit."""
    return Program.objects.select_related("brand", "unit").filter(_named(ref)).first()


def codes_of(program_ids: Collection[UUID]) -> dict[UUID, str]:
    """The codes of programs."""
    return dict(Program.objects.filter(pk__in=program_ids).values_list("pk", "code"))


def leads(*, start: str | UUID | None = None, end: str | UUID | None = None) -> Q:
    """Rows about pairs that lead from a program to another, each named by id or code, or left out."""
    found = Q()
    for side, ref in zip(SIDES, (start, end), strict=True):
        if ref is not None:
            uuid = as_uuid(ref)
            found &= Q(**{side: uuid}) if uuid else Q(**{f"{side}__code": str(ref)})
    return found


def visible_agreements(principal: Principal) -> QuerySet[Agreement]:
    """The agreements of the principal's brands, whichever side they are; an operator sees all. With both programs."""
    return _of_brands(Agreement, principal.brands_where("agreements.view"))


def find_agreement(principal: Principal, ref: str | UUID, permission: str = "agreements.view") -> Agreement:
    """The agreement, if the principal may do that at one of its brands. Refusals: Forbidden, ScopeMissing,
    NotFound."""
    principal.require(permission)
    found = _one(Agreement, principal, ref)
    if found is None:
        raise NotFound("There is no such agreement, or it is not yours to see.")
    sides_of(principal, permission, found.from_program, found.to_program)
    return found


def visible_bonuses(principal: Principal) -> QuerySet[Bonus]:
    """The bonuses of pairs that start or end at programs of the principal's brands; an operator sees all."""
    return _of_brands(Bonus, principal.brands_where("bonuses.view"))


def find_bonus(principal: Principal, ref: str | UUID, permission: str = "bonuses.view") -> Bonus:
    """The bonus, if the principal may do that at the brand whose points are given, or just see it at either. Refusals:
    Forbidden, ScopeMissing, NotFound."""
    principal.require(permission)
    found = _one(Bonus, principal, ref)
    if found is None:
        raise NotFound("There is no such bonus, or it is not yours to see.")
    sides = (found.from_program, found.to_program) if permission == "bonuses.view" else (found.from_program,)
    sides_of(principal, permission, *sides)
    return found


def sides_of(principal: Principal, permission: str, *programs: Program) -> set[UUID]:
    """The brands of these programs for which the principal may do that. Refusals, where it is none: ScopeMissing,
    Forbidden."""
    brands = {program.brand_id for program in programs}
    allowed = {brand_id for brand_id in brands if principal.may(permission, brand_id)}
    if not allowed:
        for brand_id in sorted(brands, key=lambda side: side not in principal.brands):
            principal.require(permission, brand_id)
    return allowed


def works_for(principal: Principal, program: Program) -> bool:
    """Whether the principal is of the brand whose program it is, in whatever post, or an operator."""
    return principal.is_operator or program.brand_id in principal.brands


def visible_rates(principal: Principal) -> QuerySet[Rate]:
    """The rates that the principal may see, with both programs: an operator all, those who work for a brand (and its
    keys) those of pairs that start or end at its programs, a member those of open pairs from programs they take part
    in."""
    rates = _with_standing(Rate.objects.select_related(*SIDES))
    if principal.is_operator:
        return rates
    brands = principal.brands_where("rates.view")
    seen = Q(from_program__brand__in=brands) | Q(to_program__brand__in=brands)
    if principal.member_id:
        parts = Membership.objects.filter(member_id=principal.member_id).exclude(status=Membership.Status.CLOSED)
        seen |= Q(from_program__in=parts.values("program")) & Q(is_agreed=True, is_open=True)
    return rates.filter(seen)


def rate_shown(rate: Rate) -> Rate:
    """The rate as `visible_rates` gives it, for who has just set it: a key that may set rates need not see others."""
    return _with_standing(Rate.objects.select_related(*SIDES)).get(pk=rate.pk)


def rates_asked(principal: Principal, asked, at: datetime) -> QuerySet[Rate]:
    """Of the rates that the principal may see those of the pairs `asked` for, in force at that moment; or with
    `history` all of them, up to that moment if it is said."""
    rates = visible_rates(principal).filter(leads(start=asked.from_program_id, end=asked.to_program_id))
    if not asked.history:
        return in_force(rates, at)
    return rates.filter(valid_from__lte=asked.at) if asked.at else rates


def in_force(rates: QuerySet[Rate], at: datetime) -> QuerySet[Rate]:
    """Of each pair the rate that holds at that moment."""
    newer = Rate.objects.filter(_same_pair(), valid_from__gt=OuterRef("valid_from"), valid_from__lte=at)
    return rates.filter(~Exists(newer), valid_from__lte=at)


def bonuses_of(rates: Iterable[Rate], at: datetime) -> dict[tuple[UUID, UUID], Bonus]:
    """The bonus that runs at that moment on each of the pairs, where one does. One query."""
    starts = {rate.from_program_id for rate in rates}
    running = Bonus.objects.filter(from_program__in=starts, starts_at__lte=at, ends_at__gt=at).order_by("percent")
    return {(bonus.from_program_id, bonus.to_program_id): bonus for bonus in running}


def open_terms(at: datetime, principal: Principal | None = None) -> dict[tuple[UUID, UUID], Terms]:
    """The terms at that moment of the open pairs, all of them or those that the principal may see. Two queries."""
    rates = visible_rates(principal) if principal else _with_standing(Rate.objects.all())
    found = list(in_force(rates, at).filter(is_agreed=True, is_open=True))
    bonuses = bonuses_of(found, at)
    pairs = {(rate.from_program_id, rate.to_program_id): rate for rate in found}
    return {pair: terms_of(rate, bonuses.get(pair)) for pair, rate in pairs.items()}


def routes(
    from_id: UUID, amount: int, at: datetime | None = None, *, principal: Principal | None = None
) -> list[Route]:
    """By which ways so many points of the program become points of others, the best of each first; over all open
    pairs, or those that the principal may see. Two queries."""
    return best_routes(from_id, amount, open_terms(at or clock.now(), principal))


def routes_asked(
    principal: Principal, from_ref: str, amount: int, *, to_ref: str | None = None, at: datetime | None = None
) -> tuple[Program, list[Route]]:
    """The same from a program named by id or code, which the principal sees or to whose pairs they are a party; to one
    program, if it is named. Refusals: NotFound."""
    program = visible_programs(principal).filter(_named(from_ref)).first()
    program = program or Program.objects.filter(
        _named(from_ref), pk__in=visible_rates(principal).filter(is_agreed=True).values("from_program")
    ).first()  # fmt: skip
    if program is None:
        raise NotFound("There is no such program, or it is not yours to see.")
    found = routes(program.pk, amount, at, principal=principal)
    if to_ref is not None:
        end = Program.objects.filter(_named(to_ref)).values_list("pk", flat=True).first()
        found = [route for route in found if route.end == end]
    return program, found


def terms_of(rate: Rate, bonus: Bonus | None = None) -> Terms:
    """The terms of a rate, with a bonus or without."""
    plain = ("fee_percent", "fee_points", "from_min", "from_step", "from_max", "member_daily_max", "pair_daily_max",
             "pending_hours", "is_open")  # fmt: skip
    more = {"bonus_id": bonus.pk, "bonus_percent": bonus.percent} if bonus else {}
    return Terms(rate_id=rate.pk, base_rate=rate.rate, **more, **{name: getattr(rate, name) for name in plain})


def pairs_in_time(since: datetime | None = None) -> list[DatedPair]:
    """All agreed pairs with their rates and bonuses from that moment (now) on. Three queries."""
    since = since or clock.now()
    agreed = Agreement.objects.filter(status=Agreement.Status.ACTIVE)
    pairs = {(one.from_program_id, one.to_program_id): one for one in agreed}
    newer = Rate.objects.filter(_same_pair(), valid_from__gt=OuterRef("valid_from"), valid_from__lte=since)
    rates: dict[tuple[UUID, UUID], list[DatedRate]] = {}
    current = Rate.objects.filter(Exists(_agreements(status=Agreement.Status.ACTIVE)), ~Exists(newer))
    for rate in current.order_by("valid_from"):
        dated = DatedRate(rate.valid_from, rate.rate, rate.fee_percent, rate.is_open)
        rates.setdefault((rate.from_program_id, rate.to_program_id), []).append(dated)
    bonuses: dict[tuple[UUID, UUID], list[DatedBonus]] = {}
    for bonus in Bonus.objects.filter(ends_at__gt=since):
        dated = DatedBonus(bonus.starts_at, bonus.ends_at, bonus.percent)
        bonuses.setdefault((bonus.from_program_id, bonus.to_program_id), []).append(dated)
    return [
        DatedPair(*pair, tuple(rates.get(pair, ())), tuple(bonuses.get(pair, ())), agreement.rate_max)
        for pair, agreement in pairs.items()
    ]


def _with_standing(rates: QuerySet[Rate]) -> QuerySet[Rate]:
    """With `is_agreed`, whether the pair has an active agreement now, and `valid_until`, when the next rate takes
    over."""
    return rates.annotate(
        is_agreed=Exists(_agreements(status=Agreement.Status.ACTIVE)),
        valid_until=Subquery(_following().values("valid_from")[:1]),
    )


def _named(ref: str | UUID) -> Q:
    uuid = as_uuid(ref)
    return Q(pk=uuid) if uuid else Q(code=str(ref).replace("\0", ""))


def _of_brands(model, brands: list[UUID] | None) -> QuerySet:
    rows = model.objects.select_related(*SIDES)
    return rows if brands is None else rows.filter(Q(from_program__brand__in=brands) | Q(to_program__brand__in=brands))


def _one(model, principal: Principal, ref: str | UUID):
    """The row of that id, if one of its programs is of a brand for which the principal works."""
    uuid = as_uuid(ref)
    rows = model.objects.select_related("from_program__unit", "to_program__unit")
    found = rows.filter(pk=uuid).first() if uuid else None
    theirs = found and any(works_for(principal, side) for side in (found.from_program, found.to_program))
    return found if theirs else None


def _same_pair() -> Q:
    return Q(from_program=OuterRef("from_program"), to_program=OuterRef("to_program"))


def _agreements(**which) -> QuerySet[Agreement]:
    return Agreement.objects.filter(_same_pair(), **which)


def _following() -> QuerySet[Rate]:
    return Rate.objects.filter(_same_pair(), valid_from__gt=OuterRef("valid_from")).order_by("valid_from")
