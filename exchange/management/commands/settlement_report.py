"""settlement_report: what brands owe each other for a month of exchanges, in a line for each pair and a sum."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from exchange.clearing.files import sums_file
from exchange.clearing.months import month_before, month_named, month_of, month_told
from exchange.clearing.pools import pools_off
from exchange.clearing.statements import Net, Statement, nets, of_brands, pairs_of, statements
from exchange.rates.selectors import program_named
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.http.money import from_minor
from programs.membership.models import Program


class Command(BaseCommand):
    """Reads only. Ends with an error where ledger and exchanges, or a pool and the ledger, do not agree."""

    help = "What brands owe each other for a month of exchanges, by the ledger."

    def add_arguments(self, parser):
        parser.add_argument("--month", metavar="YYYY-MM", help="a month in UTC; left out: the last one that is over")
        parser.add_argument("--program", metavar="CODE", help="only pairs with this program; left out: all pairs")
        parser.add_argument("--csv", metavar="FILE", help="write the statements into this file besides")

    def handle(self, *, month, program, csv, **options):
        try:
            first = month_named(month) if month else month_before(month_of(clock.now()))
        except NotFound as refusal:
            raise CommandError(f"--month: {refusal}") from refusal
        found = statements(self._pairs(program), first)
        moved = [told for told in found if not told.is_empty]
        for told in moved:
            self.stdout.write(_told(told))
        left = nets(moved, lambda one: one.brand_id)
        for net in left:
            self.stdout.write(f"{net.debtor.brand} owes {net.creditor.brand} {_money(net)}")
        if csv:
            self._write(Path(csv), found)
        self.stdout.write(_sum(moved, left, month_told(first)))
        self._judge(found)

    def _pairs(self, code: str | None):
        agreements = of_brands(None)
        if code:
            named = program_named(code)
            if named is None:
                raise CommandError(f"there is no program {code!r}")
            agreements = agreements.filter(from_program=named) | agreements.filter(to_program=named)
        return pairs_of(agreements)

    def _write(self, path: Path, found: list[Statement]) -> None:
        try:
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(sums_file(found))
        except OSError as error:
            raise CommandError(f"--csv: {path} cannot be written: {error.strerror}") from error

    def _judge(self, found: list[Statement]) -> None:
        off = [_ends(told.from_program, told.to_program) for told in found if told.is_off]
        agreements = {
            one.pk: one
            for one in of_brands(None).select_related("from_program", "to_program")
            if (one.from_program_id, one.to_program_id) in {told.pair for told in found}
        }
        pools = [agreements[one.agreement_id] for one in pools_off(agreements)]
        off += [f"the pool of {_ends(one.from_program, one.to_program)}" for one in pools]
        if off:
            raise CommandError(f"the ledger and what was written beside it do not agree: {', '.join(off)}")


def _ends(one: Program, two: Program) -> str:
    return f"{one.code} to {two.code}"


def _told(told: Statement) -> str:
    owed = "" if told.amount_minor is None else f", owes {from_minor(told.amount_minor, told.currency)} {told.currency}"
    off = f", {told.by_ledger.differences:,} lines differ" if told.by_ledger.differences else ""
    return (
        f"{_ends(told.from_program, told.to_program)}: {told.exchanges:,} exchanges, "
        f"{told.points_given:,} points given, {told.points_issued:,} issued{owed} ({told.status}){off}"
    )


def _money(net: Net) -> str:
    return f"{from_minor(net.amount_minor, net.currency)} {net.currency}"


def _sum(moved: list[Statement], left: list[Net], month: str) -> str:
    count = sum(told.exchanges for told in moved)
    debts = f"{len(left):,} debts between brands" if len(left) != 1 else "1 debt between brands"
    return f"{month}: {count:,} exchanges of {len(moved):,} pairs, {debts}"
