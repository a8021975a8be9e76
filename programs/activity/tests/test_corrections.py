"""Deposits, reversals and adjustments: who may, what repeats, and the second person."""

import pytest

from ledger.errors import InsufficientPoints
from loyalty.errors import Forbidden, NotFound
from loyalty.events.models import Event
from loyalty.identity.approvals.errors import ApprovalRequired, OwnRequest, RequestDecided
from loyalty.identity.approvals.operations import approve, reject
from loyalty.identity.models import Staff
from loyalty.identity.principals import Principal
from programs.activity import operations
from programs.activity.tests.tills import available, balance, deposit, earn, fresh, pointers, redeem, refusal
from programs.membership.models import Program

pytestmark = pytest.mark.django_db


def reverse(api, transaction_id, *, key=None, reason="rung up twice"):
    return api.post(
        f"/api/transactions/{transaction_id}/reverse", {"reason": reason, "idempotency_key": key or fresh()}
    )


def as_staff(person, brand, role="staff"):
    return Principal(kind="person", id=person.id, actor=f"person:{person.id}", brands={brand.id: role})


def test_a_deposit_gives_points_as_such(api, ana_beans):
    body = {"program_id": "BEANS", "amount": 5000, "reason": "Welcome", "idempotency_key": "d1"}

    first, again = (api.post("/api/members/ana/deposit", body) for _ in range(2))

    answer = first.json()
    assert (first.status_code, answer["type"], answer["points"], answer["description"]) == (
        201,
        "deposit",
        5000,
        "Welcome",
    )
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    other = api.post("/api/members/ana/deposit", body | {"amount": 5001})
    assert refusal(other) == (422, "idempotency-key-reused")
    assert available(api) == 5000


def test_deposited_points_last_as_long_as_earned_ones(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(expiry_months=1)

    answer = deposit(api, 10)

    assert balance(api)["expiring"] == [{"points": 10, "expires_at": answer["expires_at"]}]


def test_staff_deposit_and_members_do_not(barista_client, ana_client, ana_beans):
    body = {"program_id": "BEANS", "amount": 10, "idempotency_key": "d"}

    assert barista_client.post("/api/members/ana/deposit", body).status_code == 201
    assert refusal(ana_client.post("/api/members/me/deposit", body)) == (403, "forbidden")


def test_partners_earn_but_do_not_deposit(as_person, barista, ana_beans):
    Staff.objects.update(role="partner")
    client = as_person(barista)

    earn(client, "5.00")
    response = client.post("/api/members/ana/deposit", {"program_id": "BEANS", "amount": 10, "idempotency_key": "d"})
    assert refusal(response) == (403, "forbidden")


def test_a_redemption_reversed_twice_comes_back_once(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(expiry_months=3)
    deposit(api, 1000)
    before = balance(api)["expiring"]
    spent = redeem(api, 300)

    first = reverse(api, spent["id"], key="r1")
    again = reverse(api, spent["id"], key="r1")
    other = reverse(api, spent["id"], key="r2")

    answer = first.json()
    assert (first.status_code, answer["type"], answer["points"], answer["balance_after"]) == (201, "reverse", 300, 1000)
    assert (answer["reverses_id"], answer["description"]) == (spent["id"], "rung up twice")
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert refusal(other) == (409, "already-reversed")
    assert (available(api), balance(api)["expiring"]) == (1000, before)
    assert api.get(f"/api/transactions/{spent['id']}").json() == spent | {"status": "reversed"}


def test_an_earn_is_reversed_as_the_program_says(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(return_policy="within_balance")
    earned = earn(api, "100.00")
    redeem(api, 30)

    assert reverse(api, earned["id"]).json()["points"] == -70
    assert available(api) == 0


def test_a_reversal_is_not_reversed(api, ana_beans):
    undone = reverse(api, deposit(api, 10)["id"]).json()

    assert refusal(reverse(api, undone["id"])) == (409, "not-reversible")


def test_a_reversal_has_a_reason_and_a_key(api, ana_beans):
    address = f"/api/transactions/{deposit(api, 10)['id']}/reverse"

    assert pointers(api.post(address, {"idempotency_key": "k"})) == ["/reason"]
    assert pointers(api.post(address, {"reason": "", "idempotency_key": "k"})) == ["/reason"]
    assert refusal(api.post(address, {"reason": "x"})) == (400, "idempotency-key-required")


def test_members_reverse_nothing(api, ana_client, ana_beans):
    assert refusal(reverse(ana_client, deposit(api, 10)["id"])) == (403, "forbidden")


def test_an_adjustment_has_a_sign_and_a_reason(api, cafe, barista, ana_beans):
    staff = as_staff(barista, cafe)

    operations.adjust(staff, ana_beans, points=50, reason="goodwill", key="a1")
    operations.adjust(staff, ana_beans, points=50, reason="goodwill", key="a1")
    operations.adjust(staff, ana_beans, points=-20, reason="mistake", key="a2")

    types = [(one["type"], one["points"]) for one in api.get("/api/members/ana/transactions").json()["results"]]
    assert types == [("adjust", -20), ("adjust", 50)]
    with pytest.raises(InsufficientPoints):
        operations.adjust(staff, ana_beans, points=-31, reason="mistake", key="a3")


@pytest.mark.parametrize("points", [10_000, -10_000])
def test_a_large_adjustment_needs_a_second_person(api, cafe, barista, manager, ana_beans, points):
    deposit(api, 10_000)
    staff, boss = as_staff(barista, cafe), as_staff(manager, cafe, "admin")
    with pytest.raises(ApprovalRequired):
        operations.adjust(staff, ana_beans, points=points, reason="big", key="a")

    request = operations.request_adjustment(staff, ana_beans, points=points, reason="big")
    assert available(api) == 10_000
    with pytest.raises(OwnRequest):
        approve(staff, request)
    decided = approve(boss, request)

    assert (decided.status, decided.decided_by) == ("approved", manager)
    assert available(api) == 10_000 + points
    with pytest.raises(RequestDecided):
        approve(boss, request)
    with pytest.raises(RequestDecided):
        reject(boss, request)
    types = list(Event.objects.filter(aggregate_id=request.id).order_by("sequence").values_list("type", flat=True))
    assert types == ["approval.requested", "approval.approved"]


def test_a_rejected_adjustment_moves_nothing(api, cafe, barista, manager, ana_beans):
    request = operations.request_adjustment(as_staff(barista, cafe), ana_beans, points=20_000, reason="big")

    decided = reject(as_staff(manager, cafe, "admin"), request)

    assert decided.status == "rejected"
    assert available(api) == 0


def test_nobody_adjusts_their_own_balance(cafe, ana, ana_beans):
    both = Principal(kind="person", id=ana.person_id, actor="person:x", brands={cafe.id: "staff"}, member_id=ana.id)

    with pytest.raises(OwnRequest):
        operations.adjust(both, ana_beans, points=5, reason="me", key="a")


def test_adjustments_stay_in_the_brand(bistro, cafe, barista, manager, ana_beans):
    stranger = as_staff(barista, bistro)
    partner = as_staff(barista, cafe, "partner")

    with pytest.raises(NotFound):
        operations.adjust(stranger, ana_beans, points=5, reason="x", key="a")
    with pytest.raises(Forbidden):
        operations.request_adjustment(partner, ana_beans, points=5, reason="x")
