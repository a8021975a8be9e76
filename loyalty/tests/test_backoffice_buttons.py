"""What the buttons of the admin portal do: they call operations, and tell refusals in words."""

from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from ledger.models import Posting
from ledger.selectors import balances
from loyalty.identity.approvals.kinds import differences_of, version_of
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.models import BrandMember, Member, ServerKey
from loyalty.tests.backoffice_world import build_house, form_of, logged_in, move
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def tavern():
    return build_house("tavern")


def press(person, name, obj, **form):
    """Sends a button's form; what the person is told, and the answer."""
    answer = logged_in(person).post(reverse(f"admin:{name}", args=[obj.pk]), {"request_key": uuid4(), **form})
    return [str(message) for message in get_messages(answer.wsgi_request)], answer


def looked_at(request) -> str:
    """What whoever decides was shown, as the form sends it back."""
    return version_of(differences_of(request))


def available(house) -> int:
    return balances([house.membership.account_id])[house.membership.account_id].available


def test_reverse_gives_the_points_back_and_notes_why(tavern):
    spent = Posting.objects.get(kind="redeem")
    told, answer = press(tavern.people["staff"], "ledger_posting_reverse", spent, reason="Wrong card")

    assert told == ["Reversed: +50, the balance is 380 now."]
    assert answer.status_code == 302
    reversal = Posting.objects.get(kind="reverse")
    assert (reversal.reverses, reversal.data["description"]) == (spent, "Wrong card")
    assert reversal.actor == f"person:{tavern.people['staff'].pk}"


def test_reverse_asks_for_a_reason(tavern):
    _, answer = press(tavern.people["staff"], "ledger_posting_reverse", Posting.objects.get(kind="redeem"))

    assert answer.context["form"].errors == {"reason": ["This field is required."]}
    assert not Posting.objects.filter(kind="reverse").exists()


def test_a_form_sent_twice_acts_once(tavern):
    form = {"points": 30, "reason": "Sorry", "request_key": uuid4()}
    for _ in range(2):
        press(tavern.people["staff"], "programs_membership_adjust", tavern.membership, **form)

    assert available(tavern) == 330 + 30


def test_what_has_been_reversed_has_no_button_any_more(tavern):
    spent = Posting.objects.get(kind="redeem")
    press(tavern.people["staff"], "ledger_posting_reverse", spent, reason="Wrong card")

    _, again = press(tavern.people["staff"], "ledger_posting_reverse", spent, reason="Once more")

    assert again.status_code == 403
    assert Posting.objects.filter(kind="reverse").count() == 1


def test_a_refusal_is_told_in_words_and_the_form_stays(tavern):
    told, answer = press(
        tavern.people["staff"], "programs_membership_adjust", tavern.membership, points=-900, reason="Too much"
    )

    assert told == ["The member has too few points."]
    assert answer.context["form"]["points"].value() == "-900"
    assert available(tavern) == 330


def test_adjust_below_the_limit_acts_at_once(tavern):
    told, _ = press(tavern.people["staff"], "programs_membership_adjust", tavern.membership, points=-5, reason="Typo")

    assert told == ["Adjusted by -5, the balance is 325 now."]


@pytest.mark.parametrize("points", [1_000, -1_000])
def test_adjust_at_the_limit_waits_for_a_second_person(tavern, points):
    told, _ = press(
        tavern.people["staff"], "programs_membership_adjust", tavern.membership, points=points, reason="Large"
    )

    assert told == [f"{points:+,} points need a second person: the request waits under Approvals."]
    request = ApprovalRequest.objects.get(reason="Large")
    assert (request.status, request.requested_by) == ("waiting", tavern.people["staff"])
    assert request.payload["points"] == points
    assert available(tavern) == 330


def test_adjust_by_nothing_is_refused(tavern):
    _, answer = press(tavern.people["staff"], "programs_membership_adjust", tavern.membership, points=0, reason="x")

    assert "points" in answer.context["form"].errors


def test_a_second_person_approves(tavern):
    request = ApprovalRequest.objects.get()
    told, _ = press(tavern.people["admin"], "loyalty_approvalrequest_approve", request, version=looked_at(request))

    assert told == ["Adjusted by +5,000; the balance is 5,330."]
    request.refresh_from_db()
    assert (request.status, request.decided_by) == ("approved", tavern.people["admin"])
    assert available(tavern) == 5_330


def test_nobody_approves_what_they_asked_for(tavern):
    request = ApprovalRequest.objects.get()
    _, answer = press(tavern.people["staff"], "loyalty_approvalrequest_approve", request)

    assert answer.status_code == 403
    assert available(tavern) == 330


def test_nobody_approves_or_makes_an_adjustment_for_themselves(tavern):
    Member.objects.filter(pk=tavern.member.pk).update(person=tavern.people["admin"])

    request = ApprovalRequest.objects.get()
    approved, _ = press(tavern.people["admin"], "loyalty_approvalrequest_approve", request, version=looked_at(request))
    adjusted, _ = press(tavern.people["admin"], "programs_membership_adjust", tavern.membership, points=5, reason="Me")

    assert approved == adjusted == ["Nobody adjusts their own balance."]
    assert available(tavern) == 330


def test_what_was_rejected_moves_nothing_and_is_not_decided_again(tavern):
    request = ApprovalRequest.objects.get()
    press(tavern.people["admin"], "loyalty_approvalrequest_reject", request, reason="No")

    _, again = press(tavern.people["admin"], "loyalty_approvalrequest_approve", request)

    assert again.status_code == 403
    assert available(tavern) == 330


def test_archive_ends_a_program(tavern):
    press(tavern.people["admin"], "programs_program_archive", tavern.program)

    page = logged_in(tavern.people["admin"]).get(reverse("admin:programs_program_change", args=[tavern.program.pk]))

    assert Program.objects.get(code="TAVERN").status == "archived"
    assert page.context["has_change_permission"] is False


def test_suspend_and_reinstate_a_card(tavern):
    card = Membership.objects.filter(pk=tavern.membership.pk)
    press(tavern.people["staff"], "programs_membership_suspend", tavern.membership)
    assert card.get().status == "suspended"

    press(tavern.people["staff"], "programs_membership_reinstate", tavern.membership)
    assert card.get().status == "active"


class TestServerKeys:
    def make(self, tavern):
        form = {"brand": tavern.brand.pk, "name": "New till", "scopes": ["earn", "read"], "rate": "600/m"}
        return logged_in(tavern.people["admin"]).post(reverse("admin:loyalty_serverkey_add"), form)

    def test_the_key_is_shown_once_when_it_is_made(self, tavern, client):
        plain = self.make(tavern).context["plain_key"]
        key = ServerKey.objects.get(name="New till")
        page = logged_in(tavern.people["admin"]).get(reverse("admin:loyalty_serverkey_change", args=[key.pk]))

        assert plain.startswith(key.prefix)
        assert key.scopes == ["earn", "read"]
        assert plain not in page.content.decode()
        assert key.key_hash not in page.content.decode()

    def test_what_can_be_found_out_of_a_hash_by_asking_is_nothing(self, tavern):
        client = logged_in(tavern.people["admin"])
        answer = client.get(reverse("admin:loyalty_serverkey_changelist"), {"key_hash__startswith": "a"})

        assert answer.status_code == 400

    def test_a_revoked_key_is_refused(self, tavern, client):
        plain = self.make(tavern).context["plain_key"]
        key = ServerKey.objects.get(name="New till")
        told, _ = press(tavern.people["admin"], "loyalty_serverkey_revoke", key)

        assert told == ["The key is revoked."]
        assert client.get("/api/programs", headers={"Authorization": f"Api-Key {plain}"}).status_code == 401

    def test_staff_make_no_keys(self, tavern):
        assert logged_in(tavern.people["staff"]).get(reverse("admin:loyalty_serverkey_add")).status_code == 403


class TestProgramPage:
    def form_of(self, tavern):
        page = reverse("admin:programs_program_change", args=[tavern.program.pk])
        return form_of(logged_in(tavern.people["admin"]).get(page))

    def save(self, tavern, **changes):
        return logged_in(tavern.people["admin"]).post(
            reverse("admin:programs_program_change", args=[tavern.program.pk]), self.form_of(tavern) | changes
        )

    def test_a_change_raises_the_version_once_and_is_an_event(self, tavern):
        answer = self.save(tavern, name="Tavern Two", **{"tiers-0-name": "Start"})

        program = Program.objects.get(code="TAVERN")
        assert answer.status_code == 302
        assert (program.name, program.version) == ("Tavern Two", tavern.program.version + 1)
        assert [tier.name for tier in program.tiers.all()] == ["Start"]

    def test_a_tier_is_added(self, tavern):
        new = {"tiers-TOTAL_FORMS": 2, "tiers-1-code": "gold", "tiers-1-name": "Gold", "tiers-1-points_min": 500}
        self.save(tavern, **new, **{"tiers-1-benefits": "Cake", "tiers-1-program": tavern.program.pk})

        tiers = tavern.program.tiers.all()
        assert [(tier.code, tier.points_min) for tier in tiers] == [("first", 0), ("gold", 500)]

    def test_what_cannot_be_is_told_and_nothing_is_kept(self, tavern):
        answer = self.save(tavern, money_currency="eur", name="Tavern Two")

        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors
        assert Program.objects.get(code="TAVERN").name == "Tavern Club"

    def test_a_program_is_opened_with_its_unit(self, tavern):
        form = self.form_of(tavern) | {"brand": tavern.brand.pk, "code": "TWO", "name": "Two", "unit_name": "stars"}
        answer = logged_in(tavern.people["admin"]).post(reverse("admin:programs_program_add"), form)

        program = Program.objects.get(code="TWO")
        assert answer.status_code == 302
        assert (program.unit.name, program.brand) == ("stars", tavern.brand)


class TestMemberPage:
    def test_a_member_is_entered_and_changed(self, tavern):
        client = logged_in(tavern.people["staff"])
        form = {"brand": tavern.brand.pk, "name": "Una", "email": "Una@example.com", "external_id": "u-1"}
        client.post(reverse("admin:loyalty_member_add"), form)
        una = Member.objects.get(name="Una")
        client.post(
            reverse("admin:loyalty_member_change", args=[una.pk]), form | {"name": "Una B", "external_id": "u-2"}
        )

        una.refresh_from_db()
        assert (una.name, una.email) == ("Una B", "una@example.com")
        assert BrandMember.objects.get(member=una).external_id == "u-2"

    def test_an_external_id_that_is_taken_is_told(self, tavern):
        client = logged_in(tavern.people["staff"])
        form = {"brand": tavern.brand.pk, "name": "Una", "external_id": "tavern-77"}
        page = client.post(reverse("admin:loyalty_member_add"), form)

        assert page.context["adminform"].form.non_field_errors() == [
            "Another member of the brand has this external id."
        ]
        assert not Member.objects.filter(name="Una").exists()

    @pytest.mark.parametrize("words", ["tavern per", "person@tavern.example", "tavern-77", "card"])
    def test_a_member_is_found_by_name_e_mail_external_id_and_card(self, tavern, words):
        asked = tavern.membership.card_number if words == "card" else words
        for name in ("loyalty_member", "programs_membership"):
            page = logged_in(tavern.people["staff"]).get(reverse(f"admin:{name}_changelist"), {"q": asked})
            assert len(page.context["cl"].result_list) == 1

    def test_a_transaction_is_found_by_reference_and_id(self, tavern):
        posting = Posting.objects.get(reference="TAVERN-R1")
        for asked in ("TAVERN-R1", str(posting.public_id)):
            page = logged_in(tavern.people["staff"]).get(reverse("admin:ledger_posting_changelist"), {"q": asked})
            assert page.context["cl"].result_list == [posting]

    def test_the_page_shows_balance_tier_and_what_moved_last(self, tavern):
        move(tavern, "adjust", 7, "a1", data={"description": "A kind word"})
        page = logged_in(tavern.people["staff"]).get(reverse("admin:loyalty_member_change", args=[tavern.member.pk]))

        assert page.context["parts"][0].balance.available == 337
        assert page.context["parts"][0].tier.code == "first"
        assert "A kind word" in page.content.decode()
