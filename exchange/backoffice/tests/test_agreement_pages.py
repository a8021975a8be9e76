"""Agreements on the portal: proposed by one brand, accepted by the other, changed before that, ended by either."""

from decimal import Decimal
from uuid import uuid4

import pytest

from exchange.backoffice.tests.pages import at, body
from exchange.rates.models import Agreement
from exchange.rates.tests.pairs import program

pytestmark = pytest.mark.django_db

LIST, ADD = at("exchange_agreement_changelist"), at("exchange_agreement_add")


@pytest.fixture
def plates(bistro):
    return program(bistro, "PLATES")


def propose(client, own, **said):
    asked = {"from_program": own.pk, "partner_code": "PLATES", "direction": "out", "rate_max": "4",
             "point_price": "0.008", "currency": "eur", "note": "For a year"}  # fmt: skip
    return client.post(ADD, asked | said)


@pytest.fixture
def proposed(desk, beans, plates) -> Agreement:
    propose(desk.admin, beans)
    return Agreement.objects.get()


def page(agreement) -> str:
    return at("exchange_agreement_change", agreement.pk)


def press(client, agreement, button: str, **said):
    return client.post(at(f"exchange_agreement_{button}", agreement.pk), {"request_key": uuid4(), **said})


def test_a_proposal_has_the_terms_that_were_entered(proposed, cafe, beans, plates):
    found = (proposed.from_program, proposed.to_program, proposed.rate_max, proposed.point_price, proposed.currency)

    assert found == (beans, plates, Decimal(4), Decimal("0.008"), "EUR")
    assert (proposed.status, proposed.accepted_by, proposed.note) == ("proposed", [cafe.pk], "For a year")


def test_points_can_be_proposed_to_come_the_other_way(desk, beans, plates):
    propose(desk.admin, beans, direction="in")

    assert (Agreement.objects.get().from_program, Agreement.objects.get().to_program) == (plates, beans)


def test_what_is_refused_is_said_on_the_form(desk, beans, proposed):
    again = body(propose(desk.admin, beans))
    nobody = body(propose(desk.admin, beans, partner_code="NOWHERE"))

    assert "There is an agreement for this pair already" in again
    assert "There is no such program." in nobody
    assert Agreement.objects.count() == 1


def test_a_price_without_a_currency_is_not_taken(desk, beans, plates):
    assert "A price has a currency." in body(propose(desk.admin, beans, currency=""))


def test_the_other_brand_sees_what_waits_for_it_and_accepts(proposed, other):
    shown = body(other.admin.get(page(proposed)))
    press(other.admin, proposed, "accept")

    assert "It waits for your answer" in shown
    assert "Cafe owes you 0.008 EUR for each point you issue." in shown
    proposed.refresh_from_db()
    assert proposed.status == "active"


def test_who_proposed_is_not_asked_to_accept(proposed, desk):
    shown = body(desk.admin.get(page(proposed)))

    assert "It waits for your answer" not in shown
    assert "Cafe owes Bistro 0.008 EUR for each point issued." in shown
    assert press(desk.admin, proposed, "accept").status_code == 403


def test_terms_change_before_they_are_accepted_and_not_after(proposed, desk, other):
    press(desk.admin, proposed, "change_terms", rate_max="3", point_price="", currency="")
    proposed.refresh_from_db()
    press(other.admin, proposed, "accept")

    assert (proposed.rate_max, proposed.point_price) == (Decimal(3), None)
    press(desk.admin, proposed, "change_terms", rate_max="9", point_price="", currency="")
    proposed.refresh_from_db()
    assert proposed.rate_max == Decimal(3)


def test_either_brand_ends_it_after_saying_why(proposed, other):
    asked = body(other.admin.get(at("exchange_agreement_end", proposed.pk)))
    press(other.admin, proposed, "end", reason="Too dear")

    proposed.refresh_from_db()
    assert "Nobody can begin an exchange of this pair from now on" in asked
    assert proposed.status == "ended"


def test_staff_see_agreements_and_change_none(proposed, desk):
    assert body(desk.staff.get(page(proposed))).count("For a year")
    assert desk.staff.get(ADD).status_code == 403
    assert press(desk.staff, proposed, "end", reason="x").status_code == 403


def test_partners_have_no_agreements(proposed, desk):
    assert desk.partner.get(LIST).status_code == 403


def test_a_stranger_sees_nothing_of_it(proposed, stranger):
    assert "BEANS" not in body(stranger.admin.get(LIST))
    assert stranger.admin.get(page(proposed)).status_code == 404
    assert press(stranger.admin, proposed, "end", reason="x").status_code == 404


def test_operators_see_every_agreement(proposed, above):
    assert "BEANS → PLATES" in body(above.get(LIST))


def test_an_empty_list_says_how_one_comes_about(desk):
    assert "Propose to another brand that members can exchange points." in body(desk.admin.get(LIST))


def test_the_history_calls_an_agreement_by_its_two_programs(proposed, desk):
    told = [row.told.text for row in desk.admin.get(at("history")).context["rows"]]

    assert any("agreement BEANS → PLATES" in each for each in told)
    assert not any(str(proposed.pk) in each for each in told)


def test_settlements_name_the_month_in_words(proposed, desk):
    said = body(desk.admin.get(at("exchange_settlements"), {"month": "2026-10"}))

    assert "Sep 2026" in said
