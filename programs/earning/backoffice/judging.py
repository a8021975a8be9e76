"""What a document of rules says and what is wrong with it, for the pages that show and change it. The reader of rules
is the only judge; here its answer is laid out for people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loyalty.errors import Invalid, LoyaltyError
from loyalty.http.parsers import parse
from programs.earning.keeping import DOCUMENT_BYTES_MAX
from programs.earning.rules.conditions import Conditions, Context
from programs.earning.rules.document import DEFAULT_GROUPS, read_rules
from programs.earning.rules.model import Group, Node, RuleSet
from programs.earning.rules.places import Mistakes, Place
from programs.earning.rules.sentences import sentence, told

# More rules than this are told only where the whole document is without a mistake.
TOLD_ALONE_MAX = 100
# What a campaign is called while its rules are looked at by themselves.
THIS = "this"
GROUP_NAMES: dict[str, str | Promise] = {
    "base": gettext_lazy("The basis"),
    "exclusive": gettext_lazy("Instead of other promotions"),
    "bonus": gettext_lazy("On top"),
    "multiplier": gettext_lazy("Multiplied"),
}
MODES: dict[str, str | Promise] = {
    "all": gettext_lazy("every rule that fits gives"),
    "first": gettext_lazy("only the first rule that fits gives"),
    "best": gettext_lazy("only the rule that gives most"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A document as it is: `errors` with their pointers, and by its place the sentence of each rule in order."""

    errors: list[dict]
    sentences: dict[int, str] = field(default_factory=dict)
    rules: RuleSet | None = None

    def as_dict(self) -> dict:
        """As the editor reads it."""
        return {"errors": self.errors, "sentences": self.sentences, "told": told_errors(self.errors)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One group of a rule set in words, and its rules in the order in which they are tried."""

    key: str
    name: str
    about: str
    rules: list[tuple[str, str, str]]


def read_text(text: str) -> Any:
    """The JSON that somebody wrote. Refusals: Invalid, with the line of what cannot be read."""
    if len(text.encode(errors="replace")) > DOCUMENT_BYTES_MAX:
        raise Invalid([_mistake("", "too_long", _("A document has 256 KB at the most."))])
    try:
        return parse(text.encode(errors="replace"))
    except Invalid:
        raise
    except LoyaltyError as refusal:
        raise Invalid([_mistake("", "not_json", refusal.detail) | _line_of(text)]) from None


def judge(document: Any, context: Context) -> Judged:
    """What a document of rules says, and every mistake in it."""
    try:
        rules = read_rules(document, context)
    except Invalid as refusal:
        return Judged(errors=refusal.errors, sentences=_alone(document, context))
    return Judged(errors=[], sentences={one.number: sentence(one, rules.currency) for one in rules.rules}, rules=rules)


def judge_campaign_rules(rules: Any, context: Context, groups: list) -> Judged:
    """The same for the rules of a campaign, which stand among the groups of the program's own."""
    own = (
        [{**one, "campaign": THIS} if isinstance(one, dict) else one for one in rules]
        if isinstance(rules, list)
        else rules
    )
    judged = judge({"groups": groups, "campaigns": [{"key": THIS}], "rules": own}, context)
    errors = [{**one, "pointer": one["pointer"].removeprefix("/rules")} for one in judged.errors]
    return Judged(errors=errors, sentences=judged.sentences, rules=judged.rules)


def judge_conditions(document: Any, context: Context) -> Judged:
    """The same for conditions on a member, whatever happens: an audience, a segment."""
    mistakes = Mistakes()
    node = conditions_of(document, context, mistakes)
    if mistakes.found or node is None:
        return Judged(errors=mistakes.found)
    return Judged(errors=[], sentences={0: in_words(node, context.currency)})


def conditions_of(document: Any, context: Context, mistakes: Mistakes | None = None) -> Node | None:
    """Conditions on a member, read; nothing at all holds for everybody."""
    return Conditions(context, "").read(Place(document or {"all": []}, mistakes or Mistakes()))


def in_words(node: Node, currency: str) -> str:
    """Conditions on a member as words."""
    words = told(node, currency)
    return words[:1].upper() + words[1:] if words else _("Everybody")


def grouped(rules: RuleSet) -> list[Told]:
    """The rules of a set by group, for reading: key, name and sentence of each."""
    found = []
    for group in rules.groups:
        inside = sorted(
            (one for one in rules.rules if one.group == group.key), key=lambda one: (one.priority, one.number)
        )
        if inside:
            told_rules = [(one.key, one.name, sentence(one, rules.currency)) for one in inside]
            found.append(Told(key=group.key, name=name_of(group.key), about=about(group), rules=told_rules))
    return found


def name_of(group: str) -> str:
    """What a group is called."""
    return str(GROUP_NAMES.get(group, group))


def about(group: Group) -> str:
    """How the rules of a group add up, in words."""
    said = [str(MODES[group.mode])]
    if group.stage == "multiply":
        said.append(_("factors are multiplied with each other") if group.combine == "compound" else _("factors add up"))
    if group.blocks:
        names = ", ".join(f"“{name_of(key)}”" for key in group.blocks)
        said.append(_("while one gives, nothing comes from %(groups)s") % {"groups": names})
    return "; ".join(said)


def told_errors(errors: list[dict]) -> str:
    """How many mistakes there are."""
    if not errors:
        return _("No mistakes.")
    return ngettext("One mistake.", "%(count)s mistakes.", len(errors)) % {"count": len(errors)}


def _alone(document: Any, context: Context) -> dict[int, str]:
    """The sentences of those rules that are in order by themselves, although others are not."""
    rules = document.get("rules") if isinstance(document, Mapping) else None
    if not isinstance(rules, list) or len(rules) > TOLD_ALONE_MAX:
        return {}
    found = {}
    for number, one in enumerate(rules):
        try:
            (read,) = read_rules({**document, "rules": [one]}, context).rules
        except (Invalid, ValueError):
            continue
        found[number] = sentence(read, context.currency)
    return found


def default_groups() -> list[dict]:
    """The groups of a document that names none, as it would name them."""
    return [
        {"key": group.key, "mode": group.mode, "stage": group.stage}
        | ({"blocks": list(group.blocks)} if group.blocks else {})
        for group in DEFAULT_GROUPS
    ]


def _mistake(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}


def _line_of(text: str) -> dict:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return {"line": error.lineno}
    except (ValueError, RecursionError):
        pass
    return {}
