"""The measures against their targets, for people and as JSON."""

from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from loyalty.demo.benchmark.measures import Series

SWEPT = ("expire members per s", "deposit members per s")
DECISIONS = ((10, 20_000), (100, 10_000), (1_000, 1_000))
BACKTEST = "backtest of 36,000 purchases, CPU s"
RULED = ("earn by 12 rules ms", "earn by rate ms")
"""Both write a posting, an entry and an event for each member."""
LAG = "exchange lag, 95th percentile ms"
DELAY = "event delay, 99th percentile ms"
VOUCHER = ("voucher floor ms", "voucher redeem ms")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measure and what it should be. `is_met` is None where it was not measured."""

    what: str
    measured: float | None
    bound: float
    at_most: bool

    @property
    def is_met(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound


def verdicts(found: dict) -> list[Verdict]:
    """Every target, with what was found."""
    median = {name: value.median if isinstance(value, Series) else value for name, value in found.items()}

    def ratio(above: str, below: str) -> float:
        return median[above] / median[below]

    return [
        Verdict("earn over HTTP, CPU as a multiple of its floor", ratio("earn ms", "earn floor ms"), 3, True),
        Verdict("plain Django earn, CPU as a multiple of ours", ratio("plain earn ms", "earn ms"), 6, False),
        Verdict("redeem over HTTP, CPU as a multiple of its floor", ratio("redeem ms", "redeem floor ms"), 3, True),
        Verdict("SQL round trips of an earn", median["earn"], 3, True),
        Verdict("SQL round trips of a redemption", median["redeem"], 3, True),
        Verdict("SQL round trips of a balance", median["balance"], 1, True),
        Verdict("SQL round trips of a batch of 1,000", median["batch"], 6, True),
        Verdict("p99 in ms, 32 connections, 70 % of capacity", median["p99 at 32"], 50, True),
        Verdict("p99 in ms, 8 connections, 70 % of capacity", median["p99 at 8"], 15, True),
        Verdict("purchases a second in batches of 1,000", median["batch per s"], 5_000, False),
        Verdict("the same as a part of its floor", ratio("batch per s", "batch floor per s"), 0.2, False),
        Verdict("members a second whose points expire, to those given some", ratio(*SWEPT), 0.4, False),
        Verdict("members a second whose tiers are assessed", median["assess members per s"], 3_000, False),
        *(
            Verdict(
                f"decisions a second of one core, {size:,} rules",
                median[f"decisions per s, {size:,} rules"],
                least,
                False,
            )
            for size, least in DECISIONS
        ),
        Verdict("the dearest decision that a document may ask for, ms", median["dearest decision ms"], 10, True),
        Verdict("36,000 orders through twelve rules, CPU s", median["36,000 orders through 12 rules, CPU s"], 2, True),
        Verdict(
            "the same read from the books, beside what is live, CPU s",
            median.get("backtest of 36,000 purchases, CPU s"),
            2,
            True,
        ),
        Verdict("earn by twelve rules, CPU as a multiple of one by the rate", ratio(*RULED), 2, True),
        Verdict("SQL round trips of an earn by twelve rules", median["earn by 12 rules"], 3, True),
        Verdict("floor as a part of a voucher redeemed over HTTP", ratio(*VOUCHER), 0.35, False),
        Verdict("SQL round trips of a voucher's redemption", median["voucher"], 2, True),
        Verdict("100,000 unique codes, seconds", median["100,000 codes, s"], 10, True),
        Verdict("exchanges settled a second, two workers", median["exchanges per s, 2 worker(s)"], 2_000, False),
        Verdict("ms from asking to the end at 100 exchanges a second, 95 %", median[LAG], 100, True),
        Verdict("webhooks delivered for each second of CPU", median["deliveries per CPU s"], 500, False),
        Verdict("ms from an event to its receiver at 100 a second, 99 %", median[DELAY], 500, True),
        Verdict("import of 634,784 lines, seconds", median.get("import s"), 15, True),
        Verdict("earn with a large ledger, CPU as a multiple of a small one's", median.get("growth"), 1.25, True),
        Verdict("largest web process, MB", median["web MB"], 150, True),
        Verdict("largest worker process, MB", median["worker MB"], 150, True),
    ]


def as_json(facts: dict, found: dict, judged: list[Verdict]) -> dict:
    figures = {
        name: {"median": value.median, "spread": value.spread, "rounds": value.values}
        if isinstance(value, Series)
        else value
        for name, value in found.items()
    }
    return {"machine": facts, "figures": figures, "targets": [asdict(v) | {"is_met": v.is_met} for v in judged]}


def show(facts: dict, found: dict, judged: list[Verdict]) -> None:
    console = Console(highlight=False)
    console.print("; ".join(f"{name} {value}" for name, value in facts.items()))
    figures = Table("Figure", "Median", "Spread", title="Measured")
    for name, value in found.items():
        median, spread = (value.median, f"± {value.spread:.0%}") if isinstance(value, Series) else (value, "")
        figures.add_row(name, f"{median:,.2f}", spread)
    console.print(figures)
    targets = Table("Target", "Bound", "Measured", "", title="Against the targets")
    for verdict in judged:
        sign = "at most" if verdict.at_most else "at least"
        measured = "not measured" if verdict.measured is None else f"{verdict.measured:,.2f}"
        mark = {True: "met", False: "[bold red]missed[/]", None: ""}[verdict.is_met]
        targets.add_row(verdict.what, f"{sign} {verdict.bound:,g}", measured, mark)
    console.print(targets)
