"""What of a brand's single sign-on waits for a second person: groups that would give a role which nobody gives alone,
and the provider's word in place of the second factor that the brand asks for. What gives less is done at once."""

from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.models import Brand, Staff
from loyalty.identity.principals import Principal
from loyalty.identity.signon.models import SignOn

KIND = "sign_on.roles"

_RIGHTS = {None: 0, Staff.Role.PARTNER.value: 1, Staff.Role.STAFF.value: 2, Staff.Role.ADMIN.value: 3}
_LABELS = {
    "role_by_group": "Roles of groups",
    "groups_claim": "Where groups are named",
    "asks_second_factor": "Trusted for the second factor",
}


def _guarded(brand: Brand) -> set[str]:
    """The roles that the brand wants a second person for."""
    wanted = brand.approval_roles
    if wanted == Brand.ApprovalOfRoles.NONE:
        return set()
    return {Staff.Role.ADMIN.value} if wanted == Brand.ApprovalOfRoles.ADMIN else set(Staff.Role.values)


def hold_back(before: SignOn | None, wanted: SignOn) -> dict:
    """Takes out of `wanted` what waits, and answers it: {field: [what holds until then, what was wanted]}."""
    before = before or SignOn()
    guarded, waits = _guarded(wanted.brand), {}
    asked, had = wanted.role_by_group, before.role_by_group
    raised = {
        group for group, role in asked.items() if role in guarded and _RIGHTS[role] > _RIGHTS.get(had.get(group), 0)
    }
    if raised:
        kept = {group: role for group, role in asked.items() if group not in raised}
        waits["role_by_group"] = [kept | {group: had[group] for group in raised if group in had}, asked]
    if wanted.groups_claim != before.groups_claim and guarded & set(had.values()):
        waits["groups_claim"] = [before.groups_claim, wanted.groups_claim]
    if wanted.asks_second_factor and not before.asks_second_factor and wanted.brand.requires_second_factor:
        waits["asks_second_factor"] = [False, True]
    for field, (now, _) in waits.items():
        setattr(wanted, field, now)
    return waits


def ask(principal: Principal, sign_on: SignOn, waits: dict) -> ApprovalRequest | None:
    """Asks a second person for what was held back. Refusals: Forbidden."""
    if not waits:
        return None
    differences = [Difference(_LABELS[field], _words(now), _words(then)) for field, (now, then) in waits.items()]
    summary = f"Single sign-on of {sign_on.brand.name}: {', '.join(_LABELS[field] for field in waits).lower()}"
    return request_approval(
        principal, sign_on.brand, KIND, {"changes": waits}, summary, subject=sign_on.pk, differences=differences
    )


@approvable(KIND, permission="sign_on.change", title="Roles by single sign-on")
def carry_out(payload: dict, request: ApprovalRequest) -> str:
    """Makes what was held back hold. Refusals: RequestOutdated (changed since, or gone)."""
    sign_on = SignOn.objects.select_for_update().filter(brand=request.brand_id, pk=request.subject_id).first()
    changes = payload["changes"]
    if sign_on is None or any(getattr(sign_on, field) != now for field, (now, _) in changes.items()):
        raise RequestOutdated("The single sign-on has been changed since; this request can only be rejected.")
    for field, (_, then) in changes.items():
        setattr(sign_on, field, then)
    sign_on.save(update_fields=list(changes))
    return "It holds from the next sign-in on."


def _words(value) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{group}: {role}" for group, role in sorted(value.items()))
    return {True: "yes", False: "no"}.get(value, value)
