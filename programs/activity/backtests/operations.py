"""Trying rules on what happened, in the background; and what came of it."""

from datetime import datetime

import msgspec

from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from loyalty.runs.kinds import Step, Work, runs_as
from loyalty.runs.models import Run
from loyalty.runs.operations import start
from programs.activity.backtests.comparing import Backtest, Candidate
from programs.earning.models import Campaign, RuleSet
from programs.membership.models import Program

KIND = "rules.backtest"
CHUNK = 40_000


def start_backtest(
    principal: Principal,
    program: Program,
    *,
    ruleset_version: int | None = None,
    campaign: Campaign | None = None,
    since: datetime,
    until: datetime,
) -> Run:
    """Replays what was bought from `since` on, before `until`, by a version of the rules (a draft too), or with a
    campaign beside what is live, and by what is live; in the background, as a run. Nothing else is written. Repeating
    it does it again. Refusals, in order of precedence: Forbidden, ScopeMissing, Invalid (neither or both, the time),
    NotFound (the version), RulesNotValid (every mistake of the candidate, at its place)."""
    principal.require("rules.backtest", program.brand_id)
    candidate = _candidate(program, ruleset_version, campaign)
    until = min(until, clock.now())
    if since >= until:
        detail = "The time begins before it ends, and lies in the past."
        raise Invalid([{"pointer": "/from", "code": "out-of-range", "detail": detail}])
    candidate.snapshot(program)
    arguments = {
        "program_id": str(program.pk),
        "ruleset_version": ruleset_version,
        "campaign_id": str(campaign.pk) if campaign else None,
        "from": since.isoformat(),
        "to": until.isoformat(),
    }
    what = f"version {ruleset_version}" if campaign is None else f"campaign {campaign.key}"
    return start(KIND, program.brand, principal, arguments, title=f"Backtest of {what} in {program.name}"[:200])


def _candidate(program: Program, version: int | None, campaign: Campaign | None) -> Candidate:
    if (version is None) == (campaign is None):
        detail = "Give a version of the rules or a campaign, one of the two."
        raise Invalid([{"pointer": "/ruleset_version", "code": "one-of-two", "detail": detail}])
    if campaign is not None:
        if campaign.program_id != program.pk:
            raise NotFound("There is no such campaign in the program.", pointer="/campaign_id")
        return Candidate(campaign=campaign)
    ruleset = RuleSet.objects.filter(program=program, version=version).first()
    if ruleset is None:
        raise NotFound("There is no such version of the rules.", pointer="/ruleset_version")
    return Candidate(ruleset=ruleset)


@runs_as(KIND, title="Backtest", permission="rules.backtest", makes_file=True)
class BacktestWork(Work):
    """`arguments`: program_id, ruleset_version or campaign_id, from, to. What was replayed lies in memory until the
    end, so a run taken up again begins anew. The file is what came of it, as JSON: it names members, and so it is
    encrypted, kept for a week, and gone when one of them is forgotten."""

    is_resumable = False

    def __init__(self, run: Run):
        super().__init__(run)
        asked = run.arguments
        program = Program.objects.select_related("brand").get(pk=asked["program_id"], brand=run.brand_id)
        campaign = Campaign.objects.get(pk=asked["campaign_id"]) if asked["campaign_id"] else None
        since, until = (datetime.fromisoformat(asked[name]) for name in ("from", "to"))
        candidate = _candidate(program, asked["ruleset_version"], campaign)
        self.backtest = Backtest(program, candidate, since=since, until=until)

    def total(self) -> int:
        # A time in which nothing happened has its result too.
        return max(1, len(self.backtest))

    def step(self, start: int) -> Step:
        end = max(self.backtest.go_on(start, CHUNK), start + 1)
        step = Step(dealt=end - start)
        if end >= self.run.total:
            told = self.backtest.told()
            step.counts = {name: told[name] for name in ("purchases", "points", "live_points", "members")}
            step.file, step.file_name = msgspec.json.encode(told).decode(), f"backtest-{self.run.pk}.json"
        return step


def find_backtest(principal: Principal, ref: str) -> Run:
    """The backtest by its id, for whoever may see rules at its brand. Refusals: NotFound, Forbidden, ScopeMissing."""
    uuid, brands = as_uuid(ref), principal.brand_ids
    runs = Run.objects.filter(kind=KIND).select_related("brand")
    runs = runs if brands is None else runs.filter(brand_id__in=brands)
    run = runs.filter(pk=uuid).first() if uuid else None
    if run is None:
        raise NotFound("There is no such backtest, or it is not yours to see.")
    principal.require("rules.view", run.brand_id)
    return run


def result_of(run: Run) -> dict | None:
    """What came of it; None before its end, and after a week."""
    return msgspec.json.decode(run.file) if run.status == Run.Status.DONE and run.file else None
