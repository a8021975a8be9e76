"""The page of a member: what it shows to whom, that it asks the database a constant number of times, and what can be
done from it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger.models import Posting
from ledger.selectors import balances
from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity import notes, operations
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.models import BrandMember, Member, MemberNote, Person
from loyalty.identity.selectors import person_principal
from programs.activity.giving import Gift, deposit_many
from programs.activity.member_page.timeline import PAGE, timeline
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest, record_purchase
from programs.membership.assessing import reassess_tiers
from programs.membership.models import Membership, Tier
from programs.membership.operations import create_program, enrol, suspend

KEY = "5f4dcc3b-5aa7-4765-9e61-d8327deb8820"


@pytest.fixture
def as_barista(barista):
    client = Client()
    client.force_login(barista)
    return client


@pytest.fixture
def chief(manager):
    return person_principal(manager.id, token_version=manager.token_version)


def page_of(client, member, **query):
    return client.get(reverse("admin:loyalty_member_change", args=[member.pk]), query)


def give(membership, points, key, *, at=None):
    with clock.at(at or clock.now()):
        deposit_many(
            membership.program, [Gift(membership.account_id, points, key)], actor="system:test", reason=f"for {key}"
        )


def available(membership) -> int:
    return balances([membership.account_id])[membership.account_id].available


class TestWhatItShows:
    def test_points_tier_and_what_is_missing_for_the_next(self, as_barista, ana, ana_beans, beans):
        for code, points in (("first", 0), ("gold", 1_000)):
            Tier.objects.create(program=beans, code=code, name=code.title(), points_min=points)
        give(ana_beans, 400, "a")

        text = page_of(as_barista, ana).content.decode()

        assert "400" in text
        assert "600 more make Gold" in text
        assert ana_beans.card_number in text

    def test_contact_details_are_masked_until_somebody_asks_and_that_is_written_down(self, as_barista, ana, barista):
        assert "ana@example.com" not in page_of(as_barista, ana).content.decode()

        shown = as_barista.post(reverse("admin:loyalty_member_contact", args=[ana.pk])).content.decode()

        assert "ana@example.com" in shown
        told = Event.objects.get(type="member.contact_shown")
        assert (told.member_id, told.data) == (ana.pk, {"actor": f"person:{barista.pk}"})

    def test_a_member_without_anything_is_told_what_comes_next(self, as_barista, ben):
        text = page_of(as_barista, ben).content.decode()

        assert "takes part in no program of yours yet" in text
        assert "Nobody has written anything" in text
        assert "Nothing has happened yet" in text

    def test_another_brands_rows_of_a_shared_member_are_not_shown(
        self, as_barista, chief, cafe, bistro, ana, ana_beans
    ):
        wine = create_program(bistro, code="WINE", name="Wine Club", unit_name="corks")
        BrandMember.objects.create(brand=bistro, member=ana, external_id="bistro-7")
        give(enrol(wine, ana), 777, "bistro gift")
        notes.add_notes(bistro, [ana.pk], "a word of the bistro", author_id=None, actor="system:test")

        text = page_of(as_barista, ana).content.decode()

        assert not {word for word in ("bistro", "Bistro", "corks", "777", "Wine") if word in text}

    def test_a_stranger_is_not_found_and_a_partner_has_no_such_page(self, as_barista, bistro, cafe, ana):
        stranger = operations.create_member(bistro, name="Stranger")
        partner = Person.objects.create_user("till@example.com", "correct horse battery")
        partner.posts.create(brand=cafe, role="partner")
        client = Client()
        client.force_login(partner)

        assert page_of(as_barista, stranger).status_code == 404
        assert page_of(client, ana).status_code in (403, 404)

    def test_it_asks_the_database_as_often_for_much_as_for_little(self, as_barista, cafe, ana, ben, ana_beans, chief):
        page_of(as_barista, ben)
        for n in range(60):
            give(ana_beans, 10, f"g{n}")
        for n in range(4):
            program = create_program(cafe, code=f"P{n}", name=f"Program {n}")
            give(enrol(program, ana), 5, f"p{n}")
            notes.add_note(chief, cafe, ana.pk, f"note {n}")
        counted = []
        for member in (ana, ana):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert page_of(as_barista, member).status_code == 200
            counted.append(len(queries))

        assert counted[1] <= 43, counted


class TestTheTimeLine:
    def test_everything_stands_there_once_whatever_the_size_of_the_pages(self, cafe, ana, ana_beans):
        start = clock.now() - timedelta(days=200)
        for n in range(75):
            give(ana_beans, 1, f"g{n:02}", at=start + timedelta(days=n // 3))
        parts = list(Membership.objects.select_related("program__unit"))

        seen, before = [], ""
        while True:
            page = timeline(ana.pk, parts, {cafe.pk}, kind="points", before=before)
            seen += [moment.details[0] for moment in page.moments]
            before = page.older
            if not before:
                break

        assert len(seen) == 75
        assert sorted(seen) == [f"for g{n:02}" for n in range(75)]
        assert seen[0] == "for g74"

    def test_a_rise_and_a_fall_of_the_tier_stand_where_they_happened(self, cafe, ana, ana_beans, beans):
        for code, points in (("first", 0), ("gold", 100)):
            Tier.objects.create(program=beans, code=code, name=code.title(), points_min=points)
        beginning = clock.now() - timedelta(days=500)
        give(ana_beans, 150, "much", at=beginning)
        reassess_tiers(at=clock.now())
        parts = list(Membership.objects.select_related("program__unit"))

        moments = timeline(ana.pk, parts, {cafe.pk}, kind="tiers").moments

        assert [moment.title for moment in moments] == ["Fell to First", "Rose to Gold"]
        assert moments[1].at == beginning
        assert (moments[0].at - beginning).days in (365, 366)

    def test_older_lines_come_as_a_part_of_a_page(self, as_barista, ana, ana_beans):
        for n in range(PAGE + 5):
            give(ana_beans, 1, f"g{n:02}")
        first = page_of(as_barista, ana, kind="points")
        (older,) = re.findall(r"before=([\w=-]+)", first.content.decode())

        rest = as_barista.get(
            reverse("admin:loyalty_member_change", args=[ana.pk]), {"kind": "points", "before": older},
            headers={"X-Fragment": "timeline"},
        )  # fmt: skip

        text = rest.content.decode()
        assert "<html" not in text
        assert (text.count("Points given"), "before=" in text) == (5, False)

    @pytest.mark.parametrize("before", ["x", "====", "Zm9v", "MjAyNi0xMS0yMXxhYmM="])
    def test_a_place_that_is_none_is_the_beginning(self, as_barista, ana, ana_beans, before):
        give(ana_beans, 1, "a")

        assert "for a" in page_of(as_barista, ana, before=before).content.decode()

    def test_a_purchase_is_told_with_its_amount(self, as_barista, chief, ana, ana_beans, beans):
        record_purchase(
            chief,
            PurchaseRequest(
                names=Names(str(beans.id), str(ana.id)), amount_minor=1250, currency="EUR", reference="R-9"
            ),
        )

        text = page_of(as_barista, ana, kind="purchases").content.decode()

        assert "R-9" in text
        assert "+12" in text


class TestNotes:
    def add(self, client, member, text):
        return client.post(reverse("admin:loyalty_member_note", args=[member.pk]), {"text": text})

    def test_a_note_is_added_changed_and_deleted_by_whoever_wrote_it(self, as_barista, ana):
        self.add(as_barista, ana, "Likes oat milk")
        note = MemberNote.objects.get()
        change = reverse("admin:loyalty_member_note_change", args=[ana.pk])

        assert "Likes oat milk" in page_of(as_barista, ana).content.decode()
        as_barista.post(change, {"note": note.pk, "text": "Likes soy milk"})
        assert MemberNote.objects.get().text == "Likes soy milk"
        as_barista.post(change, {"note": note.pk, "delete": "1"})
        assert not MemberNote.objects.exists()
        assert list(Event.objects.filter(type__startswith="note").order_by("id").values_list("type", flat=True)) == [
            "note.added", "note.changed", "note.removed",
        ]  # fmt: skip

    def test_a_colleagues_note_is_not_changed_and_only_an_admin_deletes_it(self, as_barista, manager, cafe, ana, chief):
        note = notes.add_note(chief, cafe, ana.pk, "Written by the manager")
        change = reverse("admin:loyalty_member_note_change", args=[ana.pk])

        as_barista.post(change, {"note": note.pk, "text": "Overwritten"})
        as_barista.post(change, {"note": note.pk, "delete": "1"})
        assert MemberNote.objects.get().text == "Written by the manager"

        self.add(as_barista, ana, "Written by the barista")
        boss = Client()
        boss.force_login(manager)
        boss.post(change, {"note": MemberNote.objects.exclude(pk=note.pk).get().pk, "delete": "1"})
        assert MemberNote.objects.get() == note

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2_001])
    def test_a_note_says_something_and_not_too_much(self, as_barista, ana, text):
        self.add(as_barista, ana, text)

        assert not MemberNote.objects.exists()


class TestActsOnPoints:
    def press(self, client, name, membership, **form):
        address = reverse(f"admin:programs_membership_{name}", args=[membership.pk])
        return client.post(address, {"request_key": KEY, "reason": "a good one"} | form)

    def test_points_are_given_once_however_often_the_button_is_pressed(self, as_barista, ana, ana_beans):
        first = self.press(as_barista, "give", ana_beans, points=50)
        self.press(as_barista, "give", ana_beans, points=50)

        assert available(ana_beans) == 50
        assert first["Location"] == reverse("admin:loyalty_member_change", args=[ana.pk])

    def test_a_large_gift_waits_for_a_second_person(self, as_barista, ana_beans, cafe):
        page = self.press(as_barista, "give", ana_beans, points=cafe.approval_points_min)

        assert page.status_code == 302
        assert available(ana_beans) == 0
        assert ApprovalRequest.objects.get().payload["points"] == cafe.approval_points_min

    def test_points_are_redeemed_for_the_member_as_far_as_they_have_them(self, as_barista, ana_beans):
        give(ana_beans, 100, "a")
        self.press(as_barista, "redeem", ana_beans, points=30)
        too_many = self.press(as_barista, "redeem", ana_beans, points=71, request_key=KEY.replace("5", "6"))

        assert available(ana_beans) == 70
        assert "too few points" in too_many.content.decode()

    @pytest.mark.parametrize("form", [{"points": 0}, {"points": -5}, {"points": "1.5"}, {"points": 5, "reason": ""}])
    def test_what_makes_no_sense_is_said_at_the_field(self, as_barista, ana_beans, form):
        assert self.press(as_barista, "give", ana_beans, **form).status_code == 200
        assert available(ana_beans) == 0

    def test_a_suspended_card_has_no_such_buttons(self, as_barista, ana, ana_beans):
        suspend(ana_beans)

        assert self.press(as_barista, "give", ana_beans, points=5).status_code == 403
        assert "Give points" not in page_of(as_barista, ana).content.decode()

    def test_goods_that_come_back_take_their_points_back(self, as_barista, chief, ana, ana_beans, beans):
        names = Names(str(beans.id), str(ana.id))
        record_purchase(chief, PurchaseRequest(names=names, amount_minor=1000, currency="EUR", reference="R-1"))
        posting = Posting.objects.get(kind="earn")

        as_barista.post(
            reverse("admin:ledger_posting_take_return", args=[posting.pk]),
            {"request_key": KEY, "reason": "broken", "amount": "4.00"},
        )

        assert available(ana_beans) == 6


def test_the_profile_is_changed_on_a_page_of_its_own(as_barista, ana):
    edit = reverse("admin:loyalty_member_edit", args=[ana.pk])
    form = as_barista.get(edit).context["adminform"].form
    values = {bound.html_name: bound.value() or "" for bound in form}

    done = as_barista.post(edit, values | {"name": "Ana B"})

    assert done["Location"] == reverse("admin:loyalty_member_change", args=[ana.pk])
    assert Member.objects.get().name == "Ana B"
