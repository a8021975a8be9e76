"""A recipe as a plain form: its fields as a browser shows them, and what was filled in as the values it builds from."""

import json
import re
from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs.earning.backoffice.contexts import Names
from programs.earning.recipe_fields import MONEY, Field
from programs.earning.recipes import Recipe
from programs.earning.rules.conditions import Context
from programs.earning.rules.document import WALL

LOOK = {"class": "text-field", "autocomplete": "off"}
SIGNS = {
    "=": "equal", "!=": "notEqual", ">=": "greaterThanInclusive", "<=": "lessThanInclusive", ">": "greaterThan",
    "<": "lessThan",
}  # fmt: skip
QUESTION = re.compile(r"\s*([\w.]+)\s*(!=|>=|<=|=|>|<)\s*(.+?)\s*\Z")
ITEM = re.compile(r"\s*(.+?)(?:\s+[xX*]\s*([0-9]{1,4}))?\s*\Z")
YES = {"yes": True, "true": True, "no": False, "false": False}


class LinesField(forms.CharField):
    """Some texts, each on a line of its own."""

    def __init__(self, **more):
        super().__init__(
            widget=forms.Textarea(attrs=LOOK | {"rows": 3, "spellcheck": "false"}), max_length=8000, **more
        )

    def prepare_value(self, value):
        return "\n".join(map(self.written, value)) if isinstance(value, list) else value

    def to_python(self, value) -> list:
        lines = dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip())
        return [self.read(line) for line in lines]

    def written(self, one) -> str:
        """One of them as a line."""
        return str(one)

    def read(self, line: str):
        """A line as what it means."""
        return line


class ItemsField(LinesField):
    """Articles of a bundle: "LENS-1 x 2"."""

    def written(self, one) -> str:
        quantity = one.get("quantity", 1)
        return f"{one.get('sku', '')} x {quantity}" if quantity != 1 else str(one.get("sku", ""))

    def read(self, line: str) -> dict:
        sku, quantity = ITEM.match(line).groups()
        return {"sku": sku} | ({"quantity": int(quantity)} if quantity and quantity != "1" else {})


class QuestionsField(LinesField):
    """What is asked of an event's fields: "text_length >= 50"."""

    def __init__(self, *, context: Context, **more):
        super().__init__(**more)
        self.kinds = {name: kind for fields in context.events.values() for name, kind in fields.items()}

    def written(self, one) -> str:
        sign = next((sign for sign, name in SIGNS.items() if name == one["operator"]), one["operator"])
        value = (
            {True: "yes", False: "no"}.get(one["value"], one["value"])
            if isinstance(one["value"], bool)
            else one["value"]
        )
        return f"{one['fact'].removeprefix('event.')} {sign} {value}"

    def read(self, line: str) -> dict:
        found = QUESTION.match(line)
        if not found:
            raise ValidationError(_("“%(line)s” is not like “text_length >= 50”.") % {"line": line})
        name, sign, text = found.groups()
        name = name.removeprefix("event.")
        value = {"integer": _whole, "quantity": _whole, "boolean": lambda one: YES.get(one.lower(), one)}.get(
            self.kinds.get(name, ""), str
        )(text)
        return {"fact": f"event.{name}", "operator": SIGNS[sign], "value": value}


class WallField(forms.RegexField):
    """A time of the program's clock, as a rule writes it."""

    def __init__(self, **more):
        widget = forms.TextInput(attrs=LOOK | {"type": "datetime-local"})
        said = {"invalid": gettext_lazy("Enter a day and a time.")}
        super().__init__(WALL, widget=widget, error_messages=said, **more)

    def prepare_value(self, value):
        return value[:16] if isinstance(value, str) else value

    def clean(self, value):
        found = super().clean(value)
        return f"{found}:00" if found and found.count(":") == 1 else found


class RecipeForm(forms.Form):
    """The fields of one recipe. `rule` is the rule that is changed, as JSON; a new one where it is empty."""

    rule = forms.CharField(required=False, widget=forms.HiddenInput, max_length=60_000)

    def __init__(self, *args, recipe: Recipe, context: Context, names: Names, zone: str, **more):
        super().__init__(*args, **more)
        self.recipe, self.context = recipe, context
        for field in recipe.fields:
            self.fields[field.name] = _form_field(field, context, names, zone)

    def built(self) -> dict:
        """The rule; what the one before said besides the form stays."""
        before = self.recipe.matches(_loaded(self.cleaned_data["rule"])) or {}
        kept = {one.name: before.get(one.name) for one in self.recipe.kept if before.get(one.name) is not None}
        return self.recipe.build({**kept, **{one.name: self.cleaned_data[one.name] for one in self.recipe.fields}})


def initial_of(recipe: Recipe, rule: Mapping | None, *, name: str = "") -> dict:
    """What the form shows at first: the rule's values, or the recipe's defaults."""
    values = recipe.matches(rule) if rule else None
    if values is not None:
        return {one.name: values[one.name] for one in recipe.fields} | {"rule": json.dumps(rule)}
    return {one.name: one.default for one in recipe.fields} | {"name": name or recipe.label}


def _loaded(text: str) -> dict | None:
    try:
        found = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _form_field(field: Field, context: Context, names: Names, zone: str) -> forms.Field:
    said = {"label": _(field.label), "help_text": _(field.help) if field.help else "", "required": field.is_required}
    known = _known(field, context, names)
    match field.kind:
        case "points" | "count":
            return forms.IntegerField(
                min_value=1,
                max_value=1_000_000_000,
                widget=forms.TextInput(attrs=LOOK | {"inputmode": "numeric"}),
                **said,
            )
        case "money" | "factor":
            if field.kind == "money":
                said["label"] = f"{said['label']} ({context.currency})"
            return forms.RegexField(
                MONEY, widget=forms.TextInput(attrs=LOOK | {"inputmode": "decimal"}), strip=True,
                error_messages={"invalid": gettext_lazy("Enter a number like 12.50.")}, **said,
            )  # fmt: skip
        case "days":
            return forms.MultipleChoiceField(
                choices=[(day, _(name)) for day, name in field.options], widget=forms.CheckboxSelectMultiple, **said
            )
        case "words" if known is not None:
            return forms.MultipleChoiceField(choices=known, widget=forms.CheckboxSelectMultiple, **said)
        case "words":
            return LinesField(**said | {"help_text": _("%(what)s One on a line.") % {"what": said["help_text"]}})
        case "items":
            return ItemsField(**said | {"help_text": _("One on a line, and how many of it: LENS-1 x 2.")})
        case "questions":
            return QuestionsField(context=context, **said | {"help_text": _("One on a line: text_length >= 50.")})
        case "moment":
            zoned = _("%(what)s By the clock of %(zone)s.") % {"what": said["help_text"], "zone": zone}
            return WallField(**said | {"help_text": zoned})
        case "hour":
            return forms.RegexField(
                r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z", widget=forms.TextInput(attrs=LOOK | {"type": "time"}), **said
            )
    if known is not None:
        empty = [] if field.is_required and field.default else [("", "")]
        return forms.ChoiceField(choices=[*empty, *known], widget=forms.Select(attrs=LOOK), **said)
    return forms.CharField(max_length=200, widget=forms.TextInput(attrs=LOOK | {"data-choices": field.choices}), **said)


def _known(field: Field, context: Context, names: Names) -> list[tuple[str, str]] | None:
    """What can be chosen, where that is known."""
    if field.options:
        return [(key, _(words)) for key, words in field.options]
    if field.choices == "events":
        return [(name, names["events"].get(name) or name) for name in sorted(context.events)]
    if field.choices in ("tiers", "segments"):
        return [(key, names[field.choices].get(key, key)) for key in sorted(context.choices.get(field.choices, ()))]
    return None


def _whole(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else text
