"""The addresses of campaigns."""

from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from programs.earning.campaigns import docs, operations, serializers
from programs.earning.campaigns.activating import activate_asked
from programs.earning.campaigns.metrics import metrics_of
from programs.earning.campaigns.selectors import campaigns_of, find_campaign
from programs.earning.errors import CampaignWasActive
from programs.earning.keeping import DOCUMENT_BYTES_MAX
from programs.earning.models import Campaign
from programs.earning.rulesets.selectors import find_managed_program


class CampaignsView(ApiView):
    """The campaigns of a program."""

    body_bytes_max = DOCUMENT_BYTES_MAX

    @operation("List campaigns", **docs.LIST)
    def get(self, request, program):
        """The newest first."""
        found = find_managed_program(self.principal, program, "campaigns.view")
        asked = query(request, serializers.CampaignFilters)
        campaigns = campaigns_of(found)
        campaigns = campaigns.filter(status=asked.status) if asked.status else campaigns
        return reply(page(request, campaigns, key=("-created_at", "-id"), render=serializers.campaign_answer))

    @operation("Draft a campaign", **docs.CREATE)
    @idempotent
    def post(self, request, program):
        """Keeps a campaign as a draft and says what is wrong with its rules and audience; a draft may have mistakes.
        Its rules are as in a rule set, and a key that the program's rules have already gets the campaign's before it.
        Nothing is given before it is activated."""
        found = find_managed_program(self.principal, program, "campaigns.add")
        terms = serializers.asked(read(request, serializers.NewCampaign))
        campaign = operations.create_campaign(found, **terms, actor=self.principal.actor)
        return _answered(campaign, 201, {"Location": f"/api/campaigns/{campaign.id}"})


class CampaignView(ApiView):
    """One campaign."""

    body_bytes_max = DOCUMENT_BYTES_MAX

    @operation("Show a campaign", **docs.SHOW)
    def get(self, request, campaign):
        """With what keeps it from being active."""
        found = find_campaign(self.principal, campaign)
        return conditional(request, serializers.campaign_answer(found, _mistakes(found)))

    @operation("Change a campaign", **docs.CHANGE)
    def patch(self, request, campaign):
        """A draft and a paused campaign can be changed freely, but for the key. Of an active one the name, the
        description, a larger bound (or none) and a later end (or none) hold at once; all else is refused: pause it.
        Once it was active, only who may activate it changes it. What has ended stays."""
        found = find_campaign(self.principal, campaign, "campaigns.change")
        if found.activated_at and not self.principal.may("campaigns.activate", found.program.brand_id):
            raise CampaignWasActive()
        changes = serializers.asked(read(request, serializers.CampaignPatch))
        return _answered(operations.change_campaign(found, changes, actor=self.principal.actor))


class ActivateView(ApiView):
    """Putting a campaign in force."""

    @operation("Activate a campaign", **docs.ACTIVATE)
    @idempotent
    def post(self, request, campaign):
        """Its rules hold beside the program's own from now on, within its times. It is refused with every mistake there
        is. Where the brand wants a second person for so large a campaign, it waits for one, and the answer is 202; see
        the approvals."""
        found = find_campaign(self.principal, campaign, "campaigns.activate")
        reason = read(request, serializers.Reason).reason
        active, waiting = activate_asked(self.principal, found, reason=reason)
        return _answered(active, 202 if waiting else 200)


class PauseView(ApiView):
    """Stopping a campaign for a while."""

    @operation("Pause a campaign", **docs.PAUSE)
    @idempotent
    def post(self, request, campaign):
        """It gives nothing until it is activated again. What it gave counts against its budget all the same."""
        found = find_campaign(self.principal, campaign, "campaigns.pause")
        read(request, serializers.Reason)
        return _answered(operations.pause(found, actor=self.principal.actor))


class EndView(ApiView):
    """Ending a campaign."""

    @operation("End a campaign", **docs.END)
    @idempotent
    def post(self, request, campaign):
        """Ends it for good. What it gave stays, and is taken back with its purchase as its rules said."""
        found = find_campaign(self.principal, campaign, "campaigns.end")
        read(request, serializers.Reason)
        return _answered(operations.end(found, actor=self.principal.actor))


class MetricsView(ApiView):
    """What a campaign has done."""

    @operation("Show what a campaign has done", **docs.METRICS_OF)
    def get(self, request, campaign):
        """What it gave, and whether the members whom it reached buy more often in its time than in the equally long
        time before it."""
        return reply(serializers.metrics_answer(metrics_of(find_campaign(self.principal, campaign))))


def _mistakes(campaign: Campaign) -> list[dict]:
    return [] if campaign.status == Campaign.Status.ENDED else operations.mistakes_in(campaign)


def _answered(campaign: Campaign, status: int = 200, headers: dict | None = None):
    return reply(serializers.campaign_answer(campaign, _mistakes(campaign)), status, headers)
