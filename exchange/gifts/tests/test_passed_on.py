"""Points that go from hand to hand: how far they get, and how it is seen."""

from datetime import timedelta

import pytest

from exchange.gifts.models import Gift, TransferPolicy
from exchange.gifts.selectors import busiest, chains
from exchange.gifts.tests.giving_points import books_are_whole, endow, give, lots_of, posted, take_part
from loyalty import clock
from programs.activity.tests.tills import redeem, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def carl(beans):
    return take_part(beans, "carl")


@pytest.fixture
def dora(beans):
    return take_part(beans, "dora")


@pytest.fixture
def at_once(beans):
    """Given points count at once."""
    return TransferPolicy.objects.create(program=beans, gift_hold_hours=0)


def test_what_was_given_is_not_given_on(api, at_once, beans, ana_beans, ben_beans, carl):
    endow(ana_beans, (100, None))
    give(api, 100, giver="ana")

    refused = give(api, 40, giver="ben", to="carl")

    assert refusal(refused) == (422, "hop-limit")
    assert (refused.json()["available"], refused.json()["requested"]) == (0, 40)
    redeem(api, 40, member="ben")
    assert posted(ana_beans, ben_beans, carl) == [0, 60, 0]


def test_own_points_are_given_around_those_that_were_given(api, at_once, beans, ana_beans, ben_beans, carl):
    endow(ben_beans, (50, 5), hops=1)
    endow(ben_beans, (30, 20))

    assert refusal(give(api, 31, giver="ben", to="carl")) == (422, "hop-limit")
    assert give(api, 30, giver="ben", to="carl").status_code == 201
    assert (lots_of(ben_beans), lots_of(carl)) == ([(50, 1)], [(30, 1)])


def test_three_hands_are_the_end_where_two_are_allowed(api, at_once, beans, ana_beans, ben_beans, carl, dora):
    TransferPolicy.objects.update(gift_hops_max=2)
    endow(ana_beans, (100, None))

    statuses = [
        give(api, 100, giver=giver, to=to).status_code
        for giver, to in (("ana", "ben"), ("ben", "carl"), ("carl", "dora"))
    ]

    assert statuses == [201, 201, 422]
    assert (lots_of(carl), posted(ana_beans, ben_beans, dora)) == ([(100, 2)], [0, 0, 0])
    assert books_are_whole(beans)


def test_a_policy_of_no_hops_lets_nothing_be_given(api, at_once, ana_beans, ben_beans):
    TransferPolicy.objects.update(gift_hops_max=0)
    endow(ana_beans, (100, None))

    assert refusal(give(api, 1, giver="ana")) == (422, "hop-limit")


def test_chains_and_circles_are_told_whole_the_longest_first(api, at_once, beans, ana_beans, ben_beans, carl, dora):
    TransferPolicy.objects.update(gift_hops_max=9)
    endow(ana_beans, (100, None))
    endow(dora, (10, None))
    for giver, to, points in (("ana", "ben", 100), ("dora", "carl", 10), ("ben", "carl", 90), ("carl", "ana", 80)):
        give(api, points, giver=giver, to=to)

    found = chains([beans], since=clock.now() - timedelta(days=1))

    told = [(list(chain.members), chain.points, chain.is_circle) for chain in found]
    a, b, c, d = (one.member_id for one in (ana_beans, ben_beans, carl, dora))
    assert told == [([a, b, c, a], 80, True), ([d, c, a], 10, False)]
    assert chains([beans], since=clock.now() + timedelta(days=1)) == []


def test_who_gives_and_is_given_most_stands_first(api, at_once, beans, ana_beans, ben_beans, carl):
    endow(ana_beans, (100, None))
    endow(carl, (100, None))
    for giver, to in (("ana", "ben"), ("ana", "ben"), ("carl", "ben")):
        give(api, 10, giver=giver, to=to)

    found = busiest([beans], since=clock.now() - timedelta(days=1), least=2)

    told = [(one.member_id, one.given, one.receivers, one.received, one.points_received, one.givers) for one in found]
    assert told == [(ben_beans.member_id, 0, 0, 3, 30, 2), (ana_beans.member_id, 2, 1, 0, 0, 0)]
    assert Gift.objects.count() == 3
