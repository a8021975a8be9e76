"""Read models made anew from the log: equal where nothing is wrong, and each kind of difference is found."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from programs.membership.enrolment import enrol
from programs.membership.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(api, ana, beans):
    """Points of ana's that came, went and are held."""
    enrol(beans, ana)
    member = f"/api/members/{ana.id}"
    program = {"program_id": str(beans.id)}
    for at, body in (
        ("earn", {"amount": "40.00", "currency": "EUR", "reference": "one"}),
        ("deposit", {"amount": 100, "idempotency_key": "a"}),
        ("redeem", {"points": 30, "idempotency_key": "b"}),
        ("holds", {"points": 20, "idempotency_key": "c"}),
        ("holds", {"points": 10, "idempotency_key": "d"}),
    ):
        answer = api.post(f"{member}/{at}", program | body)
        assert answer.status_code == 201, answer.content
    hold = answer.json()["id"]
    assert api.post(f"/api/holds/{hold}/capture", {"points": 4, "idempotency_key": "e"}).status_code in (200, 201)


def replayed(*told: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("replay_events", *told, stdout=out)
    except CommandError as fault:
        return 1, out.getvalue() + str(fault)
    return 0, out.getvalue()


def test_what_the_log_tells_is_what_is_kept(story):
    code, said = replayed()

    assert (code, said.count("equal")) == (0, 5), said


@pytest.mark.parametrize(
    ("model", "statement"),
    [
        ("memberships", "update programs_membership set status = 'suspended'"),
        ("balances", "update ledger_balance set earned = earned + 1"),
        ("reports", "insert into programs_quarterhour (unit_id, starts_at, issued, taken_back, redeemed, given_back,"
                    " expired, adjusted, moves) select id, now(), 1, 0, 0, 0, 0, 0, 1 from ledger_unit limit 1"),
    ],
)  # fmt: skip
def test_what_differs_is_found_and_named(story, model, statement):
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("set local session_replication_role = origin")

    code, said = replayed("--model", model)

    assert code == 1 and "differ" in said and "log_" in said, said


def test_figures_that_are_off_are_written_anew(story):
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into programs_quarterhour (unit_id, starts_at, issued, taken_back, redeemed, given_back, expired, "
            "adjusted, moves) select id, now(), 1, 0, 0, 0, 0, 0, 1 from ledger_unit limit 1"
        )
    assert replayed("--model", "reports")[0] == 1

    assert replayed("--model", "reports", "--rebuild")[0] == 0


def test_a_part_of_the_log_tells_of_what_did_not_change_since(story, cafe):
    assert replayed("--upto", "1")[0] == 0
    assert replayed("--upto", "2026-01-01T00:00:00Z", "--brand", cafe.code)[0] == 0


def test_a_member_that_left_and_came_back_is_as_the_log_tells(story, api, ana, beans):
    assert api.delete(f"/api/programs/{beans.id}/members/{ana.id}").status_code == 204
    assert Membership.objects.get(member=ana).status == "closed"

    assert replayed("--model", "memberships")[0] == 0


@pytest.mark.parametrize("told", [("--model", "nothing"), ("--brand", "nobody"), ("--upto", "never")])
def test_what_there_is_not_is_refused(told, db):
    assert replayed(*told)[0] == 1
