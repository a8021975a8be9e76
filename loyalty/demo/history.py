"""A year of invented purchases, redemptions and returns, ten days at a time: the same for the same program and last
day. Pure: nothing is written here."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from loyalty.demo.world import DemoProgram

STRETCHES = 36
STRETCH = timedelta(days=10)
CHANNELS = ("shop", "shop", "web", "app")


@dataclass(frozen=True, slots=True)
class DemoPurchase:
    reference: str
    external_id: str
    at: datetime
    items: tuple[tuple[str, str, int], ...]

    @property
    def cents(self) -> int:
        return sum(cents for _, _, cents in self.items)

    @property
    def channel(self) -> str:
        """Where it was made; every member keeps to some ways of theirs."""
        return CHANNELS[sum(map(ord, self.reference)) % len(CHANNELS)]


@dataclass(frozen=True, slots=True)
class DemoRedemption:
    key: str
    external_id: str
    at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class DemoReturn:
    reference: str
    purchase_reference: str
    at: datetime


@dataclass(slots=True)
class Stretch:
    """What happened in ten days, each list in order of time."""

    purchases: list[DemoPurchase] = field(default_factory=list)
    redemptions: list[DemoRedemption] = field(default_factory=list)
    returns: list[DemoReturn] = field(default_factory=list)


def history(program: DemoProgram, external_ids: list[str], *, until: datetime) -> list[Stretch]:
    """The year before `until`. Some members buy often and some hardly ever; one purchase in thirty comes back, and who
    buys often redeems now and then, if they have the points."""
    chance = Random(program.code)  # noqa: S311
    habits = {external_id: chance.choice((0, 1, 1, 2, 2, 3, 5)) for external_id in external_ids}
    stretches = []
    for number in range(STRETCHES):
        begin, stretch = until - (STRETCHES - number) * STRETCH, Stretch()
        for external_id, habit in habits.items():
            for n in range(habit):
                if chance.random() < 0.2:
                    stretch.purchases.append(_purchase(chance, program, external_id, begin, f"{number:02}{n}"))
            if habit > 1 and chance.random() < 0.15:
                at = begin + STRETCH - timedelta(minutes=chance.randint(1, 600))
                points = program.reward_points * chance.randint(1, 2)
                key = f"demo:{program.code}:{external_id}:{number}"
                stretch.redemptions.append(DemoRedemption(key, external_id, at, points))
        stretch.purchases.sort(key=lambda purchase: (purchase.at, purchase.reference))
        for purchase in stretch.purchases:
            if chance.random() < 0.03:
                at = min(purchase.at + timedelta(days=chance.randint(1, 9)), until - timedelta(minutes=1))
                stretch.returns.append(DemoReturn(f"RET-{purchase.reference}", purchase.reference, at))
        stretches.append(stretch)
    return stretches


def _purchase(chance: Random, program: DemoProgram, external_id: str, begin: datetime, suffix: str) -> DemoPurchase:
    at = begin + timedelta(days=chance.randint(0, 8), minutes=chance.randint(420, 1260))
    wares = chance.sample(program.wares, k=chance.choice((1, 1, 1, 2)))
    items = tuple((ware.sku, ware.name, chance.randint(ware.cents_min, ware.cents_max)) for ware in wares)
    return DemoPurchase(f"{program.code}-{external_id}-{suffix}", external_id, at, items)
