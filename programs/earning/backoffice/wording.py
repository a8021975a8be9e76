"""The words of the builder: what each fact, operator, effect and choice of a rule is called on the pages. Marked for
translation; what has no word here is shown by its own name."""

from collections.abc import Iterable

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs.earning.rules import catalogue
from programs.earning.rules.catalogue import Fact

ROOMS = {
    "order.": gettext_lazy("The purchase"),
    "lines.": gettext_lazy("Its lines"),
    "line.": gettext_lazy("The line"),
    "member.": gettext_lazy("The member"),
    "event.": gettext_lazy("The event"),
}
EFFECTS = {
    "points.fixed": gettext_lazy("A number of points"),
    "points.per_amount": gettext_lazy("Points for each amount of money"),
    "points.per_unit": gettext_lazy("Points for each piece or line"),
    "points.per_bundle": gettext_lazy("Points for a bundle of articles"),
    "points.multiply": gettext_lazy("Points multiplied"),
    "reward.grant": gettext_lazy("A reward"),
    "badge.award": gettext_lazy("A badge"),
    "stamp.add": gettext_lazy("Stamps on a card"),
}
FIELDS = {
    "points": gettext_lazy("Points"),
    "per": gettext_lazy("For each"),
    "of": gettext_lazy("Of"),
    "to": gettext_lazy("For"),
    "items": gettext_lazy("Articles of the bundle"),
    "max_sets": gettext_lazy("Bundles at most"),
    "factor": gettext_lazy("Times"),
    "target": gettext_lazy("The points of"),
    "where": gettext_lazy("Only lines where"),
    "reward": gettext_lazy("Reward"),
    "badge": gettext_lazy("Badge"),
    "card": gettext_lazy("Stamp card"),
    "count": gettext_lazy("How many"),
    "expires_after": gettext_lazy("These points are gone after"),
    "pending_for": gettext_lazy("They can be spent after"),
}
FIELD_KINDS = {
    "points": "integer", "max_sets": "integer", "count": "integer", "to": "receiver", "of": "measure",
    "items": "bundle", "factor": "factor", "target": "groups", "where": "where", "per": "per",
    "expires_after": "life", "pending_for": "life",
}  # fmt: skip
OPTIONS = {
    "member": gettext_lazy("each member"),
    "referrer": gettext_lazy("whoever brought the member"),
    "recipient": gettext_lazy("whoever gets the points"),
    "campaign": gettext_lazy("the whole campaign"),
    "program": gettext_lazy("all members together"),
    "day": gettext_lazy("a day"),
    "week": gettext_lazy("a week"),
    "month": gettext_lazy("a month"),
    "year": gettext_lazy("a year"),
    "ever": gettext_lazy("ever"),
    "truncate": gettext_lazy("give what is left"),
    "reject": gettext_lazy("give nothing"),
    "proportional": gettext_lazy("take back a part, as much as came back"),
    "all_if_condition_fails": gettext_lazy("take back all where the conditions hold no more"),
    "keep": gettext_lazy("the member keeps them"),
    "all": gettext_lazy("every rule that fits gives"),
    "first": gettext_lazy("the first rule that fits gives"),
    "best": gettext_lazy("the rule that gives most"),
    "base": gettext_lazy("the basis, which is multiplied"),
    "bonus": gettext_lazy("on top"),
    "multiply": gettext_lazy("multiplies what others gave"),
    "add": gettext_lazy("factors add up"),
    "compound": gettext_lazy("factors are multiplied with each other"),
    "down": gettext_lazy("down"),
    "half_up": gettext_lazy("to the nearest, halves up"),
    "up": gettext_lazy("up"),
}


def triggers() -> dict[str, str]:
    """What can happen, besides a brand's own events."""
    words = {
        catalogue.ORDER: _("A purchase"),
        catalogue.JOINED: _("A member joins"),
        catalogue.BIRTHDAY: _("A member's birthday"),
    }
    return {name: words.get(name, label) for name, label in catalogue.TRIGGERS.items()}


def operator(name: str) -> str:
    """What a comparison is called."""
    return {
        "equal": _("is"), "notEqual": _("is not"), "in": _("is one of"), "notIn": _("is none of"),
        "lessThan": _("is less than"), "lessThanInclusive": _("is at most"), "greaterThan": _("is more than"),
        "greaterThanInclusive": _("is at least"), "contains": _("has"), "doesNotContain": _("has not"),
    }.get(name, name)  # fmt: skip


def fact(found: Fact) -> str:
    """What a fact is called."""
    return _(found.label)


def room_of(name: str) -> str:
    """What a fact is about."""
    return next((str(room) for prefix, room in ROOMS.items() if name.startswith(prefix)), "")


def effect(kind: str) -> str:
    """What an effect is called."""
    return str(EFFECTS.get(kind, kind))


def effect_field(name: str) -> str:
    """What a part of an effect is called."""
    return str(FIELDS.get(name, name))


def options(names: Iterable[str]) -> list[list[str]]:
    """Choices with their words."""
    return [[name, str(OPTIONS.get(name, name))] for name in names]


def weekday(number: int) -> str:
    """A day of the week; Monday is 0."""
    return str(WEEKDAYS[number])


def builder_words() -> dict[str, str]:
    """What the builder itself says."""
    return {
        "add_condition": _("Add a condition"), "add_group": _("Add a group of conditions"), "remove": _("Remove"),
        "all": _("All of these hold"), "any": _("At least one of these holds"), "not": _("Not"),
        "always": _("Always; nothing more is asked."), "attribute": _("An attribute …"), "label": _("A label …"),
        "attribute_name": _("Name of it"), "fact": _("What is asked"), "operator": _("How it compares"),
        "value": _("Value"), "values": _("Values, one on a line"), "yes": _("yes"), "no": _("no"),
        "only_lines": _("Only some lines"), "all_lines": _("All lines again"), "lines_where": _("Lines where"),
        "name": _("Name"), "key": _("Short name"), "trigger": _("Happens at"), "group": _("Kind of rule"),
        "when": _("When"), "if": _("If"), "then": _("Then"), "most": _("At most"), "more": _("More"),
        "weekdays": _("Days of the week; none: every day"), "hours": _("Hours of the day"), "from": _("From"),
        "to": _("Until"), "dates": _("Between"), "add_effect": _("Add something to give"),
        "add_limit": _("Add a limit"), "scope": _("For"), "period": _("In"), "how_many": _("How many"),
        "unit": _("Of what"), "points": _("points"), "times": _("times"), "exceed": _("What goes over"),
        "priority": _("Order within its kind; the lower number goes first"),
        "stop": _("After this rule no other of its kind gives"), "on_return": _("When goods come back"),
        "months": _("months"), "days": _("days"), "sku": _("SKU"), "quantity": _("Pieces"),
        "add_item": _("Add an article"), "program_says": _("as the program says"), "up": _("Move up"),
        "down": _("Move down"), "copy": _("Duplicate"), "delete": _("Delete"), "undo": _("Undo"), "redo": _("Redo"),
        "add_rule": _("Add an empty rule"), "new_rule": _("New rule"), "copy_of": _("%s, again"),
        "rounding": _("Multiplied points are rounded"), "groups": _("How rules add up"),
        "mode": _("Of its rules"), "stage": _("When it counts"), "blocks": _("While it gives, nothing comes from"),
        "combine": _("Several factors"), "add_kind": _("Add a kind of rule"), "group_key": _("Short name of the kind"),
        "campaign": _("Campaign"), "none": _("none"), "unsaved": _("Not saved yet."), "saved": _("Saved."),
        "checking": _("Looking …"), "no_sentence": _("This rule cannot be told yet: see what is wrong."),
        "offline": _("The server could not be asked; what you write stays here."),
        "broken": _("The JSON cannot be read as it stands, so the builder waits. Put it right in the JSON tab."),
        "leave": _("What you changed is not saved."), "no_rules": _("No rule yet. Take a recipe or add an empty rule."),
        "line": _("Line %s"), "rule_gone": _("The rule is deleted; Undo brings it back."), "moved": _("Moved."),
        "copied": _("Duplicated."), "undone": _("Undone."), "redone": _("Done again."), "unknown": _("unknown: %s"),
        "too_deep": _("Deeper groups cannot be made."), "mistakes_here": _("%s wrong here"), "added": _("Added."),
        "rule": _("Rule %s"), "article": _("Article %s"), "condition": _("Condition"), "conditions": _("Conditions"),
        "effect": _("What is given"), "limit": _("Limit %s"), "every_day": _("every day"),
    }  # fmt: skip
