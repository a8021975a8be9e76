"""Colleagues and points: nobody gives to themselves, by whichever way, and none is a way around the second person."""

from uuid import uuid4

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import Person, Staff
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from programs.activity.tests.tills import available, deposit, fresh, redeem, refusal

pytestmark = pytest.mark.django_db


def portal(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def give(client, member: str, amount: int, *, key: str = ""):
    body = {"program_id": "BEANS", "amount": amount, "idempotency_key": key or fresh(), "reason": "kindness"}
    return client.post(f"/api/members/{member}/deposit", body)


def choose(client, act: str, members) -> str:
    """The page that asks what is to be done with these members."""
    chosen = {"action": f"bulk_{act}", ACTION_CHECKBOX_NAME: [str(member.pk) for member in members]}
    page = client.post(reverse("admin:loyalty_member_changelist"), chosen | {"select_across": "0", "index": "0"})
    assert page.status_code == 302, page.content.decode()[-500:]
    return page["Location"]


@pytest.fixture
def ana_works_here(ana, cafe):
    """Ana, a member, is staff of the cafe too."""
    Staff.objects.create(person=ana.person, brand=cafe, role=Staff.Role.STAFF)
    return Person.objects.get(pk=ana.person_id)


def test_a_colleague_gives_no_points_to_themselves_by_the_api(as_person, api, ana_works_here, ana_beans, ben_beans):
    hers = as_person(ana_works_here)

    assert refusal(give(hers, "ana", 10)) == (403, "own-request")
    assert give(hers, "ben", 10).status_code == 201
    assert available(api) == 0


def test_a_colleague_gives_no_points_to_themselves_in_the_portal(api, ana_works_here, ana_beans):
    address = reverse("admin:programs_membership_give", args=[ana_beans.pk])

    answer = portal(ana_works_here).post(address, {"points": 10, "reason": "kindness", "request_key": uuid4()})

    assert "Nobody gives points to themselves." in answer.content.decode()
    assert available(api) == 0


def test_as_many_points_as_need_a_second_person_need_one_by_the_api_too(
    barista_client, operator_client, api, cafe, ana_beans
):
    cafe.approval_points_min = 1_000
    cafe.save()

    assert refusal(give(barista_client, "ana", 1_000)) == (409, "approval-required")
    assert refusal(give(operator_client, "ana", 1_000)) == (409, "approval-required")
    assert give(barista_client, "ana", 999, key="g").status_code == 201
    assert give(api, "ana", 1_000).status_code == 201

    cafe.approval_points_min = 10
    cafe.save()
    assert give(barista_client, "ana", 999, key="g").status_code == 201
    assert available(api) == 1_999


def test_a_colleague_takes_back_no_redemption_of_their_own(as_person, api, ana_works_here, ana_beans):
    deposit(api, 100)
    spent = redeem(api, 60)["id"]
    body = {"reason": "never mind", "idempotency_key": fresh()}

    assert refusal(as_person(ana_works_here).post(f"/api/transactions/{spent}/reverse", body)) == (403, "own-request")
    assert available(api) == 40


def test_one_member_chosen_on_the_list_is_no_way_around_the_second_person(manager, api, cafe, ana, ana_beans):
    cafe.approval_points_min, cafe.approval_bulk_points_min = 1_000, 100_000
    cafe.save()
    client = portal(manager)

    client.post(choose(client, "give_points", [ana]), {"brand": cafe.pk, "reason": "so", "points": 1_000,
                "program": ana_beans.program_id})  # fmt: skip

    carry_on(Run.objects.get(), seconds=None) if not ApprovalRequest.objects.exists() else None
    assert available(api) == 0
    assert ApprovalRequest.objects.get().kind == "points.bulk"


def test_what_a_colleague_chose_nobody_else_confirms_in_their_name(manager, api, cafe, ana_works_here, ana, ana_beans):
    Staff.objects.filter(person=ana_works_here).update(role=Staff.Role.ADMIN)
    asking = choose(portal(manager), "give_points", [ana])

    answer = portal(ana_works_here).post(asking, {"brand": cafe.pk, "reason": "so", "points": 500,
                                                  "program": ana_beans.program_id})  # fmt: skip

    assert answer.status_code == 404
    assert available(api) == 0


def test_staff_confirm_what_they_chose_themselves(barista, api, cafe, ana, ana_beans):
    client = portal(barista)

    client.post(choose(client, "give_points", [ana]), {"brand": cafe.pk, "reason": "so", "points": 5,
                "program": ana_beans.program_id})  # fmt: skip

    assert available(api) == 5


def test_who_agrees_to_points_for_many_gets_none_of_them(
    manager, api, cafe, ana_works_here, ana, ben, ana_beans, ben_beans
):
    cafe.approval_bulk_points_min = 1_000
    cafe.save()
    client = portal(manager)
    client.post(choose(client, "give_points", [ana, ben]), {"brand": cafe.pk, "reason": "so", "points": 500,
                "program": ana_beans.program_id})  # fmt: skip

    approve(ana_works_here.worker, ApprovalRequest.objects.get())
    run = carry_on(Run.objects.get(), seconds=None)

    assert (available(api), available(api, "ben")) == (0, 500)
    assert [mistake["code"] for mistake in run.mistakes] == ["own-request"]
