"""What a decision was made of, laid out for a page: the rules that gave with their sums, those that did not with the
first reason, and each with its conditions one by one."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.counting import Counter, Used
from programs.earning.rules.explaining import Explained, Step, explain
from programs.earning.rules.happening import Happening

WORDS = {"all": "All of these", "any": "At least one of these", "not": "Not"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One line of the conditions of a rule, at its depth."""

    text: str
    held: bool
    steps: list["Leaf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTold:
    """One rule: what it gave and how, or why not."""

    name: str
    key: str
    sentence: str
    points: int
    parts: list[tuple[int, str, str]]
    refused: str
    leaves: list[Leaf]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """All rules: `points` for the member, `others` for whoever brought them."""

    points: int
    others: int
    fired: list[RuleTold]
    not_fired: list[RuleTold]


def telling_of(snapshot: Snapshot, happening: Happening, used: Mapping[Counter, Used]) -> Telling:
    """What the happening gives by these rules, and why. Moves nothing."""
    return told(explain(snapshot, happening, used))


def told(explained: tuple[Explained, ...]) -> Telling:
    """The explanation of every rule as a page shows it."""
    rules = [(one, _rule(one)) for one in explained]
    gifts = [gift for one in explained for gift in one.gifts if gift.effect.type.startswith("points.")]
    return Telling(
        points=sum(gift.points for gift in gifts if gift.receiver == "member"),
        others=sum(gift.points for gift in gifts if gift.receiver != "member"),
        fired=[rule for one, rule in rules if one.gifts],
        not_fired=[rule for one, rule in rules if not one.gifts],
    )


def _rule(one: Explained) -> RuleTold:
    points = [gift for gift in one.gifts if gift.effect.type.startswith("points.")]
    return RuleTold(
        name=one.rule.name,
        key=one.rule.key,
        sentence=one.sentence,
        points=sum(gift.points for gift in points),
        parts=[(gift.points, gift.reason, _whose(gift)) for gift in one.gifts],
        refused=one.refused,
        leaves=[leaf_of(step) for step in (one.audience, one.conditions) if step and (step.steps or step.wanted)],
    )


def leaf_of(step: Step) -> Leaf:
    """One node of the conditions in words."""
    if step.wanted:
        text = _("%(label)s %(wanted)s: it was %(actual)s") % {
            "label": step.label, "wanted": step.wanted, "actual": step.actual or _("nothing"),
        }  # fmt: skip
    else:
        text = _(WORDS.get(step.label, step.label))
    return Leaf(text=text, held=step.held, steps=[leaf_of(one) for one in step.steps])


def _whose(gift) -> str:
    if not gift.effect.type.startswith("points."):
        return gift.effect.code
    return "" if gift.receiver == "member" else _("for whoever brought the member")
