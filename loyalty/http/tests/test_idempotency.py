"""Same key, same effect once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from loyalty import clock
from loyalty.http import idempotency
from loyalty.http.models import IdempotencyRecord
from loyalty.http.tests.conftest import caller
from loyalty.identity.models import Brand

BODY = {"code": "tea", "name": "Tea"}


def enter(client, body=BODY, key="k1"):
    return client.post("/api/brands", body, HTTP_IDEMPOTENCY_KEY=key)


def test_the_same_request_again_gets_the_first_answer_byte_for_byte(till):
    first, again = enter(till), enter(till)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Brand.objects.count() == 1


def test_the_order_of_fields_and_spaces_do_not_make_another_request(till):
    enter(till)

    again = till.generic(
        "POST",
        "/api/brands",
        b'{ "name":"Tea",   "code":"tea"}',
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="k1",
    )

    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")


def test_the_same_key_for_another_body_is_refused(till):
    enter(till)

    response = enter(till, {"code": "coffee", "name": "Coffee"})

    assert (response.status_code, response.json()["code"]) == (422, "idempotency-key-reused")
    assert Brand.objects.count() == 1


def test_keys_of_two_callers_do_not_meet(till, ana_asks):
    enter(till)

    response = enter(ana_asks, {"code": "coffee", "name": "Coffee"})

    assert (response.status_code, "Idempotent-Replayed" in response) == (201, False)
    assert Brand.objects.count() == 2
    assert (enter(till).json()["code"], enter(till, {"code": "x", "name": "X"}).status_code) == ("tea", 422)


@pytest.mark.parametrize(("name", "status"), [("refused", 409), ("answered", 409)])
def test_a_refused_request_leaves_no_trace(till, name, status):
    assert enter(till, {"code": "tea", "name": name}).status_code == status

    assert (Brand.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)
    assert enter(till).status_code == 201


def test_without_a_key_it_just_runs(till):
    till.post("/api/brands", BODY)

    assert (Brand.objects.count(), IdempotencyRecord.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("key", "code"), [("k" * 256, "invalid-length"), (" ", "invalid-length"), ("a\tb", "forbidden-character")]
)
def test_a_key_is_short_and_printable(till, key, code):
    response = enter(till, key=key)

    assert response.status_code == 400
    assert [one["code"] for one in response.json()["errors"]] == [code]


def test_the_header_wins_over_the_body_and_the_body_over_the_reference(till):
    body = {"points": 1, "reference": "r", "idempotency_key": "b"}

    assert till.post("/api/keyed", body, HTTP_IDEMPOTENCY_KEY="h").json() == {"key": "h"}
    assert till.post("/api/keyed", body).json() == {"key": "b"}
    assert till.post("/api/keyed", {"points": 1, "reference": "r"}).json() == {"key": "r"}
    assert till.post("/api/keyed", {"points": 1}).json()["code"] == "idempotency-key-required"


def test_old_keys_are_forgotten(till):
    enter(till)

    assert idempotency.forget_keys(before=clock.now() - timedelta(days=1)) == 0
    assert idempotency.forget_keys(before=clock.now() + timedelta(days=1)) == 1


def _in_thread(work) -> threading.Thread:
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_twin_waits_for_the_first_and_gets_its_answer():
    answers, begun = [], threading.Event()

    def twin():
        begun.set()
        answers.append(enter(caller("key:till")))

    with transaction.atomic():
        first = enter(caller("key:till"))
        thread = _in_thread(twin)
        begun.wait()
    thread.join()

    assert (answers[0].status_code, answers[0].content) == (201, first.content)
    assert answers[0]["Idempotent-Replayed"] == "true"
    assert Brand.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_twin_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT_MILLISECONDS", 50)
    answers = []

    with transaction.atomic():
        enter(caller("key:till"))
        _in_thread(lambda: answers.append(enter(caller("key:till")))).join()

    assert (answers[0].status_code, answers[0].json()["code"]) == (409, "idempotency-key-in-flight")
    assert answers[0]["Retry-After"] == "1"
    assert enter(caller("key:till"))["Idempotent-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_has_the_effect():
    answers, barrier = [], threading.Barrier(8)

    def ask():
        barrier.wait()
        answers.append(enter(caller("key:till")))

    for thread in [_in_thread(ask) for _ in range(8)]:
        thread.join()

    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sum("Idempotent-Replayed" not in answer for answer in answers) == 1
    assert Brand.objects.count() == 1
