"""Signing keys: made once, kept for a while, following each other, and sealed at rest."""

import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from loyalty import clock
from programs.rewards.qr import errors, keys
from programs.rewards.qr.models import SigningKey

AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = timedelta(days=400)


@pytest.fixture(autouse=True)
def noon():
    with clock.at(AT):
        yield


def rotated(*arguments, **options):
    out = StringIO()
    call_command("rotate_qr_keys", *arguments, stdout=out, **options)
    return out.getvalue().strip()


@pytest.mark.django_db(transaction=True)
def test_many_that_need_the_first_key_at_once_get_the_same():
    barrier, found = threading.Barrier(6), []

    def ask():
        barrier.wait()
        try:
            found.append(keys.signing_key(datetime.now(UTC)).kid)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 6
    assert set(found) == {SigningKey.objects.get().kid}


@pytest.mark.django_db
def test_the_private_part_lies_sealed():
    text = keys.as_text(keys.signing_key(AT).private.private_bytes_raw())

    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(k)::text, private_key from programs_signingkey k")
        row, private = cursor.fetchone()

    assert text not in row
    assert text.encode() not in bytes(private)
    assert SigningKey.objects.get().private_key == text


@pytest.mark.django_db
def test_the_next_key_is_published_at_once_and_signs_an_hour_later():
    first = keys.signing_key(AT)

    line = rotated()

    second = SigningKey.objects.exclude(kid=first.kid).get()
    assert line == f"made key {second.kid}, signing from 2026-10-01 13:00:00 UTC; {first.kid} sign until then"
    assert [row.kid for row in keys.published(AT)] == [second.kid, first.kid]
    assert keys.signing_key(AT + HOUR - timedelta(seconds=1)).kid == first.kid
    assert keys.signing_key(AT + HOUR).kid == second.kid
    retired = SigningKey.objects.get(kid=first.kid)
    assert (retired.retired_at, retired.verifies_until) == (AT + HOUR, AT + HOUR + DAYS + timedelta(seconds=5))


@pytest.mark.django_db
def test_rotating_again_while_a_key_waits_makes_no_other():
    keys.signing_key(AT)
    rotated()
    waiting = SigningKey.objects.get(signs_from=AT + HOUR)

    assert rotated() == f"kept key {waiting.kid}, signing from 2026-10-01 13:00:00 UTC"
    assert SigningKey.objects.count() == 2


@pytest.mark.django_db
def test_a_key_that_waits_can_be_brought_forward():
    first = keys.signing_key(AT)
    rotated()

    with clock.at(AT + timedelta(minutes=1)):
        line = rotated("--now")

    waiting = SigningKey.objects.exclude(kid=first.kid).get()
    assert line == f"moved key {waiting.kid}, signing from 2026-10-01 12:01:00 UTC; {first.kid} sign until then"
    assert keys.signing_key(AT + timedelta(minutes=1)).kid == waiting.kid


@pytest.mark.django_db
def test_a_retired_key_loses_its_private_part_when_the_next_one_comes():
    first = keys.signing_key(AT).kid
    rotated()
    assert SigningKey.objects.get(kid=first).private_key != ""

    with clock.at(AT + 2 * HOUR):
        rotated()

    assert SigningKey.objects.get(kid=first).private_key == ""


@pytest.mark.django_db
def test_a_key_is_published_until_its_last_printed_code_is_over():
    first = keys.signing_key(AT).kid
    rotated("--delay", "60")
    over = AT + timedelta(seconds=60) + DAYS + timedelta(seconds=5)

    assert first in {row.kid for row in keys.published(over - timedelta(seconds=1))}
    assert first not in {row.kid for row in keys.published(over)}


@pytest.mark.django_db
def test_a_leaked_key_goes_at_once_and_another_signs():
    first = keys.signing_key(AT).kid

    line = rotated("--retire-now")

    second = keys.signing_key(AT).kid
    assert line == f"made key {second}, signing from 2026-10-01 12:00:00 UTC; {first} verify no more"
    assert [row.kid for row in keys.published(AT)] == [second]
    with pytest.raises(errors.RetiredKey):
        keys.verifying_key(first, AT, AT)


@pytest.mark.django_db
def test_one_key_of_several_goes_and_the_other_signs_on():
    first = keys.signing_key(AT).kid
    with clock.at(AT + timedelta(seconds=1)):
        rotated("--now")
        second = keys.signing_key(clock.now()).kid

        line = rotated("--retire-now", first)

        assert line == f"kept key {second}, signing from 2026-10-01 12:00:01 UTC; {first} verify no more"
        assert [row.kid for row in keys.published(clock.now())] == [second]


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [[], ["--now"], ["--retire-now"]])
def test_a_dry_run_changes_nothing(arguments):
    before = keys.signing_key(AT).kid

    line = rotated(*arguments, "--dry-run")

    assert line.startswith("would have made key (new), signing from 2026-10-01 1")
    assert list(SigningKey.objects.values_list("kid", "retired_at")) == [(before, None)]
    assert keys.signing_key(AT + 2 * HOUR).kid == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments",
    [["--delay", "-1"], ["--delay", "5", "--now"], ["--retire-now", "--now"], ["--retire-now", "NONE"]],
)
def test_what_cannot_be_meant_is_refused(arguments):
    with pytest.raises(CommandError):
        rotated(*arguments)


@pytest.mark.django_db(transaction=True)
def test_keys_are_read_once_a_minute_and_unknown_names_once_a_second(django_assert_num_queries, monkeypatch):
    known = keys.signing_key(AT).kid
    elapsed = [0]
    monkeypatch.setattr(keys, "time", SimpleNamespace(monotonic_ns=lambda: elapsed[0] * keys.NANOSECONDS))
    keys.forget()
    keys.verifying_key(known, AT, AT)

    with django_assert_num_queries(0):
        keys.verifying_key(known, AT, AT)
        for _ in range(5):
            with pytest.raises(errors.UnknownKey):
                keys.verifying_key("NONE", AT, AT)
    elapsed[0] = 1
    with django_assert_num_queries(1):
        for _ in range(5):
            with pytest.raises(errors.UnknownKey):
                keys.verifying_key("NONE", AT, AT)
    elapsed[0] = 61
    with django_assert_num_queries(1):
        keys.verifying_key(known, AT, AT)


@pytest.mark.django_db(transaction=True)
def test_a_key_of_a_transaction_that_was_rolled_back_is_not_kept():
    with transaction.atomic():
        lost = keys.signing_key(AT).kid
        transaction.set_rollback(True)

    assert keys.signing_key(AT).kid != lost
    assert list(SigningKey.objects.values_list("kid", flat=True)) == [keys.signing_key(AT).kid]
