"""Gifts at the same moment, each on a connection of its own: no point appears or is lost, and nobody waits for ever."""

import pytest

from exchange.gifts.models import Gift, TransferPolicy
from exchange.gifts.tests.giving_points import books_are_whole, endow, give, posted, take_part
from loyalty.testing.clients import with_key
from programs.activity.tests.together import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def many_gifts(beans):
    TransferPolicy.objects.create(program=beans, gift_daily_count=1000, gift_hops_max=9, gift_hold_hours=0)


def outcomes(responses) -> list:
    return sorted((one.status_code, one.json().get("code", "")) for one in responses)


def test_of_twenty_gifts_of_the_last_hundred_points_one_is_made(cafe_key, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    receivers = ["ben", *(take_part(beans, f"m-{n}").card_number for n in range(3))]

    given = all_at_once(20, lambda n: give(with_key(cafe_key), 100, giver="ana", to=receivers[n % 4]))

    assert outcomes(given) == [(201, ""), *[(422, "insufficient-points")] * 19]
    assert Gift.objects.count() == 1
    assert posted(ana_beans) == [0]
    assert sum(posted(*beans.memberships.all())) == 100
    assert books_are_whole(beans)


def test_two_who_give_to_each_other_both_get_it(cafe_key, beans, ana_beans, ben_beans):
    endow(ana_beans, (1000, None))
    endow(ben_beans, (1000, None))

    given = all_at_once(
        16, lambda n: give(with_key(cafe_key), 10 + n % 2, giver=("ana", "ben")[n % 2], to=("ben", "ana")[n % 2])
    )

    assert outcomes(given) == [(201, "")] * 16
    assert posted(ana_beans, ben_beans) == [1008, 992]
    assert books_are_whole(beans)


def test_one_key_at_once_gives_once(cafe_key, beans, ana_beans, ben_beans):
    endow(ana_beans, (1000, None))

    given = all_at_once(10, lambda n: give(with_key(cafe_key), 10, giver="ana", key="same"))

    assert {one.status_code for one in given} == {201}
    assert len({one.content for one in given}) == 1
    assert posted(ana_beans, ben_beans) == [990, 10]


def test_one_key_for_two_givers_at_once_gives_once(cafe_key, beans, ana_beans, ben_beans):
    for turn in range(5):
        endow(ana_beans, (10, None))
        endow(ben_beans, (10, None))
        third = take_part(beans, f"third-{turn}")

        given = all_at_once(
            2,
            lambda n, turn=turn, third=third: give(
                with_key(cafe_key), 5, giver=("ana", "ben")[n], to=third.card_number, key=f"k{turn}"
            ),
        )

        assert outcomes(given) == [(201, ""), (422, "idempotency-key-reused")]
        assert posted(third) == [5]


def test_the_days_last_gift_is_made_once(cafe_key, beans, ana_beans, ben_beans):
    TransferPolicy.objects.update(gift_daily_max=100)
    endow(ana_beans, (1000, None))

    given = all_at_once(8, lambda n: give(with_key(cafe_key), 60, giver="ana"))

    assert outcomes(given) == [(201, ""), *[(422, "daily-limit")] * 7]
    assert posted(ana_beans, ben_beans) == [940, 60]
