"""Which of a brand's programs are asking for something right now: what their published rules and their campaigns in
force name."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from programs.earning import editions
from programs.earning.errors import RulesNotValid
from programs.earning.merging import SEGMENTS
from programs.earning.models import RuleSet
from programs.earning.rules.catalogue import EVENT
from programs.earning.rulesets.operations import renewed
from programs.membership.models import Program


def asks_for_segment(key: str) -> Callable[[dict], bool]:
    """Whether an object of a document asks whether somebody is in the segment."""
    return lambda one: one.get("fact") == SEGMENTS and one.get("value") == key


def is_about_event(name: str) -> Callable[[dict], bool]:
    """Whether an object of a document is a rule about the kind of event."""
    return lambda one: one.get("trigger") == f"{EVENT}{name}"


def programs_where(brand_id: UUID, holds: Callable[[dict], bool]) -> list[Program]:
    """The brand's programs in whose rules in force it holds of some object."""
    programs = Program.objects.filter(brand=brand_id, edition__gt=0).exclude(status=Program.Status.ARCHIVED)
    return [one for one in programs.order_by("id") if any(map(holds, _objects(_in_force(one))))]


def holds_within(document: Any, holds: Callable[[dict], bool]) -> bool:
    """Whether it holds of some object of the document."""
    return any(map(holds, _objects(document)))


def renew_all(programs: list[Program], reason: str, actor: str) -> None:
    """The next edition of each, all or none. Refusals: RulesNotValid, saying of which program."""
    for program in programs:
        try:
            renewed(program, reason, actor, own="")
        except RulesNotValid as refusal:
            errors = [{**one, "detail": f"In {program.code}: {one['detail']}"} for one in refusal.errors]
            raise RulesNotValid(errors) from None


def _in_force(program: Program) -> list:
    published = RuleSet.objects.filter(program=program, status=RuleSet.Status.PUBLISHED)
    campaigns = editions.live_campaigns(program)
    return [*published.values_list("document", flat=True), *([one.rules, one.audience] for one in campaigns)]


def _objects(value: Any) -> Iterator[dict]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner)
