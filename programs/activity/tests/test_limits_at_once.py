"""Many purchases at the same moment never pass a limit, and lose nothing of it."""

import pytest

from programs.activity.operations import PurchaseRequest, record_purchase
from programs.activity.places import Names
from programs.activity.tests.ruled import campaign_by, fixed, leaf, limit, rule, rule_by
from programs.activity.tests.together import all_at_once
from programs.earning.models import LimitCounter, Referral

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20


def buy(principal, n: int, *, member: str = "ana") -> int:
    request = PurchaseRequest(names=Names("BEANS", member), amount_minor=100, currency="EUR", reference=f"r-{n}")
    return record_purchase(principal, request).posted.points


def test_twenty_purchases_share_a_budget_exactly(importer, beans, ana_beans, ben_beans):
    campaign_by(beans, "spring", rule("s", fixed(30), group="bonus"), budget_points=100)

    given = all_at_once(MANY, lambda n: buy(importer, n, member=("ana", "ben")[n % 2]))

    assert sorted(points - 1 for points in given) == [0] * 16 + [10] + [30] * 3
    assert list(LimitCounter.objects.filter(scope="campaign").values_list("points", "times")) == [(100, 4)]


def test_a_budget_of_times_is_kept(importer, beans, ana_beans, ben_beans):
    campaign_by(beans, "spring", rule("s", fixed(30), group="bonus"), budget_times=3)

    given = all_at_once(MANY, lambda n: buy(importer, n, member=("ana", "ben")[n % 2]))

    assert sorted(points - 1 for points in given) == [0] * 17 + [30] * 3


def test_limits_of_a_member_and_of_all_are_both_kept(importer, beans, ana_beans, ben_beans):
    bounds = [limit("member", "day", points=60), limit("program", points=100)]
    rule_by(beans, rule("some", fixed(25), limits=bounds))

    given = all_at_once(MANY, lambda n: buy(importer, n, member=("ana", "ben")[n % 2]))

    assert sum(given) == 100
    assert all(sum(given[who::2]) <= 60 for who in (0, 1))


def test_only_one_of_twenty_is_the_first_purchase(importer, beans, ana_beans):
    rule_by(beans, rule("first", fixed(200), conditions=leaf("member.orders_before", "equal", 0)))

    assert sorted(all_at_once(MANY, lambda n: buy(importer, n))) == [0] * 19 + [200]


def test_the_same_purchase_twenty_times_counts_once(importer, beans, ana_beans):
    rule_by(beans, rule("some", fixed(50), limits=[limit("member", points=120)]))

    assert all_at_once(MANY, lambda n: buy(importer, 1)) == [50] * MANY
    assert list(LimitCounter.objects.values_list("points", "times")) == [(50, 1)]


def test_two_who_brought_each_others_friends_do_not_wait_for_each_other(importer, beans, ana_beans, ben_beans):
    Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
    Referral.objects.create(program=beans, referrer=ana_beans.member, friend=ben_beans.member)
    bounds = [limit("member", points=1000), limit("recipient", points=1000), limit("program", points=10_000)]
    rule_by(beans, rule("brought", fixed(10), fixed(5, to="referrer"), limits=bounds))

    given = all_at_once(MANY, lambda n: buy(importer, n, member=("ana", "ben")[n % 2]))

    assert given == [10] * MANY
    for account in (ana_beans.account, ben_beans.account):
        account.balance.refresh_from_db()
        assert account.balance.posted == 150
