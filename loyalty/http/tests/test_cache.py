"""The cache in PostgreSQL."""

import threading

import pytest
from django.core.cache import cache, caches
from django.db import connection

from loyalty.http.postgres_cache import PostgresCache


@pytest.fixture(autouse=True)
def empty(db):
    assert isinstance(caches["default"], PostgresCache)
    cache.clear()


def test_what_is_set_is_got():
    values = {"number": 7, "text": "é", "flag": True, "nothing": None, "large": 2**70, "list": [1, {"a": 2}]}
    for key, value in values.items():
        cache.set(key, value)

    assert cache.get_many([*values, "missing"]) == values
    assert {key: cache.get(key) for key in values} == values
    assert (cache.get("missing", "default"), "text" in cache, "missing" in cache) == ("default", True, False)


def test_many_are_set_got_and_deleted_in_one_query_each(django_assert_num_queries):
    values = {f"k{n}": n for n in range(20)}

    with django_assert_num_queries(3):
        assert cache.set_many(values) == []
        assert cache.get_many(values) == values
        cache.delete_many(values)

    assert cache.get_many(values) == {}


def test_add_takes_only_what_is_not_there():
    assert (cache.add("a", 1), cache.add("a", 2), cache.get("a")) == (True, False, 1)


def test_what_has_expired_is_not_there():
    cache.set("gone", 1, timeout=0)
    cache.set("also", 1, timeout=-5)

    assert (cache.get("gone"), cache.get_many(["gone", "also"]), cache.has_key("gone")) == (None, {}, False)
    assert (cache.touch("gone"), cache.delete("gone")) == (False, False)
    with pytest.raises(ValueError, match="gone"):
        cache.incr("gone")
    assert (cache.add("gone", 5), cache.incr("gone")) == (True, 6)


def test_without_a_timeout_it_stays():
    cache.set("a", 1, timeout=None)

    assert (cache.get("a"), cache.touch("a", None), caches["default"].cull()) == (1, True, 0)


def test_touch_sets_a_new_end():
    cache.set("a", 1, timeout=100)

    assert (cache.touch("a", 0), cache.get("a")) == (True, None)


def test_only_numbers_are_counted_up():
    cache.set("text", "a")

    with pytest.raises(ValueError, match="not a number"):
        cache.incr("text")
    with pytest.raises(ValueError, match="missing"):
        cache.incr("missing")
    cache.set("n", 5)
    assert (cache.incr("n", 10), cache.decr("n", 3)) == (15, 12)


def test_versions_are_apart():
    cache.set("a", 1, version=1)
    cache.set("a", 2, version=2)

    assert (cache.get("a", version=1), cache.get("a", version=2)) == (1, 2)


def test_culling_removes_what_has_expired_and_nothing_else(monkeypatch):
    monkeypatch.setattr("random.random", lambda: 1.0)  # Otherwise writing culls now and then.
    cache.set_many({"a": 1, "b": 1, "c": 1}, timeout=0)
    cache.set("d", 1)

    assert (caches["default"].cull(limit=2), caches["default"].cull(), caches["default"].cull()) == (2, 1, 0)
    assert cache.get("d") == 1


def test_the_table_is_unlogged():
    with connection.cursor() as cursor:
        cursor.execute("select relpersistence from pg_class where relname = 'loyalty_cache'")
        assert cursor.fetchone() == ("u",)


def _together(work, count: int) -> None:
    barrier = threading.Barrier(count)

    def run():
        try:
            barrier.wait()
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_no_count_is_lost_between_connections():
    cache.set("n", 0)

    _together(lambda: [cache.incr("n") for _ in range(50)], 2)

    assert cache.get("n") == 100
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_add_at_once_one_wins():
    won = []

    _together(lambda: won.append(cache.add("a", 1)), 6)

    assert sorted(won) == [False] * 5 + [True]
    cache.clear()
