"""A brand's own limits: raising its protection is done at once, lowering it needs a second person, else one admin could
take away what keeps one admin from doing everything."""

from collections.abc import Mapping

from django.db import transaction

from loyalty.events import log
from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.models import Brand
from loyalty.identity.principals import Principal

_ROLES = {Brand.ApprovalOfRoles.NONE: 0, Brand.ApprovalOfRoles.ADMIN: 1, Brand.ApprovalOfRoles.ALL: 2}
_IS_LOWER = {
    "approval_points_min": lambda before, after: after > before,
    "approval_bulk_points_min": lambda before, after: after > before,
    "approval_terms": lambda before, after: before and not after,
    "approval_roles": lambda before, after: _ROLES[after] < _ROLES[before],
    "requires_second_factor": lambda before, after: before and not after,
    "cool_down_hours": lambda before, after: after < before,
}
PROTECTION = tuple(_IS_LOWER)


@transaction.atomic
def change_protection(principal: Principal, brand: Brand, changes: Mapping) -> ApprovalRequest | None:
    """Changes the fields of PROTECTION named in `changes`: what protects more at once, what protects less when a second
    person agrees; answers the request for that. Repeating it changes nothing. Refusals: Forbidden."""
    principal.require("brands.change", brand.id)
    brand = Brand.objects.select_for_update().defer("logo").get(pk=brand.pk)
    differing = {
        name: changes[name] for name in PROTECTION if name in changes and changes[name] != getattr(brand, name)
    }
    lower = {name: value for name, value in differing.items() if _IS_LOWER[name](getattr(brand, name), value)}
    if at_once := {name: value for name, value in differing.items() if name not in lower}:
        _write(brand, at_once, actor=principal.actor)
    if not lower:
        return None
    before = {name: getattr(brand, name) for name in lower}
    labels = {name: str(Brand._meta.get_field(name).verbose_name).capitalize() for name in lower}
    return request_approval(
        principal,
        brand,
        "brands.protection",
        {"changes": {name: [before[name], value] for name, value in lower.items()}},
        f"Less protection of {brand.name}: {', '.join(labels.values()).lower()}",
        subject=brand.id,
        differences=[Difference(labels[name], _words(before[name]), _words(value)) for name, value in lower.items()],
    )


@approvable("brands.protection", permission="brands.change", title="Protection of the brand")
def lower_protection(payload: dict, request: ApprovalRequest) -> str:
    """Makes the limits hold that were asked for. Refusals: RequestOutdated (changed since)."""
    brand = Brand.objects.select_for_update().defer("logo").get(pk=request.brand_id)
    if any(getattr(brand, name) != before for name, (before, _) in payload["changes"].items()):
        raise RequestOutdated("The limits have been changed since; this request can only be rejected.")
    changes = {name: after for name, (_, after) in payload["changes"].items()}
    _write(brand, changes, actor=f"person:{request.decided_by_id}")
    return "The limits hold."


def _write(brand: Brand, changes: Mapping, *, actor: str) -> None:
    for name, value in changes.items():
        setattr(brand, name, value)
    brand.save(update_fields=list(changes))
    data = {"fields": sorted(changes), "actor": actor}
    log.record("brand.updated", brand_id=brand.id, aggregate_id=brand.id, data=data)


def _words(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
