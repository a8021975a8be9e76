"""What the address of a list may ask of the database: what its filters name, compared as filters compare."""

from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP

COMPARISONS = ("exact", "in", "isnull", "gt", "gte", "lt", "lte")


def asks_only(model: type[models.Model], name: str, lookup: str) -> bool:
    """Whether the look-up asks for what the filter names and for nothing behind it: itself, of a relation its key, and
    one comparison at most."""
    if lookup != name and not lookup.startswith(name + LOOKUP_SEP):
        return False
    try:
        field = get_fields_from_path(model, name)[-1]
    except FieldDoesNotExist:
        return lookup == name
    rest = lookup.removeprefix(name).split(LOOKUP_SEP)[1:]
    if field.is_relation and rest[:1] in (["pk"], [field.remote_field.model._meta.pk.name]):
        rest = rest[1:]
    return not rest or (len(rest) == 1 and rest[0] in COMPARISONS)
