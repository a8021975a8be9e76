"""Purchases that earn in a partner's program too, and what comes back of them."""

from datetime import datetime, timedelta

import pytest

from ledger.models import Lot, Posting
from ledger.selectors import balances
from loyalty.identity.operations import make_known
from programs.activity.models import PassedOn
from programs.activity.passing_on import pass_on_due
from programs.activity.tests.together import all_at_once
from programs.earning.models import ProgramLink
from programs.membership.enrolment import close, enrol
from programs.membership.operations import create_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def plates(bistro):
    """The bistro's program."""
    return create_program(bistro, code="PLATES", name="Bistro Plates", unit_name="plates", pending_days=0)


@pytest.fixture
def link(beans, plates, api, bistro_api):
    """5 plates for each 10.00 bought with BEANS."""
    body = {"partner_program_id": "PLATES", "points": 5, "per": "10.00"}
    made = api.post("/api/programs/BEANS/links", body).json()
    assert bistro_api.post(f"/api/links/{made['id']}/accept").status_code == 200
    return ProgramLink.objects.get(pk=made["id"])


@pytest.fixture
def ana_plates(plates, ana):
    """Ana takes part in PLATES too."""
    make_known(plates.brand_id, [ana.id])
    return enrol(plates, ana)


def buy(api, reference="r1", amount="35.00", member="ana"):
    body = {"program_id": "BEANS", "amount": amount, "currency": "EUR", "reference": reference}
    answer = api.post(f"/api/members/{member}/earn", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def give_back(api, bought, reference, **body):
    answer = api.post(f"/api/transactions/{bought['id']}/return", {"reference": reference, **body})
    assert answer.status_code == 201, answer.content


def held(membership) -> int:
    return balances([membership.account_id])[membership.account_id].posted


def test_a_purchase_earns_in_the_partners_program_too(api, bistro_api, link, ana_beans, ana_plates, ana):
    buy(api)

    assert pass_on_due() == 1

    assert (held(ana_beans), held(ana_plates)) == (35, 15)
    (told,) = bistro_api.get(f"/api/members/{ana.id}/transactions").json()["results"]
    assert (told["type"], told["source"], told["reference"], told["points"]) == ("earn", "partner", "", 15)
    assert told["breakdown"] == [
        {
            "rule_id": "link",
            "rule": "Partner Cafe Beans",
            "points": 15,
            "reason": "3 x 5 points: 3 full times 10.00 EUR",
        }
    ]
    assert "35" not in str(told.get("amount"))


def test_done_again_or_ended_before_the_outbox_was_marked_it_earns_once(api, link, ana_beans, ana_plates):
    buy(api)
    pass_on_due()
    PassedOn.objects.update(done=0)

    assert pass_on_due() == 1
    assert pass_on_due() == 0
    assert held(ana_plates) == 15


def test_who_does_not_take_part_there_earns_nothing_there(api, link, ana_beans, ben_beans, ana_plates):
    buy(api, member="ben")
    close(ana_plates)
    buy(api, "r2")

    assert PassedOn.objects.count() == 0


def test_too_small_a_purchase_is_not_passed_on(api, link, ana_beans, ana_plates):
    buy(api, amount="9.99")

    assert PassedOn.objects.count() == 0


def test_what_was_bought_before_the_link_or_after_its_end_earns_nothing(api, link, ana_beans, ana_plates):
    body = {"program_id": "BEANS", "amount": "35.00", "currency": "EUR", "occurred_at": "2020-01-01T00:00:00Z"}
    assert api.post("/api/members/ana/earn", body | {"reference": "old"}).status_code == 201
    api.post(f"/api/links/{link.id}/end")
    buy(api, "late")

    assert PassedOn.objects.count() == 0


def test_the_rate_is_of_the_money_that_was_paid_and_the_points_live_as_the_partners_do(
    api, link, plates, ana_beans, ana_plates
):
    plates.money_currency, plates.pending_days, plates.pending_until = "JPY", 3, "order.delivered"
    plates.expiry_kind, plates.expiry_months = "inactivity", 6
    plates.save()
    bought = buy(api)

    pass_on_due()

    lot = Lot.objects.get(account=ana_plates.account_id)
    at = datetime.fromisoformat(bought["occurred_at"])
    assert (lot.points, lot.granted_at, lot.available_at) == (15, at, at + timedelta(days=3))
    assert timedelta(days=170) < lot.expires_at - at < timedelta(days=190)


def test_parts_that_come_back_take_back_what_one_return_takes(api, link, ana_beans, ana_plates):
    bought = buy(api, amount="100.00")
    pass_on_due()
    taken = []

    for n, amount in enumerate(["1.00", "0.99", "31.34", "66.67"]):
        give_back(api, bought, f"back-{n}", amount=amount)
        pass_on_due()
        taken.append(50 - held(ana_plates))

    assert taken == [0, 0, 16, 50]
    assert held(ana_beans) == 0


def test_what_came_back_before_the_points_were_given_takes_its_part(api, link, ana_beans, ana_plates):
    bought = buy(api, amount="100.00")
    give_back(api, bought, "half", amount="50.00")

    assert pass_on_due() == 1
    assert held(ana_plates) == 25


def test_a_reversed_purchase_takes_back_all(api, link, ana_beans, ana_plates):
    bought = buy(api)
    pass_on_due()
    reversed_ = api.post(
        f"/api/transactions/{bought['id']}/reverse", {"reason": "mistake"}, HTTP_IDEMPOTENCY_KEY="undo"
    )
    assert reversed_.status_code == 201, reversed_.content

    pass_on_due()

    assert (held(ana_beans), held(ana_plates)) == (0, 0)


def test_returns_follow_the_rate_of_the_purchase_and_the_policy_of_the_partner(
    api, bistro_api, link, ana_beans, ana_plates, ana, plates
):
    plates.return_policy = "within_balance"
    plates.save()
    bought = buy(api, amount="100.00")
    pass_on_due()
    spent = {"program_id": "PLATES", "points": 40, "idempotency_key": "lunch"}
    assert bistro_api.post(f"/api/members/{ana.id}/redeem", spent).status_code == 201
    ProgramLink.objects.update(earn_points=500)

    give_back(api, bought, "all")
    pass_on_due()

    assert held(ana_plates) == 0
    back = Posting.objects.get(kind="return", unit=plates.unit)
    assert (back.points, back.shortfall) == (-10, 40)


def test_what_came_by_a_link_is_not_passed_on(api, bistro_api, link, plates, beans, ana_beans, ana_plates):
    body = {"partner_program_id": "BEANS", "points": 1, "per": "1.00"}
    made = bistro_api.post("/api/programs/PLATES/links", body).json()
    assert api.post(f"/api/links/{made['id']}/accept").status_code == 200
    buy(api)

    assert [pass_on_due(), pass_on_due()] == [1, 0]
    assert (held(ana_beans), held(ana_plates)) == (35, 15)


def test_the_partner_sees_nothing_of_the_purchase(api, bistro_api, link, ana_beans, ana_plates, ana):
    buy(api, amount="35.67")
    pass_on_due()

    told = bistro_api.get(f"/api/members/{ana.id}/transactions").content.decode()
    assert "35.67" not in told and "r1" not in told


@pytest.mark.django_db(transaction=True)
def test_worked_off_by_many_while_goods_come_back_it_is_right_in_the_end(api, link, ana_beans, ana_plates):
    bought = [buy(api, f"r{n}", amount="100.00") for n in range(6)]

    def act(n):
        return pass_on_due() if n % 2 else give_back(api, bought[n // 2], "half", amount="50.00")

    all_at_once(6, act)
    pass_on_due()

    assert held(ana_plates) == 3 * 50 + 3 * 25
    assert held(ana_beans) == 3 * 100 + 3 * 50
