"""What a process knows of rates: without a query, and never older than stated."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings

from exchange.rates import cache
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.tests.pairs import open_pair, program
from loyalty import clock

WATCH = """
import sys, time
import django
django.setup()
from uuid import UUID
from exchange.rates import cache
from loyalty import clock
ids = [UUID(name) for name in sys.argv[1:3]]
last = None
while True:
    terms = cache.terms_at(*ids, clock.now())
    if (told := terms and str(terms.base_rate.normalize())) != last:
        last = told
        print(told, flush=True)
    time.sleep(0.005)
"""


def post_rate(pair, rate, **terms):
    moment = terms.pop("valid_from", None) or clock.now()
    return Rate.objects.create(
        from_program=pair.from_program,
        to_program=pair.to_program,
        rate=Decimal(rate),
        valid_from=moment,
        actor="test",
        **terms,
    )


def rate_known(pair, at=None):
    terms = cache.terms_at(pair.from_program_id, pair.to_program_id, at or clock.now())
    return terms and terms.base_rate


def until(condition, *, seconds):
    """Whether it became true in so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def listeners():
    """The sessions of this process that listen for rates."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pid from pg_stat_activity where datname = current_database() and application_name like %s",
            [f"% rates {os.getpid()}"],
        )
        return [pid for (pid,) in cursor.fetchall()]


@pytest.fixture
def pair(db, cafe, bistro):
    """BEANS to STARS at 2.5, agreed on."""
    return open_pair(program(cafe, "BEANS"), program(bistro, "STARS"), rate="2.5")


@pytest.mark.django_db(transaction=True)
class TestOneProcess:
    def test_a_read_makes_no_query(self, pair, django_assert_num_queries):
        rate_known(pair)

        with django_assert_num_queries(0):
            known = [rate_known(pair) for _ in range(1000)]
            named = cache.pair_named(pair.from_program_id, "STARS")
            by_id = cache.pair_named(pair.from_program_id, str(pair.to_program_id).upper())

        assert known == [Decimal("2.5")] * 1000
        assert named.id == by_id.id == pair.to_program_id

    def test_reads_go_on_without_a_query_when_what_is_known_has_aged(self, pair, django_assert_num_queries):
        with override_settings(RATES_SECONDS_MAX=0.4):
            rate_known(pair)
            assert until(cache.is_listening, seconds=2)

            with django_assert_num_queries(0):
                end = time.monotonic() + 1.2
                while time.monotonic() < end:
                    rate_known(pair)
                    assert cache.age_seconds() < 0.4
                    time.sleep(0.01)

    def test_a_change_is_known_at_once_where_it_is_told(self, pair):
        rate_known(pair)
        assert until(cache.is_listening, seconds=2)

        post_rate(pair, "3")

        assert until(lambda: rate_known(pair) == 3, seconds=1)

    def test_a_word_that_was_lost_is_healed_by_age(self, pair):
        with override_settings(RATES_SECONDS_MAX=1):
            rate_known(pair)
            assert until(cache.is_listening, seconds=2)
            with connection.cursor() as cursor:
                cursor.execute("alter table exchange_rate disable trigger told")
            try:
                post_rate(pair, "3")
                posted = time.monotonic()

                assert until(lambda: rate_known(pair) == 3, seconds=2)
                assert time.monotonic() - posted < 1.1
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("alter table exchange_rate enable trigger told")

    def test_a_lost_connection_is_made_again(self, pair):
        rate_known(pair)
        assert until(cache.is_listening, seconds=2)
        (before,) = listeners()

        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s)", [before])
        post_rate(pair, "3")

        assert until(lambda: listeners() not in ([], [before]), seconds=4)
        assert until(lambda: rate_known(pair) == 3, seconds=1)

    def test_without_a_listener_nothing_is_believed_longer_than_stated(self, pair, monkeypatch):
        monkeypatch.setattr(cache.Listener, "run", lambda self: None)
        with override_settings(RATES_SECONDS_MAX=0.5):
            rate_known(pair)
            post_rate(pair, "3")
            posted = time.monotonic()

            assert until(lambda: rate_known(pair) == 3, seconds=2)
            assert time.monotonic() - posted < 0.6

    def test_requests_go_on_while_the_listener_cannot_connect(self, pair, monkeypatch):
        monkeypatch.setattr("exchange.rates.listening._own", lambda params: params | {"port": "1"})

        began = time.monotonic()
        known = rate_known(pair)

        assert known == Decimal("2.5")
        assert time.monotonic() - began < 1

    def test_what_was_never_committed_is_known_to_nobody_else(self, pair):
        rate_known(pair)
        with pytest.raises(RuntimeError), transaction.atomic():
            post_rate(pair, "9")
            cache.forget()
            assert rate_known(pair) == 9
            raise RuntimeError

        assert rate_known(pair) == Decimal("2.5")

    def test_a_forked_process_listens_for_itself(self, pair):
        rate_known(pair)
        connection.close()
        read_end, write_end = os.pipe()
        child = os.fork()
        if not child:
            status = 1
            try:
                assert cache.age_seconds() is None
                rate = rate_known(pair)
                os.write(write_end, str(rate).encode() if until(listeners, seconds=2) else b"deaf")
                status = 0
            finally:
                os._exit(status)
        os.waitpid(child, 0)

        assert os.read(read_end, 100) == b"2.500000000"
        assert until(listeners, seconds=2), "the parent's connection was closed by the child"

    def test_no_thread_is_left_behind(self, pair):
        rate_known(pair)

        cache.stop()

        assert [thread for thread in threading.enumerate() if thread.name == "exchange_rates"] == []
        assert until(lambda: not listeners(), seconds=2)


@pytest.mark.django_db(transaction=True)
class TestOtherProcesses:
    @pytest.fixture
    def watcher(self, pair, database_url):
        """A process that prints the rate that it knows whenever that changes."""
        process = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(pair.from_program_id), str(pair.to_program_id)],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "loyalty.settings"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "2.5\n"
        yield process
        process.kill()
        process.wait()
        process.stdout.close()

    def test_another_process_knows_a_change_within_a_second(self, pair, watcher):
        for rate in ("3", "4", "5.25"):
            post_rate(pair, rate)
            posted = time.monotonic()

            assert watcher.stdout.readline() == f"{rate}\n"
            assert time.monotonic() - posted < 1

    def test_another_process_knows_of_an_agreement_that_ended_within_a_second(self, pair, watcher):
        Agreement.objects.filter(id=pair.id).update(status="ended")
        ended = time.monotonic()

        assert watcher.stdout.readline() == "None\n"
        assert time.monotonic() - ended < 1


class TestWhatIsInForce:
    def test_each_rate_takes_over_at_its_time(self, pair):
        now = clock.now()
        post_rate(pair, "3", valid_from=now + timedelta(hours=1))
        post_rate(pair, "4", valid_from=now + timedelta(hours=2), is_open=False)
        moments = [now, now + timedelta(minutes=59, seconds=59), now + timedelta(hours=1), now + timedelta(hours=2)]

        known = [rate_known(pair, moment) for moment in moments]

        assert known == [Decimal("2.5"), Decimal("2.5"), Decimal("3"), None]

    def test_the_highest_bonus_that_runs_counts(self, pair):
        now = clock.now()
        for name, percent, start, end in (("low", 10, 0, 4), ("high", 20, 1, 2)):
            Bonus.objects.create(
                from_program=pair.from_program,
                to_program=pair.to_program,
                name=name,
                percent=percent,
                starts_at=now + timedelta(hours=start),
                ends_at=now + timedelta(hours=end),
                actor="test",
            )
        hours = (0, 1, 2, 4)

        rates = [
            cache.terms_at(pair.from_program_id, pair.to_program_id, now + timedelta(hours=hour)).rate for hour in hours
        ]

        assert rates == [Decimal("2.75"), Decimal("3"), Decimal("2.75"), Decimal("2.5")]

    def test_a_pair_that_is_only_proposed_is_not_there(self, pair):
        Agreement.objects.filter(id=pair.id).update(status="proposed")

        assert rate_known(pair) is None
        assert cache.pair_named(pair.from_program_id, "STARS") is None

    def test_a_pair_is_not_open_the_other_way(self, pair):
        assert cache.terms_at(pair.to_program_id, pair.from_program_id, clock.now()) is None
        assert cache.pair_named(pair.to_program_id, "BEANS") is None


@pytest.mark.django_db(transaction=True)
def test_refresh_rates_tells_every_process_and_says_what_is_in_force(pair, capsys):
    rate_known(pair)
    assert until(cache.is_listening, seconds=2)
    time.sleep(0.2)

    call_command("refresh_rates")

    assert cache.age_seconds() < 0.2
    assert capsys.readouterr().out == "BEANS to STARS at 2.5\ntold every process of 1 pair\n"
