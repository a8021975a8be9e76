"""Questions about exchanges: which of them somebody sees."""

from uuid import UUID

from django.db.models import Q, QuerySet

from exchange.requests.models import Exchange
from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid, find_member
from programs.membership.models import Program


def visible_exchanges(principal: Principal) -> QuerySet[Exchange]:
    """A member's own, and those from and to programs of the brands where the principal may list them."""
    brands = principal.brands_where("exchanges.view")
    if brands is None:
        return Exchange.objects.all()
    programs = list(Program.objects.filter(brand_id__in=brands).values_list("id", flat=True)) if brands else []
    theirs = Q(from_program_id__in=programs) | Q(to_program_id__in=programs)
    if principal.member_id:
        theirs |= Q(member_id=principal.member_id)
    return Exchange.objects.filter(theirs)


def find_exchange(principal: Principal, ref: str | UUID) -> Exchange:
    """The visible exchange of this id, with its programs. Refusals: NotFound."""
    uuid = as_uuid(ref)
    programs = ("from_program", "to_program")
    found = uuid and Exchange.objects.select_related(*programs).filter(id=uuid).first()
    if not found or not _is_visible(principal, found):
        raise NotFound("There is no such exchange, or it is not yours to see.")
    return found


def list_exchanges(
    principal: Principal, *, member: str = "", status: str = "", from_program: str = "", to_program: str = ""
) -> QuerySet[Exchange]:
    """The visible exchanges that each given filter keeps. Programs are named by id or code, also those of a partner;
    one that is not there has none. Refusals: NotFound (member)."""
    found = visible_exchanges(principal)
    if member:
        found = found.filter(member=find_member(principal, member))
    if status:
        found = found.filter(status=status)
    if from_program:
        found = found.filter(from_program_id=_program_id(from_program))
    if to_program:
        found = found.filter(to_program_id=_program_id(to_program))
    return found


def _is_visible(principal: Principal, exchange: Exchange) -> bool:
    if principal.member_id is not None and exchange.member_id == principal.member_id:
        return True
    brands = principal.brands_where("exchanges.view")
    return brands is None or not {exchange.from_program.brand_id, exchange.to_program.brand_id}.isdisjoint(brands)


def _program_id(ref: str) -> UUID | None:
    return as_uuid(ref) or Program.objects.filter(code=ref.replace("\0", "")).values_list("id", flat=True).first()
