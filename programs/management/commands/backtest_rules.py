"""manage.py backtest_rules --program CODE: what other rules would have given for the purchases of a time."""

import json
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from loyalty import clock
from loyalty.errors import LoyaltyError
from programs.activity.backtests.comparing import Backtest, Candidate, percent
from programs.activity.moments import moment_of
from programs.earning.models import Campaign, RuleSet
from programs.management.sweep_command import bar_on_terminal, program_named
from programs.membership.models import Program

CHUNK = 4000
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Replay the purchases of a time by other rules, or with another campaign, and by what is live; nothing is "
        "changed. Without --from it is all that was bought."
    )

    def add_arguments(self, parser):
        parser.add_argument("--program", required=True, metavar="CODE", help="the program's code")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--ruleset", metavar="VERSION|FILE", help="a version of its rules, or a JSON file with rules")
        what.add_argument("--campaign", metavar="KEY", help="one of its campaigns, beside what is live")
        parser.add_argument("--from", dest="since", metavar="TIME", help="what happened from then on")
        parser.add_argument("--to", dest="until", metavar="TIME", help="before then; left out: up to --at")
        parser.add_argument("--at", metavar="TIME", help="as if it were then: nothing later is seen; left out: now")
        parser.add_argument("--dry-run", action="store_true", help="check the rules and count the purchases only")

    def handle(self, *, program, ruleset, campaign, since, until, at, dry_run, **options):
        begin = perf_counter()
        found = program_named(program)
        times = self._times(found, since, until, at)
        candidate = self._campaign(found, campaign) if campaign else self._ruleset(found, ruleset)
        try:
            backtest = Backtest(found, candidate, **times)
        except LoyaltyError as refusal:
            raise CommandError(self._said(refusal)) from refusal
        if dry_run:
            self.stdout.write(f"would replay {len(backtest):,} purchases and events; the rules have no mistakes")
            return
        with bar_on_terminal(type(self), "purchases and events", lambda: len(backtest)) as progress:
            done = 0
            while done < len(backtest):
                done = backtest.go_on(done, CHUNK)
                progress(done)
        self._tell(backtest, perf_counter() - begin)

    def _ruleset(self, program: Program, ruleset: str) -> Candidate:
        if ruleset.isascii() and ruleset.isdigit() and len(ruleset) < 10:
            found = RuleSet.objects.filter(program=program, version=int(ruleset)).first()
            if found is None:
                raise CommandError(f"{program.code} has no version {ruleset} of its rules")
            return Candidate(ruleset=found)
        try:
            document = json.loads(Path(ruleset).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"--ruleset: {error}") from error
        return Candidate(ruleset=RuleSet(program=program, document=document))

    def _campaign(self, program: Program, key: str) -> Candidate:
        found = Campaign.objects.filter(program=program, key=key).first()
        if found is None:
            raise CommandError(f"{program.code} has no campaign {key!r}")
        return Candidate(campaign=found)

    def _times(self, program: Program, since: str | None, until: str | None, at: str | None) -> dict[str, datetime]:
        now = self._moment("--at", at, program) or clock.now()
        if now > clock.now():
            raise CommandError("--at lies in the future: nothing is seen before its time")
        begin = self._moment("--from", since, program) or BEGINNING
        end = min(self._moment("--to", until, program) or now, now)
        if begin >= end:
            raise CommandError("--from lies before --to, and in the past")
        return {"since": begin, "until": end}

    def _moment(self, name: str, text: str | None, program: Program) -> datetime | None:
        try:
            return moment_of(text, program.timezone) if text else None
        except ValueError as error:
            raise CommandError(f"{name}: {error}") from error

    def _said(self, refusal: LoyaltyError) -> str:
        errors = [f"{one['pointer']} {one['code']}: {one['detail']}" for one in getattr(refusal, "errors", ())]
        return "\n".join([refusal.detail, *errors])

    def _tell(self, backtest: Backtest, seconds: float) -> None:
        report, console = backtest.report(), Console(file=self.stdout, highlight=False, width=100)
        rules = Table("Rule", "Times", "Points", "Members", "Live", "Difference", title="By rule")
        for one in report.rules:
            row = one.times, one.points, one.members, one.live_points
            rules.add_row(one.key, *(f"{each:,}" for each in row), f"{one.difference:+,}")
        deciles = Table("Tenth", "Members", "Points", "Live", "Difference", title="By what members spend")
        for one in report.deciles:
            row = one.members, one.points, one.live_points
            deciles.add_row(str(one.number), *(f"{each:,}" for each in row), f"{one.difference:+,}")
        for table in (rules, deciles):
            console.print(table)
        share = percent(report.difference, report.live_points)
        told = f"{report.difference:+,} points" if share is None else f"{'' if share[0] == '-' else '+'}{share} %"
        events = report.happenings - backtest.purchases
        self.stdout.write(
            f"{backtest.purchases:,} purchases, {_events(events)}{len(report.rules):,} rules, "
            f"{seconds:.1f} s: {report.points:,} points, {told} against what is live"
        )


def _events(events: int) -> str:
    return f"{events:,} event{'' if events == 1 else 's'}, " if events else ""
