"""What a purchase would give, by the rules in force or by a draft of them; moves nothing."""

from dataclasses import dataclass, replace

from loyalty import clock
from loyalty.errors import LoyaltyError, NotFound
from loyalty.identity.principals import Principal
from programs.activity.deciding import Decided, Deciding
from programs.activity.facts import facts_for, names_of
from programs.activity.places import Place, find_places
from programs.activity.purchases import CLOCK_SKEW, PurchaseRequest
from programs.earning.editions import draft_snapshot
from programs.earning.engine import Names
from programs.earning.models import RuleSet
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.explaining import Explained, explain
from programs.membership.models import Program


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be decided where, and every rule that was asked with why it would give something or nothing."""

    place: Place
    decided: Decided
    rules: tuple[Explained, ...]
    names: Names


def preview_purchase(principal: Principal, request: PurchaseRequest, *, ruleset_version: int | None = None) -> Preview:
    """What the purchase would give and why, by the rules in force or, with `ruleset_version`, as if that version were
    published; writes nothing, and the member need not take part yet. Refusals, in order of precedence: NotFound
    (program, member, version), Forbidden, ScopeMissing, Invalid (currency, time; the version has mistakes),
    TooManyPoints."""
    now = clock.now()
    at = request.occurred_at or now
    (place,) = find_places(principal, [request.names], ats=[at])
    if isinstance(place, LoyaltyError):
        raise place
    principal.require("points.preview", place.program.brand_id)
    if ruleset_version is not None:
        principal.require("rules.view", place.program.brand_id)
    rules = None if ruleset_version is None else draft_of(place, ruleset_version)
    if rules is not None:
        place = replace(place, facts=facts_for(place, at, rules.needs))
    decided = Deciding([place], needs=rules.needs if rules else None).decide(
        request, place, now=now, latest=now + CLOCK_SKEW, rules=rules
    )
    told = explain(decided.rules, decided.happening, decided.used)
    names = Names() if rules is not None else names_of(place.program.id, place.program.edition)
    return Preview(place, decided, told, names)


def draft_of(place: Place, version: int) -> Snapshot:
    """The rules as if that version of the program's were published. Refusals: NotFound, Invalid."""
    ruleset = RuleSet.objects.filter(program=place.program.id, version=version).first()
    if ruleset is None:
        raise NotFound("There is no such version of the rules.", pointer="/ruleset_version")
    program = Program.objects.get(pk=place.program.id)
    return draft_snapshot(program, place.program.terms, ruleset=ruleset)
