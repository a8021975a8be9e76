"""Questions about rule sets: which of them somebody may see."""

from django.db.models import QuerySet

from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from programs.earning.models import RuleSet
from programs.membership.models import Program
from programs.membership.selectors import find_program

VERSION_MAX = 2_147_483_647


def find_managed_program(principal: Principal, ref: str, permission: str) -> Program:
    """The program, for whoever may do that at its brand. Refusals: NotFound, Forbidden, ScopeMissing. Who takes part in
    it but does not work for its brand learns nothing of its rules."""
    program = find_program(principal, ref)
    principal.require(permission, program.brand_id)
    return program


def rulesets_of(program: Program) -> QuerySet[RuleSet]:
    """The program's versions."""
    return RuleSet.objects.filter(program=program)


def find_ruleset(program: Program, version: str) -> RuleSet:
    """A version by its number. Refusals: NotFound."""
    number = int(version) if version.isascii() and version.isdigit() and len(version) <= 10 else 0
    found = rulesets_of(program).filter(version=number).first() if 0 < number <= VERSION_MAX else None
    if found is None:
        raise NotFound("There is no such version of the rules.")
    found.program = program
    return found
