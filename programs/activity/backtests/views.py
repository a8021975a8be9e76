"""The addresses of backtests."""

from loyalty.http.idempotency import idempotent
from loyalty.http.schema import operation
from loyalty.http.shapes import read
from loyalty.http.views import ApiView, reply
from programs.activity.backtests import docs, serializers
from programs.activity.backtests.operations import find_backtest, result_of, start_backtest
from programs.earning.campaigns.selectors import find_campaign
from programs.earning.rulesets.selectors import find_managed_program


class BacktestsView(ApiView):
    """Trying rules on what happened."""

    @operation("Start a backtest", **docs.START)
    @idempotent
    def post(self, request, program):
        """Replays the purchases of a time (and the events that rules are about) by a version of the rules, a draft too,
        or with a campaign beside what is live; and by what is live, to compare. Nothing is given or changed. The answer
        is 202 at once; `Location` says where the result will be. What came back of a purchase since is taken off where
        it was bought; purchases that were reversed are left out. Limits and budgets begin unused. A campaign is tried
        as if it had run all that time. A candidate with mistakes is refused with all of them."""
        found = find_managed_program(self.principal, program, "rules.backtest")
        asked = read(request, serializers.BacktestBody)
        campaign = find_campaign(self.principal, str(asked.campaign_id)) if asked.campaign_id else None
        run = start_backtest(
            self.principal, found, ruleset_version=asked.ruleset_version, campaign=campaign, since=asked.since,
            until=asked.until,
        )  # fmt: skip
        answer = serializers.backtest_answer(run, None)
        return reply(answer, 202, {"Location": f"/api/backtests/{run.pk}"})


class BacktestView(ApiView):
    """One backtest."""

    @operation("Show a backtest", **docs.SHOW)
    def get(self, request, backtest):
        """How far it is and, once it is done, what came of it. The result is kept for a week, and less where one of
        the members it names is forgotten."""
        run = find_backtest(self.principal, backtest)
        return reply(serializers.backtest_answer(run, result_of(run)))
