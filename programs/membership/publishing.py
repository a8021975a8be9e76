"""Changes of a program asked for by somebody: what it gives waits for a second person where the brand wants one, the
rest is changed at once. What else a brand comes to publish can wait in the same way."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import transaction

from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.principals import Principal
from programs.membership.models import Program
from programs.membership.operations import refuse_mistakes, tier_terms_of, update_program, values_of
from programs.membership.validity import TierTerms

TERMS = (
    "earn_points", "earn_per", "money_currency", "pending_days", "pending_until", "expiry_kind", "expiry_months",
    "expiry_dates", "return_policy", "debt_max", "redeem_points_min", "redeem_percent_max",
)  # fmt: skip
"""What a program gives, and how it is taken back: the fields that wait where the brand says so."""


@transaction.atomic
def change_program(
    principal: Principal,
    program: Program,
    changes: Mapping,
    *,
    tiers: Iterable[TierTerms] | None = None,
    reason: str = "",
) -> tuple[Program, ApprovalRequest | None]:
    """Changes a program as `update_program` does; where the brand wants a second person for its terms, these wait and
    the request is answered too. Repeating it changes nothing and asks for nothing that waits already.
    Refusals: those of `update_program`; Forbidden (terms that wait, asked for by a server key)."""
    before, waiting = values_of(program), terms_that_wait(program, changes)
    if not waiting:
        return update_program(program, changes, tiers=tiers, actor=principal.actor), None
    tiers = None if tiers is None else list(tiers)
    refuse_mistakes({**before, **changes}, tier_terms_of(program) if tiers is None else tiers)
    at_once = {name: value for name, value in changes.items() if name not in waiting}
    program = update_program(program, at_once, tiers=tiers, actor=principal.actor)
    labels = {name: str(Program._meta.get_field(name).verbose_name).capitalize() for name in waiting}
    request = request_approval(
        principal,
        program.brand,
        "terms.publish",
        {"program_id": str(program.id), "changes": {n: [_plain(before[n]), _plain(v)] for n, v in waiting.items()}},
        f"New terms of {program.name}: {', '.join(labels.values()).lower()}",
        reason,
        subject=program.id,
        differences=[Difference(labels[n], _words(before[n]), _words(value)) for n, value in waiting.items()],
    )
    return program, request


def terms_that_wait(program: Program, changes: Mapping) -> dict:
    """Of these changes the terms for which the brand wants a second person; none while the program is a draft."""
    if not program.brand.approval_terms or program.status == Program.Status.DRAFT:
        return {}
    before = values_of(program)
    return {name: changes[name] for name in TERMS if name in changes and changes[name] != before[name]}


@approvable("terms.publish", permission="programs.change", title="Terms of a program")
def publish(payload: dict, request: ApprovalRequest) -> str:
    """Makes the terms hold that were asked for. Refusals: RequestOutdated (the terms that were to be changed have been
    changed since), those of `update_program`."""
    program = Program.objects.select_for_update(of=("self",)).select_related("brand", "unit")
    program = program.get(pk=payload["program_id"], brand_id=request.brand_id)
    now = values_of(program)
    if any(_plain(now[name]) != before for name, (before, _) in payload["changes"].items()):
        raise RequestOutdated("The terms have been changed since; this request can only be rejected.")
    changes = {name: _value(name, after) for name, (_, after) in payload["changes"].items()}
    changed = update_program(program, changes, actor=f"person:{request.decided_by_id}")
    return f"The terms hold as version {changed.version} of {changed.name}."


def _plain(value):
    return format(value, "f") if isinstance(value, Decimal) else value


def _value(name: str, plain):
    return Decimal(plain) if name == "earn_per" else plain


def _words(value) -> str:
    if value is None:
        return "never"
    return ", ".join(value) if isinstance(value, list) else str(_plain(value))
