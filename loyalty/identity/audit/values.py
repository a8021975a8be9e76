"""Values of a record in words: choices by their labels, related things by name, secrets and personal data
not at all."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format

from loyalty.history.tracking import Kind
from loyalty.identity.masks import DOTS

NOTHING = "nothing"
PERSONAL = {"loyalty.member": {"name", "preferences"}}
"""What says something of a person and is not encrypted; what is encrypted is never shown."""
UNTOLD = {"loyalty.approvalrequest": {"payload"}, "loyalty.brand": {"logo_digest"}}
"""What says nothing to people."""
TEXT_LENGTH_MAX = 200

Names = Mapping[tuple[str, str], str]
"""What related things are called, by the label of their model and their id."""


def field_of(kind: Kind, column: str) -> models.Field:
    return next(field for field in kind.model._meta.concrete_fields if field.column == column)


def is_told(kind: Kind, column: str) -> bool:
    """Whether a change of this column is of interest to people."""
    return column not in UNTOLD.get(kind.name, ()) and column != kind.model._meta.pk.column


def is_masked(kind: Kind, column: str) -> bool:
    """Whether the value is a secret or says something of a person."""
    return column in kind.secret or column in kind.sealed or column in PERSONAL.get(kind.name, ())


def label_of(kind: Kind, column: str) -> str:
    """The field's name as the forms show it, in the middle of a sentence."""
    label = str(field_of(kind, column).verbose_name)
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def in_words(kind: Kind, column: str, value, names: Names) -> str:
    """The value, as it is in a record or in the JSON of what was before."""
    if is_masked(kind, column):
        return NOTHING if value in (None, "") and column not in kind.secret else DOTS
    field = field_of(kind, column)
    if value is None or value == "" or value == [] or value == {}:
        return NOTHING
    if field.remote_field:
        target = field.remote_field.model._meta.label_lower
        return names.get((target, str(value)), str(value))
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(_typed(field, value))[:TEXT_LENGTH_MAX]


def _typed(field: models.Field, value):
    """What JSON made text or a float of, as the field has it."""
    if isinstance(value, float):
        value = repr(value)
    try:
        return field.to_python(value)
    except (ValidationError, ValueError, TypeError):
        return value


def _plain(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j M Y, H:i")
    if isinstance(value, date):
        return date_format(value, "j M Y")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(each)}" for name, each in sorted(value.items()))
    if isinstance(value, list | tuple):
        return ", ".join(_plain(each) for each in value)
    return NOTHING if value is None else str(value)
