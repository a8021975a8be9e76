"""How long a program's points live: the same terms by the API, in documents and on its screen."""

import pytest
from django.urls import reverse

from loyalty.errors import Invalid
from loyalty.events.models import Event
from loyalty.identity.approvals import operations
from loyalty.identity.models import Brand
from loyalty.tests.backoffice_world import form_of, logged_in
from programs.membership.applying import apply, changes_of
from programs.membership.documents import document_of, dump, parse
from programs.membership.models import Program
from programs.membership.operations import create_program, update_program, values_of
from programs.membership.publishing import change_program

DATES = {"expiry_kind": "dates", "expiry_dates": ["06-30", "12-31"], "expiry_months": 3}
IDLE = {"expiry_kind": "inactivity"}
USUAL = {
    "pending_until": "", "expiry_kind": "months", "expiry_months": None, "expiry_dates": [], "expiry_warning_days": 30,
}  # fmt: skip


def told(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def refusal(error):
    return [(each["pointer"], each["code"]) for each in error.value.errors]


def test_points_last_for_ever_and_wait_for_nothing_unless_a_program_says_so(api, cafe):
    made = api.post("/api/programs", {"code": "SKY", "name": "Sky"}).json()

    assert {name: made[name] for name in USUAL} == USUAL


def test_a_program_says_when_its_points_go_and_for_what_they_wait(api, beans):
    terms = DATES | {"expiry_warning_days": 14, "pending_until": "order.delivered", "return_policy": "only_pending"}

    answer = api.patch("/api/programs/BEANS", terms)

    assert answer.status_code == 200, answer.content
    shown = api.get("/api/programs/BEANS").json()
    assert {name: shown[name] for name in terms} == terms
    told = Event.objects.get(aggregate_id=beans.id).data["changes"]
    assert told["expiry_dates"] == {"from": [], "to": ["06-30", "12-31"]}
    assert api.patch("/api/programs/BEANS", {"expiry_kind": "months"}).status_code == 200


@pytest.mark.parametrize(
    ("terms", "mistakes"),
    [
        ({"expiry_kind": "moons"}, [("/expiry_kind", "invalid-choice")]),
        ({"expiry_kind": "dates"}, [("/expiry_dates", "required")]),
        (IDLE, [("/expiry_months", "required")]),
        ({**IDLE, "expiry_months": 0}, [("/expiry_months", "out-of-range")]),
        ({"redeem_percent_max": 0}, [("/redeem_percent_max", "out-of-range")]),
        ({"redeem_percent_max": 101}, [("/redeem_percent_max", "out-of-range")]),
        ({"expiry_warning_days": 367}, [("/expiry_warning_days", "out-of-range")]),
        ({"pending_until": "order delivered"}, [("/pending_until", "invalid-format")]),
        ({"pending_until": "order.delivered", "pending_days": 3}, [("/pending_until", "days-or-event")]),
        ({**DATES, "expiry_months": None, "pending_days": 1}, [("/pending_days", "longer-than-expiry")]),
        ({**DATES, "pending_days": 85}, [("/pending_days", "longer-than-expiry")]),
        ({**IDLE, "expiry_months": 1, "pending_days": 29}, [("/pending_days", "longer-than-expiry")]),
        ({"expiry_dates": [f"01-{day:02}" for day in range(1, 26)]}, [("/expiry_dates", "too-many")]),
        (
            {"expiry_dates": ["6-30", "02-30", "02-29", "00-10", "02-29", "06-30\n"]},
            [
                ("/expiry_dates/0", "invalid-format"),
                ("/expiry_dates/1", "invalid-format"),
                ("/expiry_dates/3", "invalid-format"),
                ("/expiry_dates/4", "given-twice"),
                ("/expiry_dates/5", "invalid-format"),
            ],
        ),
    ],
)  # fmt: skip
def test_lives_that_points_cannot_have_are_refused(cafe, terms, mistakes):
    with pytest.raises(Invalid) as error:
        create_program(cafe, code="SKY", name="Sky", **terms)

    assert refusal(error) == mistakes


def test_every_mistake_of_a_life_is_told_at_once(api, beans):
    body = {
        "expiry_kind": "moons",
        "expiry_dates": [630, "2026-06-30"],
        "expiry_warning_days": -1,
        "return_policy": "x",
    }

    answer = api.patch("/api/programs/BEANS", body)

    assert answer.status_code == 400
    assert {pointer for pointer, _ in told(answer)} == {
        "/expiry_kind", "/expiry_dates/0", "/expiry_dates/1", "/expiry_warning_days", "/return_policy",
    }  # fmt: skip


def test_a_document_says_when_points_go(beans):
    document = """
        program: {code: BEANS}
        earning: {pending_until: order.delivered}
        expiry: {kind: dates, dates: [06-30, 12-31], months: 3, warning_days: 14}
        returns: {policy: only_pending}
    """

    assert [str(change) for change in changes_of(parse(document))] == [
        "~ earning/pending_until: '' -> order.delivered",
        "~ expiry/kind: months -> dates",
        "~ expiry/months: never -> 3",
        "~ expiry/dates: none -> 06-30, 12-31",
        "~ expiry/warning_days: 30 -> 14",
        "~ returns/policy: debt -> only_pending",
    ]
    apply(parse(document))
    beans.refresh_from_db()
    assert {name: values_of(beans)[name] for name in DATES} == DATES
    assert changes_of(parse(dump(document_of(beans)))) == changes_of(parse(document)) == []


def test_a_document_is_told_where_its_life_is_wrong(beans):
    document = """
        program: {code: BEANS}
        earning: {pending_until: "no spaces", pending_days: 3}
        expiry: {kind: dates, dates: [06-30, 13-01, 06-30], months: 1, warning_days: 400}
    """

    with pytest.raises(Invalid) as error:
        parse(document)

    assert refusal(error) == [
        ("/expiry/warning_days", "out-of-range"),
        ("/earning/pending_until", "invalid-format"),
        ("/expiry/dates/1", "invalid-format"),
        ("/expiry/dates/2", "given-twice"),
        ("/earning/pending_until", "days-or-event"),
    ]
    with pytest.raises(Invalid) as error:
        parse("program: {code: BEANS}\nexpiry: {dates: [630]}")
    assert refusal(error) == [("/expiry/dates/0", "invalid-type")]


def test_new_lives_wait_for_a_second_person_and_warnings_do_not(beans, manager, operator):
    Brand.objects.update(approval_terms=True)
    beans.refresh_from_db()

    changed, waiting = change_program(manager.worker, beans, {**DATES, "expiry_warning_days": 7})

    assert {name: values_of(changed)[name] for name in DATES} == {name: USUAL[name] for name in DATES}
    assert changed.expiry_warning_days == 7
    assert [after for _, _, after in waiting.payload["differences"]] == ["dates", "3", "06-30, 12-31"]
    operations.approve(operator.worker, waiting)
    assert {name: values_of(Program.objects.get())[name] for name in DATES} == DATES


def test_what_a_caller_does_to_the_values_leaves_the_program_alone(beans):
    update_program(beans, {"expiry_dates": ["06-30"]})
    beans.refresh_from_db()

    values_of(beans)["expiry_dates"].append("12-31")

    assert beans.expiry_dates == ["06-30"]


def test_the_screen_of_a_program_says_when_points_go(beans, manager):
    client, address = logged_in(manager), reverse("admin:programs_program_change", args=[beans.pk])
    page = client.get(address)
    assert "Points that members have already stay as they were given" in page.content.decode()

    given = {"expiry_kind": "dates", "expiry_dates": "06-30, 12-31", "expiry_months": "3"}
    answer = client.post(address, form_of(page) | given)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert {name: values_of(Program.objects.get())[name] for name in DATES} == DATES


def test_the_screen_of_a_program_tells_what_cannot_be(beans, manager):
    client, address = logged_in(manager), reverse("admin:programs_program_change", args=[beans.pk])

    given = {"expiry_kind": "dates", "expiry_dates": "13-01", "pending_days": "3"}
    answer = client.post(address, form_of(client.get(address)) | given)

    assert answer.context["adminform"].form.non_field_errors() == [
        "A day of the year as month-day, say 06-30.",
        "Points would be gone before they could be spent: let them wait less, or last longer.",
    ]
    assert Program.objects.get().expiry_kind == "months"
