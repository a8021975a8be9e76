"""Events arrive: signed, once, in order, and whatever a receiver does others get theirs."""

import time
import uuid
from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.delivery.webhooks import fanning_out, retries, transport
from loyalty.delivery.webhooks.claiming import Claims
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.sending import send_round
from loyalty.delivery.webhooks.tests.receiving import Answered
from loyalty.events.envelopes import envelope

Status = WebhookDelivery.Status


def rounds(count: int) -> None:
    for _ in range(count):
        send_round()


def test_an_event_arrives_as_it_stands_in_the_log(endpoint, receiver, earned):
    (event,) = earned()

    done = send_round()

    (got,) = receiver.got
    assert (done.delivered, got.event) == (1, envelope(event))
    assert got.headers["webhook-id"] == str(event.event_id)
    assert got.headers["content-type"] == "application/json"


def test_an_event_is_fanned_out_to_an_endpoint_once(endpoint, receiver, earned):
    earned(3)

    counts = [fanning_out.fan_out() for _ in range(3)]
    WebhookEndpoint.objects.update(position=0)
    counts.append(fanning_out.fan_out())

    assert counts == [3, 0, 0, 0]


@pytest.mark.parametrize(
    ("patterns", "count"),
    [(["*"], 2), (["points.*"], 2), (["points.earned"], 1), (["voucher.*", "points.redeemed"], 1), (["points_*"], 0)],
)
def test_an_endpoint_gets_what_it_asks_for(endpoint_at, receiver, earned, patterns, count):
    endpoint_at(receiver.url(), *patterns)
    earned(), earned(type="points.redeemed")

    send_round()

    assert len(receiver.got) == count


def test_nobody_gets_the_events_of_another_brand_or_of_the_platform(endpoint, receiver, earned, bistro):
    earned(brand=bistro), earned(brand=None)

    send_round()

    assert receiver.got == []


def test_events_of_an_aggregate_arrive_in_their_order(endpoint, receiver, earned):
    one, two = uuid.uuid4(), uuid.uuid4()
    earned(20, aggregate=one), earned(20, aggregate=two)

    rounds(3)

    by_aggregate = {str(one): [], str(two): []}
    for got in receiver.got:
        by_aggregate[got.event["aggregate_id"]].append(got.sequence)
    assert by_aggregate == {str(one): list(range(1, 21)), str(two): list(range(1, 21))}


def test_what_follows_an_event_that_failed_waits_for_it_and_others_do_not(endpoint, receiver, earned):
    poor, rich = uuid.uuid4(), uuid.uuid4()
    earned(3, aggregate=poor), earned(3, aggregate=rich)
    receiver.answer = lambda got: 500 if got.event["aggregate_id"] == str(poor) else 204

    rounds(3)

    tried = [(got.event["aggregate_id"] == str(poor), got.sequence) for got in receiver.got]
    assert sorted(tried) == [(False, 1), (False, 2), (False, 3), (True, 1)]


def test_order_is_kept_over_a_retry_and_what_came_meanwhile(endpoint, receiver, earned):
    aggregate = uuid.uuid4()
    earned(2, aggregate=aggregate)
    receiver.answer = lambda got: 500 if len(receiver.got) == 1 else 204
    rounds(2)
    earned(2, aggregate=aggregate)
    rounds(2)

    with clock.at(clock.now() + timedelta(seconds=6)):
        rounds(2)

    assert [got.sequence for got in receiver.got] == [1, 1, 2, 3, 4]


def test_each_try_is_kept_with_its_answer(endpoint, receiver, earned):
    earned()
    receiver.answer = lambda got: 503 if len(receiver.got) == 1 else 200
    send_round()

    with clock.at(clock.now() + timedelta(seconds=6)):
        send_round()

    delivery = WebhookDelivery.objects.get()
    assert [(one["status"], one["error"]) for one in delivery.answers] == [(503, ""), (200, "")]
    assert (delivery.status, delivery.tries, delivery.status_code) == (Status.DELIVERED, 2, 200)


def test_it_is_tried_after_ever_longer_waits_and_then_given_up(endpoint, receiver, earned):
    earned()
    receiver.answer = lambda got: 500
    now, waits = clock.now(), []

    for _ in range(retries.TRIES_MAX):
        WebhookEndpoint.objects.update(failures_in_row=0, failing_since=None)
        with clock.at(now):
            send_round()
        delivery = WebhookDelivery.objects.get()
        waits.append(delivery.due_at - now)
        now = max(now, delivery.due_at)

    assert len(receiver.got) == 10
    assert delivery.status == Status.FAILED
    for wait, usual in zip(waits, retries.WAITS, strict=False):
        assert usual * 0.89 < wait < usual * 1.11


def test_what_is_given_up_lets_the_next_of_the_aggregate_go(endpoint, receiver, earned):
    aggregate = uuid.uuid4()
    earned(2, aggregate=aggregate)
    fanning_out.fan_out()
    WebhookDelivery.objects.filter(sequence=1).update(tries=9)
    receiver.answer = lambda got: 500 if got.sequence == 1 else 204

    rounds(2)

    assert list(WebhookDelivery.objects.order_by("sequence").values_list("status", flat=True)) == [
        "failed",
        "delivered",
    ]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(endpoint, receiver, earned, status):
    earned(), earned()
    receiver.answer = lambda got: Answered(status, {"Retry-After": "3600"}) if len(receiver.got) == 1 else None
    endpoint.in_flight_max = 1
    endpoint.save()
    began = clock.now()
    send_round()

    with clock.at(began + timedelta(minutes=59)):
        early = send_round()
    with clock.at(began + timedelta(minutes=61)):
        late = send_round()

    assert (early.delivered, late.delivered) == (0, 1)


def test_retry_after_is_honoured_as_a_date_and_for_a_day_at_most(endpoint, receiver, earned):
    at = clock.now().replace(microsecond=0)

    asked = [
        retries.retry_after(text, at)
        for text in (
            "7",
            "0",
            "999999999999",
            "-5",
            "soon",
            "",
            "Thu, 01 Jan 99999999999999999999 00:00:00 GMT",
            "Thu, 01 Jan 2026 00:00:00 +" + "9" * 150,
            "\udcff\u0663",
            (at + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        )
    ]

    day, zero = timedelta(days=1), timedelta(0)
    assert asked == [timedelta(seconds=7), zero, day, *[None] * 6, timedelta(hours=2)]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(endpoint, receiver, earned, status):
    earned()
    receiver.answer = lambda got: Answered(status, {"Location": receiver.url("/elsewhere")})

    send_round()

    assert [got.path for got in receiver.got] == ["/hook"]
    assert WebhookDelivery.objects.get().status_code == status


def test_what_a_receiver_answers_is_not_kept(endpoint, receiver, earned):
    earned()
    receiver.answer = lambda got: Answered(500, {"X-Secret": "hush"}, body=b"secret " * 1_000_000)

    send_round()

    delivery = WebhookDelivery.objects.get()
    assert set(delivery.answers[0]) == {"at", "ms", "status", "error"}
    assert "secret" not in str(delivery.answers) + delivery.error


def test_a_connection_that_is_cut_is_a_failure(endpoint, receiver, earned):
    earned()
    receiver.answer = lambda got: Answered(is_cut=True)

    send_round()

    assert WebhookDelivery.objects.get().error == "the connection was closed before an answer came"


def test_a_receiver_that_does_not_answer_in_time_is_a_failure(endpoint, receiver, earned, monkeypatch):
    monkeypatch.setattr(transport, "SECONDS_MAX", 0.3)
    earned()
    receiver.answer = lambda got: Answered(after=2)

    began = time.monotonic()
    send_round()

    assert time.monotonic() - began < 1.5
    assert WebhookDelivery.objects.get().error == "no answer within 0.3 seconds"


def test_no_more_requests_are_open_than_the_endpoint_takes(endpoint_at, receiver, earned):
    endpoint_at(receiver.url(), in_flight_max=3)
    for _ in range(10):
        earned()
    receiver.answer = lambda got: Answered(after=0.05)

    rounds(2)

    assert (len(receiver.got), receiver.in_flight_most) == (10, 3)


def test_of_an_aggregate_one_is_under_way_at_a_time(endpoint, receiver, earned):
    earned(6)
    receiver.answer = lambda got: Answered(after=0.02)

    send_round()

    assert (len(receiver.got), receiver.in_flight_most) == (6, 1)


def test_an_endpoint_that_keeps_failing_rests_and_then_gets_one_to_try(endpoint, receiver, earned):
    for _ in range(30):
        earned()
    receiver.answer = lambda got: 500
    now = clock.now()
    with clock.at(now):
        rounds(3)
    tried = len(receiver.got)

    with clock.at(now + timedelta(seconds=6)):
        rounds(2)

    endpoint.refresh_from_db()
    assert len(receiver.got) == tried + 1
    assert endpoint.resting_until > now + timedelta(minutes=4)


def test_one_success_ends_the_rest(endpoint, receiver, earned):
    for _ in range(30):
        earned()
    now = clock.now()
    WebhookEndpoint.objects.update(failures_in_row=12, failing_since=now, resting_until=now - timedelta(seconds=1))

    rounds(3)

    endpoint.refresh_from_db()
    assert (len(receiver.got), endpoint.failures_in_row, endpoint.failing_since) == (30, 0, None)


def test_a_paused_endpoint_gets_what_it_missed_when_it_is_enabled(endpoint, receiver, earned):
    WebhookEndpoint.objects.update(status="paused")
    earned(3)
    rounds(2)
    missed = len(receiver.got)

    WebhookEndpoint.objects.update(status="active")
    rounds(2)

    assert (missed, [got.sequence for got in receiver.got]) == (0, [1, 2, 3])


def test_what_was_moved_out_of_the_log_is_given_up_and_is_not_held_against_the_endpoint(endpoint, receiver, earned):
    earned()
    fanning_out.fan_out()
    WebhookDelivery.objects.update(event_number=9_000_000)

    send_round()

    endpoint.refresh_from_db()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.error) == (Status.FAILED, "the event has been moved out of the log")
    assert (endpoint.failures_in_row, receiver.got) == (0, [])


def test_what_a_dead_sender_had_in_hand_goes_out_again(endpoint, receiver, earned):
    earned(3)
    fanning_out.fan_out()
    dead = Claims()
    dead.number = 17
    taken = dead.claim()

    send_round()

    assert (len(taken), [got.sequence for got in receiver.got]) == (3, [1, 2, 3])


@pytest.mark.parametrize("count", [1, 30])
def test_a_round_asks_as_often_for_many_as_for_one(endpoint_at, receiver, earned, count, django_assert_num_queries):
    for _ in range(count):
        endpoint_at(receiver.url())
    for _ in range(3):
        earned()
    claims = Claims()
    claims.sign_on()

    with django_assert_num_queries(2):
        fanning_out.fan_out()
    with django_assert_num_queries(5):
        taken = claims.claim()

    assert len(taken) == 3 * count
