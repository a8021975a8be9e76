"""What the brand of one program owes that of another for the points exchanged in a month, by the ledger itself.

A month is one in UTC (`months`). The brand whose points were given owes `point_price` for each point that the other
one issued: the price of the agreement of the pair that was last in force in the month, for the whole month. The amount
is exact and rounded once, half to even. Where that agreement is prefunded the points were paid for before, and nothing
is owed any more. A month that was closed keeps its figures; where the ledger says otherwise since, the statement shows
by how much. An exchange is not taken back in the ledger: what is put right later is an entry of its own, and counts in
the month in which it is made.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from exchange.clearing.lines import Ends, Totals, totals_of
from exchange.clearing.models import Settlement
from exchange.clearing.months import bounds_of, month_of
from exchange.clearing.owing import amount_of, set_off
from exchange.rates.models import Agreement
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.membership.models import Program

# A month can be closed once every batch that was under way at its end has come into the books.
CLOSES_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of a pair. The brand of `from_program` owes that of `to_program` `amount_minor` (minor units of
    `currency`; None: nothing is owed in money). `by_ledger` is what the books say now, which is what the statement
    says too, unless the month was closed and they changed since."""

    from_program: Program
    to_program: Program
    month: date
    exchanges: int
    points_given: int
    fees: int
    points_issued: int
    point_price: Decimal | None
    currency: str
    amount_minor: int | None
    by_ledger: Totals
    is_prefunded: bool = False
    settlement: Settlement | None = None

    @property
    def pair(self) -> Ends:
        return self.from_program.pk, self.to_program.pk

    @property
    def status(self) -> str:
        """running: the month is not over; open: it can be closed; closed; paid."""
        if self.settlement:
            return "paid" if self.settlement.paid_at else "closed"
        return "open" if can_close(self.month) else "running"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was exchanged, and nothing does not fit together either."""
        return self.by_ledger == Totals() and not self.settlement

    @property
    def is_off(self) -> bool:
        """Whether somebody should look: ledger and exchanges do not agree, or the books changed since it was closed."""
        return bool(self.by_ledger.differences or (self.settlement and any(self.since_closed)))

    @property
    def since_closed(self) -> tuple[int, int, int]:
        """By how many exchanges, points given and points issued the books differ from what was closed."""
        told = self.by_ledger
        return (
            told.exchanges - self.exchanges,
            told.points_given - self.points_given,
            told.points_issued - self.points_issued,
        )


@dataclass(frozen=True, slots=True)
class Net:
    """What is left to pay for the month once what both programs of a pair owe each other is set off."""

    debtor: Program
    creditor: Program
    amount_minor: int
    currency: str


def can_close(month: date) -> bool:
    """Whether the month is over, and everything of it in the books."""
    return clock.now() >= bounds_of(month)[1] + CLOSES_AFTER


def statement(from_program: Program, to_program: Program, month: date) -> Statement:
    """What the first program's brand owes the second's for that month. `month` is its first day."""
    return statements([(from_program, to_program)], month)[0]


def statements(pairs: Sequence[tuple[Program, Program]], month: date) -> list[Statement]:
    """The statements of these pairs, in their order. Three round trips for any number of them."""
    ends = [(one.pk, two.pk) for one, two in pairs]
    totals = totals_of(ends, month)
    prices = _prices(ends, month)
    among = _among(ends)
    closed = {(one.from_program_id, one.to_program_id): one for one in Settlement.objects.filter(among, month=month)}
    return [
        _made(pair, month, totals[key], prices.get(key), closed.get(key)) for pair, key in zip(pairs, ends, strict=True)
    ]


def both_ways(one: Program, two: Program, month: date) -> tuple[Statement, Statement]:
    """What the first owes the second, and what the second owes the first."""
    there, back = statements([(one, two), (two, one)], month)
    return there, back


def net_of(there: Statement, back: Statement) -> Net | None:
    """What is left of the two, where both are in the same currency, or one of them is nothing; None where they are
    even, or cannot be set off."""
    left = nets([there, back], lambda program: program.pk)
    return left[0] if len(left) == 1 else None


def nets(found: Sequence[Statement], side_of) -> list[Net]:
    """What is left to pay of all these statements between each two sides (`side_of` a program: itself, or its brand) in
    each currency. A side is named by the first program that has it."""
    first: dict = {}
    debts = []
    for one in found:
        for program in (one.from_program, one.to_program):
            first.setdefault(side_of(program), program)
        if one.amount_minor and one.status != "paid":
            debts.append((side_of(one.from_program), side_of(one.to_program), one.currency, one.amount_minor))
    return [
        Net(first[debtor], first[creditor], minor, currency)
        for (debtor, creditor, currency), minor in set_off(debts).items()
    ]


def visible_pairs(principal: Principal) -> QuerySet[Agreement]:
    """The agreements that were ever in force, of the brands at which the principal sees settlements: either brand of a
    pair reads the same."""
    return of_brands(principal.brands_where("settlements.view"))


def of_brands(brands: Collection[UUID] | None) -> QuerySet[Agreement]:
    """The agreements that were ever in force, of which one of these brands is a side; None: all."""
    found = Agreement.objects.filter(active_since__isnull=False)
    if brands is None:
        return found
    return found.filter(Q(from_program__brand__in=brands) | Q(to_program__brand__in=brands))


def programs_of(ends: Sequence[Ends]) -> list[tuple[Program, Program]]:
    """The programs of these pairs, with brand and unit, in one query."""
    known = Program.objects.select_related("brand", "unit").in_bulk({one for pair in ends for one in pair})
    return [(known[one], known[two]) for one, two in ends]


def find_pair(principal: Principal, from_ref: str, to_ref: str) -> tuple[Program, Program]:
    """The two programs, by id or code, of a pair that had an agreement in force at some time and of which the
    principal sees the settlements. Refusals, in order of precedence: Forbidden, ScopeMissing, NotFound."""
    principal.require("settlements.view")
    one, two = _named("from_program", from_ref), _named("to_program", to_ref)
    ends = visible_pairs(principal).filter(one & two).values_list("from_program", "to_program").first()
    if ends is None:
        raise NotFound("There is no such pair, or it is not yours to see.")
    return programs_of([ends])[0]


def owed(principal: Principal, month: date) -> list[Statement]:
    """The statements of all pairs that the principal sees, by the codes of their programs. Refusals: Forbidden,
    ScopeMissing."""
    principal.require("settlements.view")
    return statements(pairs_of(visible_pairs(principal)), month)


def pairs_of(agreements: QuerySet[Agreement]) -> list[tuple[Program, Program]]:
    """The pairs of these agreements, each once, by the codes of their programs."""
    ends = agreements.order_by("from_program__code", "to_program__code").values_list("from_program", "to_program")
    return programs_of(list(dict.fromkeys(ends)))


def _made(
    pair: tuple[Program, Program], month: date, told: Totals, agreement: Agreement | None, closed: Settlement | None
) -> Statement:
    is_prefunded = bool(agreement and agreement.is_prefunded)
    if closed:
        return Statement(
            *pair, month, closed.exchanges, closed.points_given, told.fees, closed.points_issued, closed.point_price,
            closed.currency, closed.amount_minor, told, is_prefunded, closed,
        )  # fmt: skip
    price = agreement.point_price if agreement else None
    currency = agreement.currency if price is not None else ""
    owed_minor = None if price is None else 0 if is_prefunded else amount_of(told.points_issued, price, currency)
    return Statement(
        *pair, month, told.exchanges, told.points_given, told.fees, told.points_issued, price, currency, owed_minor,
        told, is_prefunded,
    )  # fmt: skip


def _prices(ends: Sequence[Ends], month: date) -> dict[Ends, Agreement]:
    """Of each pair the agreement that was last in force in the month, or before it; one that began later counts only
    where there was none."""
    found = Agreement.objects.filter(_among(ends), active_since__isnull=False).order_by("active_since")
    prices: dict[Ends, Agreement] = {}
    for one in found:
        key = one.from_program_id, one.to_program_id
        if key not in prices or month_of(one.active_since) <= month:
            prices[key] = one
    return prices


def _among(ends: Sequence[Ends]) -> Q:
    """The rows between these programs; those of other pairs among them are not looked at."""
    return Q(from_program__in={one for one, _two in ends}, to_program__in={two for _one, two in ends})


def _named(side: str, ref: str) -> Q:
    uuid = as_uuid(ref)
    return Q(**{f"{side}_id": uuid}) if uuid else Q(**{f"{side}__code": str(ref).replace("\0", "")})
