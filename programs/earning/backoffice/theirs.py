"""Whose rules a page is about: programs and their versions, as far as they are the person's to see."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from loyalty.backoffice import brands_where, chosen_brand
from programs.earning.models import RuleSet
from programs.membership.models import Program

SEE, CHANGE, PUBLISH = "rules.view", "rules.change", "rules.publish"


def programs_of(request: HttpRequest) -> QuerySet[Program]:
    """The programs whose rules the person may see: of the brand they look at, or of all of theirs."""
    brands, chosen = brands_where(request, SEE), chosen_brand(request)
    found = Program.objects.select_related("brand", "unit")
    found = found if brands is None else found.filter(brand__in=brands)
    return found.filter(brand=chosen) if chosen else found


def program_of(request: HttpRequest, program_id: UUID, permission: str = SEE) -> Program:
    """The program, if its rules are theirs to see and they may do this. Refusals: Http404, PermissionDenied."""
    brands = brands_where(request, SEE)
    found = Program.objects.select_related("brand", "unit").filter(pk=program_id)
    program = (found if brands is None else found.filter(brand__in=brands)).first()
    if program is None:
        raise Http404
    require(request, program, permission)
    return program


def ruleset_of(request: HttpRequest, ruleset_id: UUID, permission: str = SEE) -> RuleSet:
    """The version, under the same conditions."""
    brands = brands_where(request, SEE)
    found = RuleSet.objects.select_related("program__brand", "program__unit").filter(pk=ruleset_id)
    ruleset = (found if brands is None else found.filter(program__brand__in=brands)).first()
    if ruleset is None:
        raise Http404
    require(request, ruleset.program, permission)
    return ruleset


def require(request: HttpRequest, program: Program, permission: str) -> None:
    """Refuses whoever may not do this at the program's brand."""
    if not may(request, program, permission):
        raise PermissionDenied


def may(request: HttpRequest, program: Program, permission: str) -> bool:
    """Whether the person may do this at the program's brand."""
    return request.user.has_perm(permission, program.brand_id)
