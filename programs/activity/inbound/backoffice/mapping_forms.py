"""What is asked of a meaning: the act with its parts as fields of their own, and as JSON for who prefers that."""

import re
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.backoffice import mistakes_in
from loyalty.backoffice_buttons import OperationForm
from loyalty.errors import LoyaltyError
from loyalty.identity.models import Brand
from programs.activity.inbound.backoffice.wording import part_told, where_told
from programs.activity.inbound.cloudevents import structured
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.models import EventMapping, EventSource
from programs.activity.inbound.parts import DEFAULT_PARTS
from programs.membership.models import Program

LOOK = {"class": "text-field", "autocomplete": "off"}
WIDE = {"class": "text-field dl-wide", "spellcheck": "false"}
JSON_MAX = 50_000
PART = "part."
ALL_PARTS = dict.fromkeys(name for parts in DEFAULT_PARTS.values() for name in parts)
PART_NAMES = tuple(sorted(ALL_PARTS, key=lambda name: name.startswith("item.")))
BETWEEN = re.compile(r"[\s,;]+")
FACT = re.compile(r"\s*([^:\s]+)\s*:\s*(\S+)\s*\Z")
RECENT_MAX = 5
Act = EventMapping.Act


def _object(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError as mistake:
        raise ValidationError(_("This is no JSON: %(mistake)s.") % {"mistake": mistake}) from None
    if not isinstance(found, dict):
        raise ValidationError(_("A JSON object is wanted here."))
    return found


class MappingForm(OperationForm):
    """What events of a type mean, from one system or from any."""

    brand = forms.ModelChoiceField(
        Brand.objects.none(), label=gettext_lazy("Brand"), widget=forms.Select(LOOK), empty_label=None
    )
    type = forms.CharField(
        label=gettext_lazy("Type of event"), max_length=120, widget=forms.TextInput(LOOK | {"spellcheck": "false"}),
        help_text=gettext_lazy("As the system sends it, say order.paid."),
    )  # fmt: skip
    source = forms.ModelChoiceField(
        EventSource.objects.none(), label=gettext_lazy("From"), required=False, widget=forms.Select(LOOK),
        empty_label=gettext_lazy("any system"),
    )  # fmt: skip
    act = forms.ChoiceField(
        label=gettext_lazy("What it means"), choices=Act.choices, widget=forms.Select(LOOK | {"data-kind": "kind"})
    )
    program = forms.ModelChoiceField(
        Program.objects.none(), label=gettext_lazy("Program"), required=False, widget=forms.Select(LOOK),
        empty_label=gettext_lazy("the system's"),
    )  # fmt: skip
    event_type = forms.CharField(
        label=gettext_lazy("Kind of event for rules"), max_length=60, required=False, widget=forms.TextInput(LOOK),
        help_text=gettext_lazy("Empty: the type itself. It must be one of your kinds of events."),
    )  # fmt: skip
    facts = forms.CharField(
        label=gettext_lazy("What rules may ask besides"), required=False, max_length=8_000,
        widget=forms.Textarea(LOOK | {"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("One on a line: channel: /data/source_name"),
    )  # fmt: skip
    raw = forms.CharField(
        label=gettext_lazy("Parts as JSON"), required=False, max_length=JSON_MAX,
        widget=forms.Textarea(WIDE | {"rows": 6}),
        help_text=gettext_lazy("Instead of the fields above: what stands here goes before them. Empty: the fields."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("In force"), required=False, initial=True)
    recent = forms.ChoiceField(
        label=gettext_lazy("With one that came"), required=False, widget=forms.Select(LOOK), choices=()
    )
    sample = forms.CharField(
        label=gettext_lazy("With one that you write"), required=False, max_length=JSON_MAX,
        widget=forms.Textarea(WIDE | {"rows": 8}), help_text=gettext_lazy("The whole event as JSON."),
    )  # fmt: skip

    def __init__(self, data=None, *, choices: dict, mapping: EventMapping | None = None, recent=(), **more):
        if mapping:
            more["initial"] = _shown(mapping)
        super().__init__(data, **more)
        for name in ("brand", "source", "program"):
            self.fields[name].queryset = choices[name]
        for name in PART_NAMES:
            self.fields[f"{PART}{name}"] = forms.CharField(
                label=part_told(name), required=False, max_length=1_000,
                widget=forms.TextInput(LOOK | {"list": "places", "spellcheck": "false", "placeholder": _usual(name)}),
            )  # fmt: skip
        self.fields["recent"].choices = [("", _("none")), *((str(pk), told) for pk, told in recent)]
        if mapping:
            for name in ("brand", "type", "source"):
                del self.fields[name]

    def parts_shown(self) -> list[dict]:
        """The fields of parts, each with the acts that have it."""
        return [
            {"field": self[f"{PART}{name}"], "acts": " ".join(a for a, parts in DEFAULT_PARTS.items() if name in parts)}
            for name in PART_NAMES
        ]

    def clean_facts(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["facts"].splitlines():
            if line.strip():
                read = FACT.match(line)
                if not read:
                    raise ValidationError(_("“%(line)s” is not like “channel: /data/x”.") % {"line": line.strip()[:80]})
                found[read[1]] = read[2]
        return found

    def clean_raw(self) -> dict[str, Any] | None:
        return _object(self.cleaned_data["raw"]) if self.cleaned_data["raw"].strip() else None

    def clean_sample(self) -> Told | None:
        text = self.cleaned_data["sample"]
        if not text.strip():
            return None
        named = {"specversion": "1.0", "source": "sample", "id": "sample", "type": self.data.get("type") or "sample"}
        try:
            return structured(named | _object(text))
        except LoyaltyError as refusal:
            raise ValidationError(mistakes_in(refusal)) from None

    def parts(self) -> dict[str, Any]:
        """The parts that the act has, as the operation takes them: what was left empty is where it usually is."""
        if self.cleaned_data["raw"] is not None:
            return self.cleaned_data["raw"]
        found = {}
        for name in DEFAULT_PARTS.get(self.cleaned_data["act"], ()):
            if given := BETWEEN.sub(" ", self.cleaned_data[f"{PART}{name}"]).split():
                found[name] = given[0] if len(given) == 1 else given
        return found

    def meaning(self) -> dict[str, Any]:
        """What is said, as the operations take it."""
        given = {name: self.cleaned_data[name] for name in ("act", "program", "facts", "is_active")}
        is_telling = given["act"] == Act.TRIGGER
        if given["act"] not in (Act.EARN, Act.TRIGGER):
            given["facts"] = {}
        return given | {
            "parts": self.parts(), "event_type": self.cleaned_data["event_type"].strip() if is_telling else "",
        }  # fmt: skip


def _usual(name: str) -> str:
    """Where a part usually is, in the first act that has it."""
    return where_told(next(parts[name] for parts in DEFAULT_PARTS.values() if name in parts))


def _shown(mapping: EventMapping) -> dict[str, Any]:
    names = ("act", "program", "event_type", "is_active")
    shown: dict[str, Any] = {name: getattr(mapping, name) for name in names}
    shown["facts"] = "\n".join(f"{name}: {where}" for name, where in mapping.facts.items())
    for name, where in mapping.parts.items():
        shown[f"{PART}{name}"] = where if isinstance(where, str) else " ".join(where)
    return shown
