"""Activating asked for by somebody: at once, or once a second person agrees where the brand wants one for so large a
campaign."""

from django.db import transaction

from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.principals import Principal
from programs.earning.campaigns.operations import activate, needs_second_person, refuse_inactivable
from programs.earning.editions import context_of
from programs.earning.merging import merged
from programs.earning.models import Campaign
from programs.earning.rulesets.differences import between
from programs.earning.rulesets.operations import lock_program
from programs.earning.rulesets.publishing import published

KIND = "campaign.activate"
LABELS = {
    "starts_at": "From",
    "ends_at": "Until",
    "budget_points": "Points in all",
    "budget_times": "Times in all",
    "member_points": "Points for each member",
    "member_times": "Times for each member",
}


@transaction.atomic
def activate_asked(
    principal: Principal, campaign: Campaign, *, reason: str = ""
) -> tuple[Campaign, ApprovalRequest | None]:
    """Activates as `activate` does; a campaign for which the brand wants a second person waits for one, and the request
    is answered too, unless somebody agreed to it as it is already. Repeating it asks for nothing that waits already.
    Refusals: those of `activate`; Forbidden (it waits, and a server key asked)."""
    if campaign.status == Campaign.Status.ACTIVE or not _waits(campaign):
        return activate(campaign, actor=principal.actor), None
    lock_program(campaign.program)
    refuse_inactivable(campaign)
    request = request_approval(
        principal,
        campaign.program.brand,
        KIND,
        _payload(campaign),
        f"Campaign {campaign.name} of {campaign.program.name}",
        reason,
        subject=campaign.pk,
        differences=differences(campaign),
    )
    return campaign, request


def differences(campaign: Campaign) -> list[Difference]:
    """What activating it would change: its bounds and times, and its rules in words."""
    told = [
        Difference(label, "", str(value))
        for name, label in LABELS.items()
        if (value := getattr(campaign, name)) is not None
    ]
    if campaign.budget_points is None:
        told.insert(0, Difference(LABELS["budget_points"], "", "no bound"))
    program, ruleset = campaign.program, published(campaign.program)
    before = merged(ruleset.document if ruleset else None)
    after = merged(before, [campaign], timezone=program.timezone)
    changed = between(before, after, context_of(program))
    return told + [Difference(one.what, one.before, one.after) for one in changed if one.what != "Campaigns"]


@approvable(KIND, permission="campaigns.activate", title="A large campaign")
def carry_out(payload: dict, request: ApprovalRequest) -> str:
    """Activates the campaign that was asked for. Refusals: RequestOutdated (it has been changed or activated since),
    those of `activate`."""
    campaign = Campaign.objects.select_related("program__brand").filter(
        pk=payload["campaign_id"], program__brand_id=request.brand_id
    ).first()  # fmt: skip
    is_as_it_was = campaign is not None and campaign.revision == payload["revision"]
    if not is_as_it_was or campaign.status == Campaign.Status.ACTIVE:
        raise RequestOutdated("The campaign has been changed since; this request can only be rejected.")
    activate(campaign, actor=f"person:{request.decided_by_id}")
    return f"The campaign {campaign.name} is active."


def _waits(campaign: Campaign) -> bool:
    """Whether a second person is needed who has not agreed to it yet, as it is."""
    if not needs_second_person(campaign):
        return False
    agreed = ApprovalRequest.objects.filter(kind=KIND, subject_id=campaign.pk, status=ApprovalRequest.Status.APPROVED)
    return not agreed.filter(payload__revision=campaign.revision).exists()


def _payload(campaign: Campaign) -> dict:
    return {"campaign_id": str(campaign.pk), "revision": campaign.revision}
