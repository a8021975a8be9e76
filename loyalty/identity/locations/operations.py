"""What can be done to locations: entered, changed, switched off. None is deleted, for what was sold there stays."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.identity.locations.errors import LocationCodeTaken
from loyalty.identity.models import Brand, Location

CODE = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
NAME_MAX = 120
FIELDS = ("name", "is_active")


@transaction.atomic
def create_location(brand: Brand, *, code: str, name: str, is_active: bool = True, actor: str) -> Location:
    """Enters a location of the brand. Repeating it is refused for its code. Refusals, in order of precedence: Invalid
    (every mistake at once), LocationCodeTaken."""
    location = Location(brand=brand, code=code, name=name, is_active=is_active)
    errors = [] if CODE.match(code) else [_wrong("/code", "invalid-format", "1 to 80 letters, digits, - or _.")]
    _refuse(errors + _mistakes_in(location))
    try:
        with transaction.atomic():
            location.save(force_insert=True)
    except IntegrityError as clash:
        if not Location.objects.filter(brand=brand, code=code).exists():
            raise
        raise LocationCodeTaken(f"There is a location with the code {code!r}.", pointer="/code") from clash
    _record("location.created", location, actor)
    return location


@transaction.atomic
def change_location(location: Location, changes: Mapping[str, Any], *, actor: str) -> Location:
    """Changes `name` and `is_active`; where a location is switched off nothing is redeemed or stamped. Repeating it
    changes nothing. Refusals: Invalid (every mistake at once)."""
    unknown = changes.keys() - set(FIELDS)
    assert not unknown, f"a location has no {unknown} that could be changed"
    locked = Location.objects.select_for_update(no_key=True).get(pk=location.pk)
    differing = sorted(name for name, value in changes.items() if getattr(locked, name) != value)
    if not differing:
        return locked
    for name in differing:
        setattr(locked, name, changes[name])
    _refuse(_mistakes_in(locked))
    locked.save(update_fields=differing)
    _record("location.changed", locked, actor, fields=differing)
    return locked


def _mistakes_in(location: Location) -> list[dict]:
    name = location.name
    if 0 < len(name) <= NAME_MAX and name.isprintable() and name.strip():
        return []
    return [_wrong("/name", "invalid-length", f"1 to {NAME_MAX} characters that can be seen.")]


def _refuse(errors: list[dict]) -> None:
    if errors:
        raise Invalid(errors)


def _wrong(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}


def _record(type: str, location: Location, actor: str, **facts: Any) -> None:
    data = {"actor": actor, "code": location.code, **facts}
    log.record(type, brand_id=location.brand_id, aggregate_id=location.pk, data=data)
