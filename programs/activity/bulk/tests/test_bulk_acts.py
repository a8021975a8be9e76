"""Many members at once: chosen on the list, confirmed, done, told and undone."""

import csv
from io import StringIO

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from ledger.selectors import balances
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import BrandMember, Member, MemberNote, Person
from loyalty.identity.operations import create_member, ensure_members
from loyalty.identity.selectors import person_principal
from loyalty.runs import operations
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from programs.activity.places import Names
from programs.activity.spending import RedeemRequest, redeem
from programs.membership.models import Membership


def principal(person):
    return person_principal(person.id, token_version=person.token_version)


@pytest.fixture
def chief_client(manager):
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def chosen(chief_client, cafe):
    """A function that chooses members on the list, confirms the act, and answers its run."""

    def choose(act, members=None, *, client=chief_client, **form):
        ids = [str(member.pk) for member in (Member.objects.all() if members is None else members)]
        page = client.post(
            reverse("admin:loyalty_member_changelist"),
            {"action": f"bulk_{act}", ACTION_CHECKBOX_NAME: ids, "select_across": "0", "index": "0"},
        )
        assert page.status_code == 302, page.content.decode()[-500:]
        sent = client.post(page["Location"], {"brand": cafe.pk, "reason": "as told"} | form)
        assert sent.status_code == 302, sent.context["form"].errors
        run = Run.objects.filter(kind=f"members.{act}").latest("created_at")
        return carry_on(run, seconds=None)

    return choose


def status_of(*memberships) -> list[str]:
    return [Membership.objects.get(pk=each.pk).status for each in memberships]


def available(membership) -> int:
    return balances([membership.account_id])[membership.account_id].available


def undone(manager, run) -> Run:
    return carry_on(operations.undo(principal(manager), run, reason="a mistake"), seconds=None)


def test_points_are_given_to_those_who_take_part_and_taken_back_as_far_as_they_are_there(
    chosen, manager, beans, ana, ben, ana_beans, ben_beans, cafe
):
    create_member(cafe, name="Not enrolled")
    run = chosen("give_points", program=beans.pk, points=100)

    assert (run.summary, run.failed) == ({"given": 2, "points": 200}, 1)
    assert run.mistakes[0]["code"] == "membership-required"
    assert (available(ana_beans), available(ben_beans)) == (100, 100)

    redeem(principal(manager), RedeemRequest(names=Names(str(beans.id), str(ana.id)), points=30, key="k"))
    back = undone(manager, run)

    assert back.summary == {"points_taken_back": 170}
    assert [mistake["detail"] for mistake in back.mistakes] == [
        "30 points had been spent, or had expired, and were not taken back."
    ]
    assert (available(ana_beans), available(ben_beans)) == (0, 0)


def test_many_points_wait_for_a_second_person_and_are_given_when_they_agree(
    chosen, manager, barista, beans, ana_beans, ben_beans, cafe
):
    cafe.approval_bulk_points_min = 200
    cafe.save()

    page_only = Client()
    page_only.force_login(manager)
    choose = page_only.post(
        reverse("admin:loyalty_member_changelist"),
        {"action": "bulk_give_points", ACTION_CHECKBOX_NAME: [ana_beans.member_id, ben_beans.member_id], "index": "0"},
    )
    page_only.post(choose["Location"], {"brand": cafe.pk, "reason": "a gift", "program": beans.pk, "points": 100})
    run, request = Run.objects.get(), ApprovalRequest.objects.get()

    assert (run.status, available(ana_beans)) == ("waiting", 0)
    approve(principal(barista), request)
    assert carry_on(run, seconds=None).status == "done"
    assert available(ana_beans) == 100


def test_members_are_enrolled_and_leave_again_when_that_is_undone(chosen, manager, beans, ana, ben, ana_beans):
    run = chosen("enrol", program=beans.pk)

    assert run.summary == {"already_enrolled": 1, "enrolled": 1}
    assert undone(manager, run).summary == {"ended": 1}
    assert [status_of(each)[0] for each in Membership.objects.order_by("member__name")] == ["active", "closed"]


def test_cards_are_suspended_and_work_again_but_for_those_changed_since(
    chosen, manager, ana, ben, ana_beans, ben_beans
):
    run = chosen("suspend")
    assert (run.summary, status_of(ana_beans, ben_beans)) == ({"suspended": 2, "cards": 2}, ["suspended"] * 2)

    Membership.objects.filter(pk=ben_beans.pk).update(status="closed")
    back = undone(manager, run)

    assert back.summary == {"cards_turned_back": 1, "changed_since": 1}
    assert status_of(ana_beans, ben_beans) == ["active", "closed"]


def test_members_are_switched_off_and_on_but_not_those_of_another_brand(chosen, manager, bistro, cafe, ana, ben):
    BrandMember.objects.create(brand=bistro, member=ben)

    run = chosen("switch_off")

    assert (run.summary, run.failed) == ({"switched_off": 1}, 1)
    assert [Member.objects.get(pk=each.pk).is_active for each in (ana, ben)] == [False, True]
    assert undone(manager, run).summary == {"switched_back": 1}
    assert Member.objects.get(pk=ana.pk).is_active


def test_who_has_the_address_of_another_by_now_is_not_switched_on(chosen, cafe, ana):
    chosen("switch_off")
    create_member(cafe, name="New Ana", email="ana@example.com")

    run = chosen("switch_on", [ana])

    assert (run.failed, Member.objects.get(pk=ana.pk).is_active) == (1, False)


def test_a_note_is_written_about_each_and_deleted_when_that_is_undone(chosen, manager, ana, ben):
    run = chosen("note", text="Invite to the opening")

    assert {(note.text, note.author) for note in MemberNote.objects.all()} == {("Invite to the opening", manager)}
    assert MemberNote.objects.count() == 2
    assert "opening" not in str(run.arguments)
    undone(manager, run)
    assert not MemberNote.objects.exists()


class TestExport:
    def test_the_file_holds_the_chosen_columns_and_nothing_that_runs(self, chosen, chief_client, cafe, ana, ana_beans):
        create_member(cafe, external_id="evil", name="=HYPERLINK(1)")
        run = chosen("export", columns=["external_id", "name", "email", "cards"])

        taken = chief_client.get(reverse("admin:loyalty_run_file", args=[run.pk]))
        rows = list(csv.DictReader(StringIO(taken.content.decode("utf-8-sig"))))

        assert {row["name"] for row in rows} == {"Ana", "'=HYPERLINK(1)"}
        assert {row["cards"] for row in rows} == {ana_beans.card_number, ""}
        assert "attachment" in taken["Content-Disposition"]

    def test_who_may_not_export_neither_finds_the_act_nor_takes_the_file(self, chosen, barista, ana):
        run = chosen("export", columns=["name"])
        client = Client()
        client.force_login(barista)

        assert "bulk_export" not in client.get(reverse("admin:loyalty_member_changelist")).content.decode()
        assert client.get(reverse("admin:loyalty_run_file", args=[run.pk])).status_code == 403

    def test_all_that_the_search_finds_is_exported_and_nothing_of_another_brand(self, chief_client, cafe, bistro):
        ensure_members(cafe, [f"c-{n}" for n in range(60)])
        ensure_members(bistro, ["b-1"])
        page = chief_client.post(
            reverse("admin:loyalty_member_changelist"),
            {
                "action": "bulk_export",
                ACTION_CHECKBOX_NAME: [Member.objects.first().pk],
                "select_across": "1",
                "index": "0",
            },
        )
        chief_client.post(page["Location"], {"brand": cafe.pk, "reason": "x", "columns": ["external_id"]})

        run = Run.objects.get()
        assert (run.status, run.summary) == ("done", {"exported": 60})


def test_many_are_done_in_the_background_and_a_killed_worker_changes_nothing(chosen, cafe, beans, manager):
    ensure_members(cafe, [f"c-{n}" for n in range(1_200)])
    client = Client()
    client.force_login(manager)
    page = client.post(
        reverse("admin:loyalty_member_changelist"),
        {"action": "bulk_enrol", ACTION_CHECKBOX_NAME: ["x"], "select_across": "1", "index": "0"},
    )
    asked = client.get(page["Location"]).content.decode()
    client.post(page["Location"], {"brand": cafe.pk, "reason": "x", "program": beans.pk})
    run = Run.objects.get()

    assert "1,200" in asked
    assert run.status == "waiting"
    run = carry_on(run, seconds=0)
    assert (run.done, Membership.objects.count()) == (500, 500)
    run = carry_on(run, seconds=None)
    assert (run.status, run.summary, Membership.objects.count()) == ("done", {"enrolled": 1_200}, 1_200)


def test_the_confirmation_of_another_brand_is_not_found(chosen, chief_client, bistro, ana):
    person = Person.objects.create_user("chef@example.com", "correct horse battery")
    person.posts.create(brand=bistro, role="admin")
    run = operations.start("members.enrol", bistro, principal(person), {"members": 1}, file='{"ids": []}', is_held=True)

    assert chief_client.get(reverse("admin:loyalty_member_bulk", args=[run.pk])).status_code == 404
