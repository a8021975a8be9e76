"""Why a happening gave what it gave, and why other rules gave nothing: made on demand, never while deciding."""

from collections.abc import Mapping
from dataclasses import dataclass

from programs.earning.rules.asking import ask, told
from programs.earning.rules.catalogue import LINES, WORDS
from programs.earning.rules.compiled import Compiled, Snapshot
from programs.earning.rules.deciding import Counter, Gift, Used, decide
from programs.earning.rules.happening import Happening, Seen
from programs.earning.rules.model import Every, Leaf, Node, Not, Rule
from programs.earning.rules.sentences import sentence, value_told
from programs.earning.rules.sentences import told as in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node of the conditions: whether it held and, of a question, what was wanted and what was found."""

    label: str
    held: bool
    wanted: str = ""
    actual: str = ""
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One rule: what it gave and how, or the first reason why it gave nothing, and one by one its conditions and those
    of its campaign's audience, where there is one."""

    rule: Rule
    sentence: str
    gifts: tuple[Gift, ...]
    refused: str
    conditions: Step
    audience: Step | None = None


def explain(
    snapshot: Snapshot, happening: Happening, used: Mapping[Counter, Used] | None = None
) -> tuple[Explained, ...]:
    """Every rule of the trigger in the order in which they were tried. Give it what the decision was given, and it says
    what the decision did."""
    verdict = decide(snapshot, happening, used, explain=True)
    seen = snapshot.see(happening)
    by_rule: dict[int, list[Gift]] = {}
    for gift in verdict.gifts:
        by_rule.setdefault(gift.rule.number, []).append(gift)
    currency = snapshot.rules.currency
    return tuple(
        Explained(
            rule=one.rule, sentence=sentence(one.rule, currency), gifts=tuple(by_rule.get(one.rule.number, ())),
            refused=verdict.refused.get(one.rule.number, ""), conditions=_step(one.rule.conditions, seen, currency),
            audience=_audience(one, seen, currency),
        )
        for one in snapshot.all_of(happening.trigger)
    )  # fmt: skip


def _audience(one: Compiled, seen: Seen, currency: str) -> Step | None:
    return _step(one.running.campaign.audience, seen, currency) if one.running and one.running.holds else None


def _step(node: Node, seen: Seen, currency: str) -> Step:
    if isinstance(node, Leaf):
        value = told(node.fact, node.where)(seen)
        actual = "unknown" if value is None else value_told(node.fact.kind, value, currency)
        where = f" where {in_words(node.where, currency)}" if node.where and node.fact.name.startswith(LINES) else ""
        wanted = f"{WORDS[node.operator]} {value_told(node.fact.kind, node.value, currency)}"
        return Step(label=node.fact.label + where, held=ask(node)(seen), wanted=wanted, actual=actual)
    inner = (node.node,) if isinstance(node, Not) else node.nodes
    label = "not" if isinstance(node, Not) else "all" if isinstance(node, Every) else "any"
    return Step(label=label, held=ask(node)(seen), steps=tuple(_step(one, seen, currency) for one in inner))
