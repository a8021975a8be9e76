"""Programs of two brands, linked: what members buy in the one earns in the other too, at a rate that both agreed to.
What then moves is no matter of this module."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from loyalty import clock
from loyalty.errors import Conflict, Forbidden, Invalid, NotFound
from loyalty.events import log
from loyalty.http.money import from_minor, to_minor
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.earning.models import ProgramLink
from programs.membership.errors import ProgramNotActive
from programs.membership.models import Program

LINKS = "links"
"""What `Program.needs` says of a program whose purchases earn elsewhere too."""


class LinkExists(Conflict):
    """The two programs are linked in this direction already, or that has been proposed."""

    code = "link-exists"


class LinkEnded(Conflict):
    """This link has ended; propose a new one."""

    code = "link-ended"


def extra_needs(program: Program) -> frozenset[str]:
    """What a program needs besides what its rules read."""
    is_linked = ProgramLink.objects.filter(program=program, status=ProgramLink.Status.ACTIVE).exists()
    return frozenset({LINKS}) if is_linked else frozenset()


def visible_links(principal: Principal) -> QuerySet[ProgramLink]:
    """The links of the principal's brands, whichever side they are; an operator sees all."""
    links = ProgramLink.objects.select_related("program__unit", "partner__unit")
    if principal.is_operator:
        return links
    brands = principal.brands_where("links.view")
    return links.filter(Q(program__brand_id__in=brands) | Q(partner__brand_id__in=brands))


def links_of(principal: Principal, ref: str | UUID) -> QuerySet[ProgramLink]:
    """The links of a program that is the principal's to manage, in both directions. Refusals: Forbidden, ScopeMissing,
    NotFound."""
    principal.require("links.view")
    program = _named(ref)
    if program is None or not _works_for(principal, program):
        raise NotFound("There is no such program, or it is not yours to see.")
    principal.require("links.view", program.brand_id)
    return visible_links(principal).filter(Q(program=program) | Q(partner=program))


def find_link(principal: Principal, link_id: str | UUID, permission: str = "links.view") -> ProgramLink:
    """The link, if the principal may do that at one of its two brands. Refusals: Forbidden, ScopeMissing, NotFound."""
    principal.require(permission)
    uuid = as_uuid(link_id)
    found = uuid and ProgramLink.objects.select_related("program__unit", "partner__unit").filter(pk=uuid).first()
    if not found or not any(_works_for(principal, side) for side in (found.program, found.partner)):
        raise NotFound("There is no such link, or it is not yours to see.")
    _require_at_one(principal, permission, found)
    return found


def propose_link(
    principal: Principal, program_ref: str | UUID, partner_ref: str | UUID, *, points: int, per: str
) -> ProgramLink:
    """Proposes that purchases in a program earn in the partner's program too: `points` of the partner's for each full
    `per`, money ("10.00") in the currency that the program counts purchases in. Between programs of one brand it holds
    at once, else as soon as the other brand accepts. Repeating it is refused. Refusals, in order of precedence:
    Forbidden, ScopeMissing, NotFound (no side is the principal's, or one is not there), Invalid (a program and itself,
    the amount), ProgramNotActive, LinkExists."""
    principal.require("links.add")
    program, partner = _named(program_ref), _named(partner_ref)
    if program is None or not any(_works_for(principal, side) for side in (program, partner) if side):
        raise NotFound("There is no such program, or it is not yours to see.")
    if partner is None:
        principal.require("links.add", program.brand_id)
        raise NotFound("There is no such program.", pointer="/partner_program_id")
    link = ProgramLink(program=program, partner=partner, earn_points=points)
    agreed = _require_at_one(principal, "links.add", link)
    if program == partner:
        detail = "Purchases earn in their own program by its rate and rules."
        raise Invalid([{"pointer": "/partner_program_id", "code": "same-program", "detail": detail}])
    link.earn_per_minor = to_minor(per, program.money_currency, "/per")
    if link.earn_per_minor < 1:
        raise Invalid([{"pointer": "/per", "code": "too-small", "detail": "Points are for some amount of money."}])
    for side in (program, partner):
        if side.status != Program.Status.ACTIVE:
            raise ProgramNotActive(status=side.status, program_id=side.id)
    link.accepted_by = sorted(agreed)
    try:
        with transaction.atomic():
            link.save(force_insert=True)
            _record("program.link_proposed", link, principal)
            _hold_if_agreed(link, principal)
    except IntegrityError as clash:
        raise LinkExists() from clash
    return link


@transaction.atomic
def accept_link(principal: Principal, link_id: str | UUID) -> ProgramLink:
    """Agrees to a link that the other brand proposed: from now on purchases earn by it. Repeating it changes nothing.
    Refusals, in order of precedence: Forbidden, ScopeMissing, NotFound, LinkEnded, Forbidden (the other brand is to
    agree)."""
    link = _locked(find_link(principal, link_id, "links.accept"))
    if link.status == ProgramLink.Status.ENDED:
        raise LinkEnded()
    if link.status == ProgramLink.Status.ACTIVE:
        return link
    agreed = {*link.accepted_by, *_require_at_one(principal, "links.accept", link)}
    if agreed == set(link.accepted_by):
        raise Forbidden("The other brand accepts what yours proposed.")
    link.accepted_by = sorted(agreed)
    link.save(update_fields=["accepted_by"])
    _hold_if_agreed(link, principal)
    return link


@transaction.atomic
def end_link(principal: Principal, link_id: str | UUID) -> ProgramLink:
    """Ends the link, or withdraws or turns down the proposal: purchases from now on earn nothing by it. What was earned
    stays, and goods that come back take back their part of it. Repeating it changes nothing. Refusals:
    Forbidden, ScopeMissing, NotFound."""
    link = _locked(find_link(principal, link_id, "links.end"))
    if link.status == ProgramLink.Status.ENDED:
        return link
    link.status = ProgramLink.Status.ENDED
    link.save(update_fields=["status"])
    _refresh_needs(link.program)
    _record("program.link_ended", link, principal)
    return link


def rate_of(link: ProgramLink) -> str:
    """The rate in words: "5 miles for each 10.00 EUR"."""
    currency = link.program.money_currency
    per = from_minor(link.earn_per_minor, currency)
    return f"{link.earn_points:,} {link.partner.unit.name} for each {per} {currency}"


def _named(ref: str | UUID) -> Program | None:
    uuid = as_uuid(ref)
    named = {"pk": uuid} if uuid else {"code": str(ref).replace("\0", "")}
    return Program.objects.select_related("brand", "unit").filter(**named).first()


def _works_for(principal: Principal, program: Program) -> bool:
    return principal.is_operator or program.brand_id in principal.brands


def _require_at_one(principal: Principal, permission: str, link: ProgramLink) -> set[UUID]:
    """The brands of the link for which the principal may do that; refused where it is none of them."""
    sides = {link.program.brand_id, link.partner.brand_id}
    allowed = {brand_id for brand_id in sides if principal.may(permission, brand_id)}
    if not allowed:
        for brand_id in sorted(sides, key=lambda side: side not in principal.brands):
            principal.require(permission, brand_id)
    return allowed


def _locked(link: ProgramLink) -> ProgramLink:
    return (
        ProgramLink.objects.select_for_update(of=("self",))
        .select_related("program__unit", "partner__unit")
        .get(pk=link.pk)
    )


def _hold_if_agreed(link: ProgramLink, principal: Principal) -> None:
    if {link.program.brand_id, link.partner.brand_id} <= set(link.accepted_by):
        link.status, link.active_since = ProgramLink.Status.ACTIVE, clock.now()
        link.save(update_fields=["status", "active_since"])
        _refresh_needs(link.program)
        _record("program.linked", link, principal)


def _refresh_needs(program: Program) -> None:
    """Whoever renews the program's rules at the same moment waits for the same row."""
    locked = Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=program.pk)
    needs = sorted(({*locked.needs} - {LINKS}) | extra_needs(locked))
    if needs != locked.needs:
        Program.objects.filter(pk=locked.pk).update(needs=needs)
    program.needs = needs


def _record(type_: str, link: ProgramLink, principal: Principal) -> None:
    """Both brands hear of it."""
    data = {
        "actor": principal.actor,
        "link_id": str(link.id),
        "program_id": str(link.program_id),
        "partner_program_id": str(link.partner_id),
        "points": link.earn_points,
        "per": from_minor(link.earn_per_minor, link.program.money_currency),
    }
    sides = {side.brand_id: side for side in (link.partner, link.program)}
    for brand_id, side in sides.items():
        log.record(type_, brand_id=brand_id, aggregate_id=side.id, program_id=side.id, data=data)
