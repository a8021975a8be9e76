"""After a new device, e-mail or phone a member's own redemptions wait for a confirmed session; nobody else's do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty.identity.devices.operations import start_cool_down
from loyalty.identity.models import Brand, Staff
from loyalty.testing.clients import JsonClient
from programs.activity.tests.tills import available, deposit, fresh, refusal

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def bearer(access):
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def redeem(client, points=10, *, key=None, member="me", **headers):
    body = {"program_id": "BEANS", "points": points, "idempotency_key": key or fresh()}
    return client.post(f"/api/members/{member}/redeem", body, **headers)


def confirmed(client, mailbox):
    """The same person with a session that was confirmed by mail."""
    client.post("/api/auth/step-up", {})
    answer = client.post("/api/auth/step-up/confirm", {"code": mailbox.code()})
    return bearer(answer.json()["access"])


@pytest.fixture
def cooling(api, ana, ana_client, ana_beans):
    """Ana's client, with points to spend, in a cool-down."""
    deposit(api, 1000)
    start_cool_down(ana.person)
    return ana_client


def test_a_log_in_on_a_second_device_makes_redemptions_wait_for_a_code(api, ana_beans, client, mailbox):
    deposit(api, 1000)
    body = {"email": "ana@example.com", "password": PASSWORD}
    phone = bearer(client.post("/api/auth/token", body | {"device": "phone-0123456789"}).json()["access"])
    assert redeem(phone).status_code == 201

    thief = bearer(client.post("/api/auth/token", body | {"device": "other-0123456789"}).json()["access"])
    mailbox.new()

    refused = redeem(thief)
    assert refusal(refused) == (403, "step-up-required")
    assert refused.json()["cool_down_until"].endswith("Z")
    assert refusal(redeem(phone)) == (403, "step-up-required")
    assert redeem(confirmed(phone, mailbox)).status_code == 201
    assert available(api) == 980


def test_an_answer_once_given_is_given_again(api, ana, ana_client, ana_beans):
    deposit(api, 1000)
    first = redeem(ana_client, key="k")
    start_cool_down(ana.person)

    again = redeem(ana_client, key="k")

    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert refusal(redeem(ana_client, 11, key="k")) == (422, "idempotency-key-reused")


def test_what_is_to_be_done_later_waits_too(cooling, mailbox):
    assert refusal(redeem(cooling, HTTP_PREFER="respond-async")) == (403, "step-up-required")
    assert redeem(confirmed(cooling, mailbox), HTTP_PREFER="respond-async").status_code == 202


def test_at_the_till_a_member_waits_as_well(cooling, ana):
    body = {"program_id": "BEANS", "member_id": str(ana.id), "points": 10, "idempotency_key": "k"}

    assert refusal(cooling.post("/api/transactions/redeem", body)) == (403, "step-up-required")


def test_servers_and_staff_are_not_concerned(api, cooling, barista_client):
    assert redeem(api, member="ana").status_code == 201
    assert redeem(barista_client, member="ana").status_code == 201


def test_staff_who_spend_their_own_points_are_members(cooling, ana, cafe):
    Staff.objects.create(person=ana.person, brand=cafe, role="staff")

    assert refusal(redeem(cooling)) == (403, "step-up-required")


def test_it_lasts_as_long_as_the_brand_says(cooling, cafe):
    with clock.at(clock.now() + timedelta(hours=23, minutes=50)):
        assert refusal(redeem(cooling)) == (403, "step-up-required")
    with clock.at(clock.now() + timedelta(hours=24, minutes=1)):
        assert redeem(cooling).status_code == 201
    Brand.objects.filter(id=cafe.id).update(cool_down_hours=0)
    assert redeem(cooling).status_code == 201


def test_a_confirmed_session_counts_for_ten_minutes(cooling, mailbox):
    client = confirmed(cooling, mailbox)

    with clock.at(clock.now() + timedelta(minutes=9)):
        assert redeem(client).status_code == 201
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert refusal(redeem(client)) == (403, "step-up-required")


def test_only_who_is_in_a_cool_down_costs_a_question_more(ana, ana_client, cooling, mailbox, settings):
    settings.PERSON_POINTS_RATE = "1000/m"
    start_cool_down(ana.person)
    sure = confirmed(cooling, mailbox)

    def asked(client):
        redeem(client)
        with CaptureQueriesContext(connection) as queries:
            assert redeem(client).status_code == 201
        return len(queries)

    in_confirmed_session = asked(sure)
    ana.person.cool_down_from = None
    ana.person.save(update_fields=["cool_down_from"])
    assert in_confirmed_session == asked(ana_client)
