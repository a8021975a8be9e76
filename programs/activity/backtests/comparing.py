"""Which rules are tried on what happened, beside which that are live; and what came of it, as plain data."""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from loyalty.errors import Invalid
from loyalty.identity.models import BrandMember
from programs.activity.backtests.past import Past
from programs.activity.importing import long_batch
from programs.earning.editions import draft_snapshot, snapshot_of
from programs.earning.errors import RulesNotValid
from programs.earning.facts import Terms
from programs.earning.merging import CAMPAIGNS, RULESET
from programs.earning.models import Campaign, RuleSet
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.replaying import Replay, Report
from programs.earning.rulesets.operations import without
from programs.membership.models import Program

AFFECTED_MAX = 50
NOTES = (
    "Both are replayed on what happened, in its order: what would be given, not what the books say was given.",
    "Limits and budgets begin unused. What came back of a purchase since is taken off where it was bought.",
    "Tiers are those that members had then; lists, attributes and who brought whom are those of now.",
)
OF_CAMPAIGN = "The campaign is tried as if it had run all that time, whatever its own dates are."


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is tried: a version of the rules, or a campaign beside what is live. One of them."""

    ruleset: RuleSet | None = None
    campaign: Campaign | None = None

    def snapshot(self, program: Program) -> Snapshot:
        """The rules with it, ready to decide. Refusals: RulesNotValid, pointing into what is tried."""
        campaign = self.campaign
        prefix = RULESET
        if campaign:
            # Its own dates mostly lie ahead: it is judged as if it had been on all the time.
            campaign = Campaign.objects.get(pk=campaign.pk)
            campaign.starts_at = campaign.ends_at = None
            prefix = f"{CAMPAIGNS}/{campaign.key}"
        try:
            return draft_snapshot(program, terms_of(program), ruleset=self.ruleset, campaign=campaign)
        except Invalid as refusal:
            raise RulesNotValid(without(refusal.errors, prefix)) from None


def terms_of(program: Program) -> Terms:
    """What the program gives by itself, with what its tiers multiply."""
    factors = tuple((tier.code, Fraction(tier.multiplier)) for tier in program.tiers.order_by("points_min"))
    return replace(Terms.of(program), tier_factors=tuple(one for one in factors if one[1] > 1))


class Backtest:
    """What happened in a time, on its way through a candidate and through what is live now."""

    def __init__(self, program: Program, candidate: Candidate, *, since: datetime, until: datetime):
        """Refusals: RulesNotValid (the candidate has mistakes), Invalid (see `Past`)."""
        self.program, self.candidate = program, candidate
        self.draft = candidate.snapshot(program)
        live = snapshot_of(program.pk, program.edition, terms_of(program))
        self.past = Past(program, since=since, until=until, rules=(self.draft, live))
        self.replay = Replay(self.draft, live=live)
        self.purchases = self.returned_minor = 0

    def __len__(self) -> int:
        return len(self.past)

    def go_on(self, start: int, most: int) -> int:
        """Replays the next that happened; answers at how many it is. To be asked for in order."""
        add = self.replay.add
        with long_batch():
            for happening, came_back in self.past.part(start, most):
                add(happening, came_back)
                if happening.purchase:
                    self.purchases += 1
                if came_back:
                    self.returned_minor += came_back.refunded_minor
        return min(start + most, len(self))

    def report(self) -> Report:
        """What came of it so far."""
        return self.replay.report(affected_max=AFFECTED_MAX)

    def told(self) -> dict:
        """What came of it, as JSON has it. Money in minor units of the program's currency."""
        report = self.report()
        of_members = {UUID(one.member): one for one in report.most_affected}
        known = BrandMember.objects.filter(brand=self.program.brand_id, member__in=of_members)
        names = dict(known.values_list("member_id", "external_id"))
        return {
            "purchases": self.purchases,
            "events": report.happenings - self.purchases,
            "reversed": self.past.left_out,
            "returned_minor": self.returned_minor,
            "currency": self.program.money_currency,
            "points": report.points,
            "live_points": report.live_points,
            "difference": report.difference,
            "difference_percent": percent(report.difference, report.live_points),
            "members": len(report.members),
            "rules": [_told(one, RULE) for one in report.rules],
            "deciles": [_told(one, DECILE) for one in report.deciles],
            "most_affected": [
                {"member_id": str(id), "external_id": names.get(id)} | _told(one, MEMBER)
                for id, one in of_members.items()
            ],
            "notes": [*NOTES, *([OF_CAMPAIGN] if self.candidate.campaign else [])],
        }


RULE = ("key", "name", "times", "points", "members", "cut", "grants", "live_times", "live_points", "difference")
DECILE = ("number", "members", "spend_minor", "points", "live_points", "difference")
MEMBER = ("purchases", "spend_minor", "points", "live_points", "difference")


def _told(one, names: tuple[str, ...]) -> dict:
    return {name: getattr(one, name) for name in names}


def percent(difference: int, live: int) -> str | None:
    """The difference as percent of what is live, with one decimal: "3.2", "-10.0"; None where nothing is live."""
    if not live:
        return None
    tenths = (abs(difference) * 1000 * 2 + live) // (2 * live)
    return f"{'-' if difference < 0 and tenths else ''}{tenths // 10}.{tenths % 10}"
