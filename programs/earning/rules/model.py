"""A rule set as it is once it has been read: frozen, typed and without mistakes. Money is in whole minor units, factors
are fractions, moments are instants."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction

from programs.earning.rules.catalogue import Fact

Value = str | int | bool | Decimal | frozenset


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question: of a fact, and of which lines where it is about lines."""

    fact: Fact
    operator: str
    value: Value
    where: "Node | None" = None


@dataclass(frozen=True, slots=True)
class Every:
    """All of them hold; of none, that is true."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of them holds."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    node: "Node"


Node = Leaf | Every | Some | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What points are counted by: a fact of the order, or of those of its lines."""

    fact: Fact
    where: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """When points begin to count and when they are gone, where it is not as the program says."""

    pending_days: int | None = None
    expiry_months: int | None = None
    expiry_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """So many pieces of a SKU that belong to a bundle."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule does. `points` for each full `per` of `of` (fixed points have neither); a factor on what the groups
    in `target` gave; or something else than points, by its `code`."""

    type: str
    points: int = 0
    to: str = "member"
    per: int | Fraction = 0
    of: Measure | None = None
    items: tuple[Bundled, ...] = ()
    max_sets: int | None = None
    factor: Fraction = Fraction(1)
    target: tuple[str, ...] = ()
    where: Node | None = None
    code: str = ""
    life: Life = Life()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much there is at most in a period, of points or of times. `truncate` gives what is left, else nothing."""

    scope: str
    period: str
    points: int | None = None
    times: int | None = None
    truncate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a rule is on: from an instant on, before another, on these weekdays (Monday is 0), at these hours of the
    program's clock, which is that of `timezone`; hours that end before they begin pass midnight
    and belong to the day on which they begin."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekdays: frozenset[int] = frozenset()
    hours: tuple[time, time] | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that share how they add up. A group that gives something keeps those in `blocks` from giving."""

    key: str
    mode: str = "all"
    stage: str = "bonus"
    blocks: tuple[str, ...] = ()
    combine: str = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Rules that share an audience, a schedule and a budget, for ever: `points` and `times` in all, `member_points`
    and `member_times` for each member. Its `priority` goes before that of its rules, where it has one."""

    key: str
    name: str = ""
    points: int | None = None
    times: int | None = None
    member_points: int | None = None
    member_times: int | None = None
    truncate: bool = True
    priority: int | None = None
    audience: Node = Every(())
    schedule: Schedule = Schedule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a set, of which it is the `number`th."""

    number: int
    key: str
    name: str
    trigger: str
    group: str
    priority: int = 0
    schedule: Schedule = Schedule()
    conditions: Node = Every(())
    effects: tuple[Effect, ...] = ()
    limits: tuple[Limit, ...] = ()
    campaign: str = ""
    on_return: str = "proportional"
    stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """What a program gives for what happens; `rounding` is that of what multipliers add."""

    currency: str
    timezone: str
    groups: tuple[Group, ...]
    rules: tuple[Rule, ...]
    campaigns: tuple[Campaign, ...] = ()
    rounding: str = "down"
