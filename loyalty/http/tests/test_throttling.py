"""How often one may ask."""

import re

import pytest
from django.core.cache import cache

from loyalty.http import throttling
from loyalty.http.tests.conftest import caller

LIMITED = "/api/limited/ana"


def test_the_sixth_try_of_a_person_in_a_minute_is_refused(ana_asks):
    answers = [ana_asks.post(LIMITED, {"points": 1}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert answers[5].json()["code"] == "rate-limited"
    assert answers[5]["Content-Type"] == "application/problem+json"
    assert 1 <= int(answers[5]["Retry-After"]) <= 60


def test_answers_tell_what_is_left(ana_asks):
    first, second = ana_asks.post(LIMITED, {"points": 1}), ana_asks.post(LIMITED, {"points": 1})

    assert first["RateLimit-Policy"] == '"points";q=5;w=60'
    assert re.fullmatch(r'"points";r=4;t=\d+', first["RateLimit"])
    assert re.fullmatch(r'"points";r=3;t=\d+', second["RateLimit"])


def test_tries_count_whatever_comes_of_them(ana_asks):
    answers = [ana_asks.post(LIMITED, {"points": "wrong"}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    assert "RateLimit" in answers[0]


def test_people_are_counted_apart(ana_asks, ben_asks):
    for _ in range(6):
        ana_asks.post(LIMITED, {"points": 1})

    assert ben_asks.post(LIMITED, {"points": 1}).status_code == 201


def test_the_rate_is_a_setting(ana_asks, settings):
    settings.PERSON_POINTS_RATE = "2/h"

    assert [ana_asks.post(LIMITED, {"points": 1}).status_code for _ in range(3)] == [201, 201, 429]


def test_reading_is_not_a_try(ana_asks):
    assert "RateLimit" not in ana_asks.get("/api/events")


def test_a_servers_key_has_a_limit_of_its_own(db):
    till = caller("key:till:7/m")

    answers = [till.post(LIMITED, {"points": 1}) for _ in range(8)]

    assert [answer.status_code for answer in answers] == [201] * 7 + [429]
    assert answers[0]["RateLimit-Policy"] == '"key";q=7;w=60'
    assert re.fullmatch(r'"key";r=6;t=\d+', answers[0]["RateLimit"])
    assert caller("key:other:7/m").get("/api/events").status_code == 200


def test_a_key_without_a_rate_has_no_limit(till):
    assert "RateLimit" not in till.get("/api/events")


def test_most_requests_of_a_key_cost_no_round_trip(db, django_assert_num_queries):
    till = caller("key:till:60000/m")
    first = till.get("/api/version")

    with django_assert_num_queries(0):
        answers = [till.get("/api/version") for _ in range(100)]

    assert first["RateLimit"].startswith('"key";r=59999;')
    assert answers[-1]["RateLimit"].startswith('"key";r=59899;')


def test_two_processes_share_a_keys_limit(db):
    till = caller("key:till:300/m")
    for _ in range(150):
        assert till.get("/api/version").status_code == 200
    # As another process, which holds no lease yet.
    throttling.forget_leases()

    answers = [till.get("/api/version").status_code for _ in range(160)]

    assert answers.count(200) == 150


def test_addresses_are_counted_without_login(db, rf):
    request = rf.post("/api/auth/token")
    for _ in range(3):
        throttling.limit_address(request, "token", "3/m")

    with pytest.raises(throttling.TooMany) as refused:
        throttling.limit_address(request, "token", "3/m")

    assert refused.value.facts["retry_after"] >= 1
    throttling.limit_address(rf.post("/", REMOTE_ADDR="10.0.0.9"), "token", "3/m")
    throttling.limit_address(request, "register", "3/m")


@pytest.mark.parametrize(
    ("rate", "parts"),
    [("5/m", (5, 60)), ("600/h", (600, 3600)), ("10/5m", (10, 300)), ("7/d", (7, 86400)), ("3/s", (3, 1))],
)
def test_rates_are_read_as_django_ratelimit_reads_them(rate, parts):
    assert throttling.split_rate(rate) == parts


def test_the_limit_holds_on_any_shared_cache(ana_asks, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()

    assert [ana_asks.post(LIMITED, {"points": 1}).status_code for _ in range(6)][-1] == 429
