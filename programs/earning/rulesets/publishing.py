"""Publishing asked for by somebody: at once, or once a second person agrees where the brand wants one for its terms."""

import hashlib
import json

from django.db import transaction

from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.principals import Principal
from programs.earning.editions import context_of
from programs.earning.models import RuleSet
from programs.earning.rulesets.differences import Changed, between
from programs.earning.rulesets.operations import publish, refuse_unpublishable
from programs.membership.models import Program


@transaction.atomic
def publish_asked(
    principal: Principal, ruleset: RuleSet, *, reason: str = ""
) -> tuple[RuleSet, ApprovalRequest | None]:
    """Publishes as `publish` does; where the brand wants a second person for its terms, it waits for one and the
    request is answered too. Repeating it changes nothing and asks for nothing that waits already.
    Refusals: those of `publish`; Forbidden (it waits, and a server key asked)."""
    program, before = ruleset.program, published(ruleset.program)
    if not program.brand.approval_terms or program.status == Program.Status.DRAFT or ruleset == before:
        return publish(ruleset, actor=principal.actor)[0], None
    refuse_unpublishable(ruleset)
    request = request_approval(
        principal,
        program.brand,
        "rules.publish",
        {
            "ruleset_id": str(ruleset.pk),
            "before_id": str(before.pk) if before else None,
            "document": _digest(ruleset.document),
        },
        f"Version {ruleset.version} of the rules of {program.name}",
        reason,
        subject=ruleset.pk,
        differences=[Difference(one.what, one.before, one.after) for one in differences(ruleset, before)],
    )
    return ruleset, request


def differences(ruleset: RuleSet, before: RuleSet | None) -> list[Changed]:
    """What publishing the version would change, in words."""
    return between(before.document if before else None, ruleset.document, context_of(ruleset.program))


def published(program: Program) -> RuleSet | None:
    """The version in force."""
    return RuleSet.objects.filter(program=program, status=RuleSet.Status.PUBLISHED).first()


@approvable("rules.publish", permission="rules.publish", title="Rules of a program")
def carry_out(payload: dict, request: ApprovalRequest) -> str:
    """Publishes the version that was asked for. Refusals: RequestOutdated (the draft, or what is in force, has been
    changed since), those of `publish`."""
    ruleset = RuleSet.objects.select_related("program__brand").filter(
        pk=payload["ruleset_id"], program__brand_id=request.brand_id
    ).first()  # fmt: skip
    if ruleset is None or _digest(ruleset.document) != payload["document"]:
        raise RequestOutdated("The draft has been changed since; this request can only be rejected.")
    before = published(ruleset.program)
    if (str(before.pk) if before else None) != payload["before_id"]:
        raise RequestOutdated("Another version was published since; this request can only be rejected.")
    publish(ruleset, actor=f"person:{request.decided_by_id}")
    return f"Version {ruleset.version} of the rules holds in {ruleset.program.name}."


def _digest(document) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
