"""Points that one person cannot move alone: by many small acts, at once, under another name or in another role."""

from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from ledger.models import Posting
from ledger.tests.racing import at_once
from loyalty.identity.approvals.errors import ApprovalRequired, OwnRequest
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import Person, Staff
from programs.activity import corrections, limits
from programs.activity.places import Names
from programs.membership.models import Membership


def adjust(person, membership, points, key):
    return corrections.adjust(person.worker, membership, points=points, reason="x", key=key)


def give(person, membership, points, key):
    names = Names(str(membership.program_id), str(membership.member_id))
    return corrections.deposit(person.worker, names, points=points, key=key, reason="x")


class TestManySmallActs:
    """The limit of the brand is 10,000, for one act and for a day together."""

    pytestmark = pytest.mark.django_db

    def test_together_they_reach_the_limit_too(self, barista, ana_beans, ben_beans):
        adjust(barista, ana_beans, 4_000, "a")
        adjust(barista, ben_beans, 3_000, "b")
        with pytest.raises(ApprovalRequired, match="7,000"):
            adjust(barista, ana_beans, 3_000, "c")

        adjust(barista, ana_beans, 2_999, "d")

    def test_what_is_given_counts_with_what_is_adjusted(self, barista, ana_beans):
        give(barista, ana_beans, 6_000, "a")
        for act in (give, adjust):
            with pytest.raises(ApprovalRequired):
                act(barista, ana_beans, 4_000, "b")

    def test_what_was_taken_counts_like_what_was_given(self, barista, manager, ana_beans):
        give(manager, ana_beans, 9_000, "m")
        adjust(barista, ana_beans, -5_000, "a")
        with pytest.raises(ApprovalRequired):
            adjust(barista, ana_beans, 5_000, "b")

    def test_another_person_has_a_day_of_their_own(self, barista, manager, ana_beans):
        adjust(barista, ana_beans, 9_999, "a")

        assert adjust(manager, ana_beans, 9_999, "a").balance_after == 19_998

    def test_the_same_act_again_is_answered_as_it_was(self, barista, ana_beans):
        first = adjust(barista, ana_beans, 6_000, "a")

        assert adjust(barista, ana_beans, 6_000, "a").public_id == first.public_id
        assert (
            give(barista, ana_beans, 3_000, "g").posted.public_id
            == give(barista, ana_beans, 3_000, "g").posted.public_id
        )

    def test_after_a_day_they_count_no_more(self, barista, ana_beans, monkeypatch):
        adjust(barista, ana_beans, 9_000, "a")
        monkeypatch.setattr(limits, "WINDOW", limits.WINDOW * 0)

        assert adjust(barista, ana_beans, 9_000, "b").balance_after == 18_000

    def test_what_a_second_person_agreed_to_does_not_count(self, barista, manager, ana_beans):
        request = corrections.request_adjustment(barista.worker, ana_beans, points=50_000, reason="x")
        approve(manager.worker, request)

        for person in (barista, manager):
            adjust(person, ana_beans, 9_000, "a")

    def test_the_button_asks_a_second_person_by_itself(self, barista, ana_beans):
        client = Client()
        client.force_login(barista)
        at = reverse("admin:programs_membership_adjust", args=[ana_beans.pk])
        for n in range(3):
            key = f"00000000-0000-7000-8000-00000000000{n}"
            client.post(at, {"points": 4_000, "reason": f"r{n}", "request_key": key})

        assert list(Posting.objects.filter(kind="adjust").values_list("points", flat=True)) == [4_000, 4_000]
        assert ApprovalRequest.objects.get().payload["points"] == 4_000


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_acts_are_not_both_the_last_below_the_limit(self, barista, ana_beans, ben_beans):
        worker, acts = barista.worker, [(ana_beans, "a"), (ben_beans, "b"), (ana_beans, "c")]
        answers = at_once(
            *(partial(corrections.adjust, worker, m, points=6_000, reason="x", key=key) for m, key in acts)
        )

        assert sorted(str(each) for each in answers if isinstance(each, str)) == ["approval-required"] * 2
        assert Posting.objects.filter(kind="adjust").count() == 1

    def test_two_who_approve_do_it_once(self, barista, manager, operator, ana_beans):
        request = corrections.request_adjustment(barista.worker, ana_beans, points=20_000, reason="x")
        answers = at_once(*(partial(approve, each.worker, request) for each in (manager, operator, manager)))

        assert sorted(each for each in answers if isinstance(each, str)) == ["request-decided"] * 2
        assert Posting.objects.filter(kind="adjust").count() == 1


class TestNobodyApprovesTheirOwn:
    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def asked(self, barista, ana_beans):
        return corrections.request_adjustment(barista.worker, ana_beans, points=20_000, reason="x")

    def refused(self, person, request) -> bool:
        with pytest.raises(OwnRequest):
            approve(Person.objects.get(pk=person.pk).worker, request)
        return ApprovalRequest.objects.get().status == "waiting"

    def test_not_with_another_address(self, asked, barista):
        barista.email = "somebody-else@example.com"
        barista.save()

        assert self.refused(barista, asked)

    def test_not_in_another_role(self, asked, barista):
        Staff.objects.filter(person=barista).update(role="admin")

        assert self.refused(barista, asked)

    def test_not_as_an_operator(self, asked, barista):
        Person.objects.filter(pk=barista.pk).update(is_operator=True)

        assert self.refused(barista, asked)

    def test_not_in_the_portal(self, asked, barista):
        client = Client()
        client.force_login(barista)
        at = reverse("admin:loyalty_approvalrequest_approve", args=[asked.pk])

        assert {client.get(at).status_code, client.post(at, {}).status_code} == {403}
        assert ApprovalRequest.objects.get().status == "waiting"


class TestWhatWasLookedAt:
    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def asked(self, barista, ana_beans):
        return corrections.request_adjustment(barista.worker, ana_beans, points=20_000, reason="x")

    def test_the_page_shows_the_balance_by_now_and_refuses_another(self, asked, manager, ana_beans):
        client = Client()
        client.force_login(manager)
        at = reverse("admin:loyalty_approvalrequest_approve", args=[asked.pk])
        page = client.get(at)
        version = page.context["form"]["version"].value()
        adjust(manager, ana_beans, 500, "meanwhile")
        sent = {"reason": "ok", "version": version, "request_key": page.context["form"]["request_key"].value()}
        refused = client.post(at, sent)

        assert "Balance: 0 → 20,000" in page.content.decode()
        assert "look at it again" in refused.content.decode()
        assert ApprovalRequest.objects.get().status == "waiting"
        again = client.get(at)
        assert "Balance: 500 → 20,500" in again.content.decode()
        client.post(at, sent | {"version": again.context["form"]["version"].value()})
        assert ApprovalRequest.objects.get().status == "approved"

    def test_the_api_refuses_another_version(self, asked, manager_client, manager, ana_beans):
        (listed,) = manager_client.get("/api/approvals").json()["results"]
        adjust(manager, ana_beans, 500, "meanwhile")
        refused = manager_client.post(f"/api/approvals/{asked.id}/approve", {"version": listed["version"]})
        (now,) = manager_client.get("/api/approvals").json()["results"]

        assert (refused.status_code, refused.json()["code"]) == (409, "request-changed")
        assert now["differences"] == [{"what": "Balance", "before": "500", "after": "20,500"}]
        done = manager_client.post(f"/api/approvals/{asked.id}/approve", {"version": now["version"]})
        assert done.json()["differences"] == now["differences"]

    def test_a_membership_that_has_ended_gets_nothing(self, asked, manager_client):
        Membership.objects.update(status="closed")
        refused = manager_client.post(f"/api/approvals/{asked.id}/approve", {})

        assert refused.json()["code"] == "request-outdated"
