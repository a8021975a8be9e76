"""Whatever was bought and however it came back: once all is undone nothing is left of points and of limits used."""

from random import Random

import pytest

from ledger.models import Balance
from ledger.reconciliation import reconcile
from ledger.tests.books import clean
from loyalty.errors import LoyaltyError
from programs.activity.corrections import reverse
from programs.activity.models import Purchase
from programs.activity.operations import PurchaseRequest, record_purchase
from programs.activity.places import Names
from programs.activity.returns import ReturnRequest, return_purchase
from programs.activity.tests.ruled import campaign_by, fixed, leaf, limit, per, rule, rule_by
from programs.activity.tests.together import all_at_once
from programs.earning.facts import ItemFacts
from programs.earning.models import LimitCounter, Referral
from programs.earning.returns import ReturnedItem
from programs.membership.models import Program, Tier

WAYS = ("proportional", "keep", "all_if_condition_fails")
BOUNDS = (
    limit("member", points=300), limit("member", "day", times=4), limit("program", points=900),
    limit("recipient", points=200), limit("recipient", "week", times=5), limit("program", "month", times=9),
    limit("member", points=150, on_exceed="reject"),
)  # fmt: skip


def effects(random: Random) -> list[dict]:
    toys, books = (leaf("line.category", "equal", word) for word in ("toys", "books"))
    all_of_them = [
        per(1), per(2, where=toys), per(3, "2.50", where=books), fixed(30), fixed(17, to="referrer"),
        fixed(25, expires_after={"days": 9}), fixed(11, pending_for={"days": 3}),
        {"type": "badge.award", "badge": "star"},
    ]  # fmt: skip
    return random.sample(all_of_them, random.randint(1, 3))


def rules(random: Random, word: str, many: int) -> list[dict]:
    found = []
    for n in range(many):
        more = {"on_return": random.choice(WAYS), "limits": random.sample(BOUNDS, random.randint(0, 2))}
        if random.random() < 0.6:
            more["conditions"] = leaf("order.net", "greaterThanInclusive", f"{random.randint(10, 60)}.00")
        found.append(rule(f"{word}{n}", *effects(random), group=random.choice(("base", "bonus")), **more))
    return found


class Shop:
    """Members who buy, bring back and have it reversed, at random."""

    def __init__(self, principal, seed: int, who: tuple[str, ...]):
        self.principal, self.random, self.seed, self.who = principal, Random(seed), seed, who
        self.bought: list = []

    def step(self, n: int) -> None:
        draw = self.random.random()
        try:
            if draw < 0.5 or not self.bought:
                self.bought.append(self.buy(n))
            elif draw < 0.9:
                self.give_back(n)
            else:
                reverse(self.principal, self.random.choice(self.bought), key=f"v{self.seed}-{n}", reason="x")
        except LoyaltyError as refusal:
            assert refusal.code in {"return-exceeds-purchase", "already-reversed", "validation-error"}, refusal

    def buy(self, n: int):
        items = [
            ItemFacts(
                sku=self.random.choice("ABC"), amount_minor=self.random.randint(0, 6000),
                quantity=self.random.randint(1, 3), category=self.random.choice(("toys", "books", "")),
            )
            for _ in range(self.random.randint(0, 4))
        ]  # fmt: skip
        request = PurchaseRequest(
            names=Names("BEANS", self.random.choice(self.who)), reference=f"p{self.seed}-{n}", currency="EUR",
            amount_minor=sum(item.amount_minor for item in items) or self.random.randint(0, 9000), items=items,
        )  # fmt: skip
        return record_purchase(self.principal, request).posted.public_id

    def give_back(self, n: int) -> None:
        purchase = Purchase.objects.get(pk=self.random.choice(self.bought))
        asked = {"amount_minor": self.random.randint(0, purchase.amount_minor)}
        if purchase.items and self.random.random() < 0.6:
            asked = {"items": [ReturnedItem(sku=self.random.choice(purchase.items)["sku"])]}
        return_purchase(
            self.principal,
            ReturnRequest(reference=f"b{self.seed}-{n}", purchase_id=purchase.pk, is_capped=True, **asked),
        )


@pytest.fixture
def shop(beans, ana_beans, ben_beans):
    Program.objects.filter(pk=beans.pk).update(return_policy="debt", debt_max=10**9)
    Balance.objects.update(debt_max=10**9)
    Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
    Referral.objects.create(program=beans, referrer=ana_beans.member, friend=ben_beans.member)
    for code, points in (("silver", 0), ("gold", 100)):
        Tier.objects.create(program=beans, code=code, name=code, points_min=points)

    def opened(seed: int):
        random = Random(seed)
        rule_by(beans, *rules(random, "r", 4))
        campaign_by(beans, f"c{seed}", *rules(random, f"c{seed}", 2), budget_points=400, member_times=6)

    return opened


def nothing_is_left(principal) -> None:
    for purchase in Purchase.objects.order_by("id"):
        try:
            reverse(principal, purchase.pk, key=f"end-{purchase.pk}", reason="all of it")
        except LoyaltyError as refusal:
            assert refusal.code == "already-reversed", refusal
    assert list(LimitCounter.objects.exclude(points=0, times=0).values_list("owner", "scope", "points", "times")) == []
    assert [b.posted for b in Balance.objects.exclude(posted=0).filter(account__kind="member")] == []
    assert clean(reconcile())


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_one_after_the_other(importer, shop, seed):
    shop(seed)
    till = Shop(importer, seed, ("ana", "ben"))

    for n in range(40):
        till.step(n)

    nothing_is_left(importer)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [7, 8])
def test_at_four_tills_at_once(importer, shop, seed):
    shop(seed)

    def till(n: int) -> None:
        one = Shop(importer, seed * 100 + n, ("ana", "ben"))
        for step in range(15):
            one.step(step)

    all_at_once(4, till)

    nothing_is_left(importer)
