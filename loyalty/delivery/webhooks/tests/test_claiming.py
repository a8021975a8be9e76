"""Several senders at once: an endpoint is served by one of them, none waits for another in a circle, and one that falls
silent holds nobody up."""

import threading
import time
import uuid
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty import clock
from loyalty.delivery.webhooks import claiming, fanning_out, operations, transport
from loyalty.delivery.webhooks.claiming import Claims, InHand
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.recording import Result, record
from loyalty.events.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SECONDS_MAX = 30
WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
SLEEPING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"


@contextmanager
def meanwhile(work):
    """Has a thread with a connection of its own do it; what it answered, or raised, is in the list."""
    came: list = []

    def run() -> None:
        try:
            came.append(work())
        except BaseException as fault:
            came.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield came
    thread.join(SECONDS_MAX)
    assert not thread.is_alive()


def until_one(sql: str) -> None:
    """Waits for what another connection comes to."""
    deadline = time.monotonic() + SECONDS_MAX
    with connection.cursor() as cursor:
        while True:
            # Within a transaction what others do is seen as it was first seen.
            cursor.execute("select pg_stat_clear_snapshot()")
            cursor.execute(sql)
            if cursor.fetchone()[0]:
                return
            assert time.monotonic() < deadline
            time.sleep(0.02)


def signed_on(**how) -> Claims:
    claims = Claims()
    claims.sign_on(**how)
    return claims


def refused(delivery: InHand) -> Result:
    return Result(delivery, transport.Answer(500, "", 1), clock.now())


def follow(endpoint: WebhookEndpoint, event: Event) -> None:
    """The next of the event's aggregate comes to wait for the endpoint."""
    WebhookDelivery.objects.create(
        endpoint=endpoint, event_number=event.id + 1, event_id=uuid.uuid4(), type=event.type,
        aggregate_id=event.aggregate_id, sequence=event.sequence + 1,
    )  # fmt: skip


def senders() -> int:
    return WebhookDelivery.objects.filter(status="sending").values("sender").distinct().count()


def test_of_two_senders_that_claim_in_one_instant_one_gets_the_endpoint(endpoint, earned, monkeypatch):
    """The second looks before the first has written down what it took, and goes on after."""
    (event,) = earned()
    fanning_out.fan_out()
    first, looks = signed_on(), "where p.status = 'active'"

    with transaction.atomic():
        taken = first.claim()
        with meanwhile(lambda: follow(endpoint, event)):
            pass
        slowly = claiming.FREE.replace(looks, f"{looks} and (select pg_sleep(1)) is not null")
        monkeypatch.setattr(claiming, "FREE", slowly)
        late = meanwhile(lambda: signed_on().claim())
        came = late.__enter__()
        until_one(SLEEPING)
    late.__exit__(None, None, None)

    assert (len(taken), came, senders()) == (1, [[]], 1)


@pytest.mark.parametrize("act", ["remove", "enable"])
def test_who_removes_or_enables_an_endpoint_and_who_writes_down_its_failure_do_not_block_each_other(
    endpoint, earned, operator_principal, act
):
    earned(12)
    fanning_out.fan_out()

    def fail() -> int:
        claims = signed_on()
        head, *_followers = claims.claim()
        ready.set()
        assert go_on.wait(SECONDS_MAX)
        return record([refused(head)], sender=claims.number).retried

    ready, go_on = threading.Event(), threading.Event()
    with meanwhile(fail) as came:
        assert ready.wait(SECONDS_MAX)
        if act == "enable":
            WebhookEndpoint.objects.update(status="paused")
            WebhookDelivery.objects.filter(status="waiting").update(due_at=clock.now() + timedelta(seconds=3))
        with transaction.atomic():
            WebhookEndpoint.objects.select_for_update(no_key=True).get()
            go_on.set()
            until_one(WAITING)
            if act == "remove":
                operations.remove_endpoint(operator_principal, endpoint)
            else:
                operations.enable(operator_principal, endpoint)

    assert came == [1]


def test_what_a_sender_that_fell_silent_has_in_hand_goes_to_another(endpoint, earned):
    earned(3)
    fanning_out.fan_out()
    healed = []

    def fall_silent() -> None:
        claims = signed_on(silent_seconds_max=1)
        (*in_hand,) = claims.claim()
        deadline = time.monotonic() + SECONDS_MAX
        while not healed and time.monotonic() < deadline:
            time.sleep(0.05)
        record([refused(in_hand[0])], sender=claims.number)

    with meanwhile(fall_silent) as came:
        another, deadline = signed_on(), time.monotonic() + SECONDS_MAX
        while not (count := another.heal()) and time.monotonic() < deadline:
            time.sleep(0.1)
        healed.append(count)

    assert healed == [3]
    assert isinstance(came[0], DatabaseError)
    assert len(another.claim()) == 3
