"""Many requests at the same moment, over HTTP and with real commits; and how often the database is asked."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.rates import cache
from exchange.rates.models import Rate
from exchange.requests import waking
from exchange.requests.models import DayUsage, Exchange, Quote
from exchange.requests.tests.changes import new_rate
from ledger.models import Hold
from loyalty.testing.clients import with_key
from loyalty.testing.statements import beginnings
from programs.activity.tests.together import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20


@pytest.fixture(autouse=True)
def nobody_settles(monkeypatch):
    """What is asked for stays pending, and nobody is woken."""
    monkeypatch.setattr(waking, "_wakers", [])
    monkeypatch.setattr(waking, "_guards", [])


@pytest.fixture
def ask(swap, cafe_key):
    """Asks from a client of one's own."""
    return lambda key, **said: swap.exchange(key, client=with_key(cafe_key), **said)


def outcomes(answers):
    return sorted(answer.json().get("code") or answer.json()["status"] for answer in answers)


def test_the_same_points_are_exchanged_once(swap, ask):
    answers = all_at_once(MANY, lambda n: ask(f"k{n}", from_amount=1000))

    assert outcomes(answers) == ["insufficient-points"] * (MANY - 1) + ["pending"]
    assert swap.balance() == (0, 1000)
    assert Hold.objects.count() == Exchange.objects.count() == 1


def test_a_key_that_comes_many_times_at_once_makes_one_exchange(swap, ask):
    answers = all_at_once(8, lambda n: ask("one"))

    assert [answer.status_code for answer in answers] == [202] * 8
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 7
    assert swap.balance() == (900, 100)


def test_a_quote_is_used_once_by_many_at_once(swap, ask):
    quote_id = swap.quote().json()["id"]

    answers = all_at_once(8, lambda n: ask(f"k{n}", quote_id=quote_id))

    assert outcomes(answers) == ["pending"] + ["quote-used"] * 7
    assert swap.balance() == (900, 100)


@pytest.mark.parametrize("limits", [{"member_daily_max": 70}, {"pair_daily_max": 70}])
def test_limits_of_a_day_are_kept(swap, ask, pair, limits):
    new_rate(pair, "1", **limits)
    cache.refresh()

    answers = all_at_once(MANY, lambda n: ask(f"k{n}", from_amount=10))

    assert outcomes(answers) == ["daily-limit"] * (MANY - 7) + ["pending"] * 7
    assert swap.balance() == (930, 70)
    assert DayUsage.objects.get().points == 70


def test_a_rate_that_changes_meanwhile_gives_one_rate_or_the_other(swap, ask, pair):
    def act(n):
        return new_rate(pair, "5") if n == 10 else ask(f"k{n}", from_amount=10)

    answers = [answer for n, answer in enumerate(all_at_once(MANY, act)) if n != 10]

    assert {answer.status_code for answer in answers} == {202}
    rates = dict(Rate.objects.values_list("id", "rate"))
    assert all(row.rate == rates[row.terms_id] for row in Exchange.objects.all())


def test_what_a_process_believes_is_not_enough(swap, pair, monkeypatch):
    """The word of the change was lost: the database still says so, and the exchange is at the new rate."""
    monkeypatch.setattr(cache.Listener, "run", lambda self: None)
    swap.exchange("a")
    with connection.cursor() as cursor:
        cursor.execute("alter table exchange_rate disable trigger told")
    try:
        new_rate(pair, "4")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("alter table exchange_rate enable trigger told")
    assert (
        cache.terms_at(pair.from_program_id, pair.to_program_id, Rate.objects.latest("valid_from").valid_from).rate != 4
    )

    answer = swap.exchange("b")

    assert (answer.status_code, answer.json()["to_amount"]) == (202, 400)


def sent_by(ask: Callable[[int], object]) -> list[str]:
    """How what is sent begins, where the rates are known: a word of the database that they are new may come at any
    moment after they were set, and then they are read once more."""
    found = []
    for n in range(4):
        with CaptureQueriesContext(connection) as sent:
            ask(n)
        found.append(beginnings(sent))
    return min(found, key=len)


def test_an_exchange_takes_two_round_trips(swap, pair):
    sent = sent_by(lambda n: swap.exchange(f"k{n}", from_amount=10))

    assert Exchange.objects.count() == 4
    assert len(sent) == 2, sent


def test_a_quote_takes_three_round_trips(swap, pair):
    sent = sent_by(lambda n: swap.quote())

    assert Quote.objects.count() == 4
    assert len(sent) == 3, sent


def test_cancelling_and_asking_at_once_loses_nothing(swap, ask, cafe_key):
    ids = [swap.exchange(f"a{n}", from_amount=50).json()["id"] for n in range(10)]

    def act(n):
        return with_key(cafe_key).post(f"/api/exchanges/{ids[n % 10]}/cancel")

    answers = all_at_once(MANY, act)

    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [409] * 10
    assert swap.balance() == (1000, 0)
