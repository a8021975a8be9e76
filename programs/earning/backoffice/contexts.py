"""What rules of a program can name, and what it is called: tiers, segments and kinds of events."""

from dataclasses import replace
from fractions import Fraction

from programs.earning.editions import context_of
from programs.earning.facts import Terms
from programs.earning.models import EventType, Segment
from programs.earning.rules.conditions import Context
from programs.membership.models import Program

Names = dict[str, dict[str, str]]


def terms_of(program: Program) -> Terms:
    """What the program gives by itself, with what its tiers multiply."""
    factors = program.tiers.filter(multiplier__gt=1).order_by("points_min").values_list("code", "multiplier")
    return replace(Terms.of(program), tier_factors=tuple((code, Fraction(factor)) for code, factor in factors))


def context_and_names(program: Program) -> tuple[Context, Names]:
    """What the reader of rules checks against, and the words for it."""
    return context_of(program), names_of(program)


def names_of(program: Program) -> Names:
    """{"tiers": {code: name}, "segments": {key: name}, "events": {name: label}}."""
    return {
        "tiers": dict(program.tiers.order_by("points_min").values_list("code", "name")),
        "segments": dict(Segment.objects.filter(brand=program.brand_id).values_list("key", "name")),
        "events": dict(EventType.objects.filter(brand=program.brand_id).values_list("name", "label")),
    }
