"""Households at the same moment, each call on a connection of its own."""

import pytest

from exchange.gifts.tests.giving_points import books_are_whole, endow, give, posted
from exchange.households.tests.homes import begin, do, shown, spend
from loyalty.testing.clients import with_key
from programs.activity.tests.tills import redeem
from programs.activity.tests.together import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(responses) -> list:
    return sorted((one.status_code, one.json().get("code", "")) for one in responses)


def test_of_ten_who_spend_the_whole_one_does(cafe_key, home, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, 3))
    endow(ben_beans, (60, 2))

    spent = all_at_once(10, lambda n: spend(with_key(cafe_key), home, 160))

    assert outcomes(spent) == [(201, ""), *[(422, "insufficient-points")] * 9]
    assert posted(ana_beans, ben_beans) == [0, 0]
    assert books_are_whole(beans)


def test_spending_together_alone_and_giving_do_not_wait_for_each_other_for_ever(
    cafe_key, home, beans, ana_beans, ben_beans
):
    endow(ana_beans, (1000, 3))
    endow(ben_beans, (1000, 2))

    def act(n):
        api = with_key(cafe_key)
        if n % 3 == 0:
            return spend(api, home, 10).status_code
        if n % 3 == 1:
            return give(api, 10, giver=("ana", "ben")[n % 2], to=("ben", "ana")[n % 2]).status_code
        return redeem(api, 10, member=("ana", "ben")[n % 2]) and 201

    assert set(all_at_once(18, act)) == {201}
    assert sum(posted(ana_beans, ben_beans)) == 2000 - 12 * 10
    assert books_are_whole(beans)


def test_one_key_at_once_spends_once(cafe_key, home, ana_beans):
    endow(ana_beans, (1000, None))

    spent = all_at_once(8, lambda n: spend(with_key(cafe_key), home, 10, key="same"))

    assert {one.status_code for one in spent} == {201}
    assert len({one.content for one in spent}) == 1
    assert posted(ana_beans) == [990]


def test_two_invitations_accepted_at_once_make_one_part(ana, ben, as_person, cafe_key, ana_beans, ben_beans, beans):
    first = begin(as_person(ana.person)).json()["id"]
    other = begin(with_key(cafe_key), member_id="ben").json()["id"]
    do(as_person(ana.person), first, "invite", to_member="ben")
    clients = [as_person(ben.person) for _ in range(2)]

    joined = all_at_once(2, lambda n: do(clients[n], (first, other)[n], "join"))

    assert outcomes(joined) == [(200, ""), (409, "already-in-household")]
    states = [part["status"] for one in (first, other) for part in shown(with_key(cafe_key), one)["members"]]
    assert sorted(states) == ["invited", "joined", "joined"]
