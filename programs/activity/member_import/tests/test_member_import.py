"""Members out of a file: what is guessed, told, taken and refused; and that the same file again changes nothing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ledger.selectors import balances
from loyalty.events.models import Event
from loyalty.identity.models import BrandMember, Member
from loyalty.identity.privacy.models import ConsentChange
from loyalty.identity.selectors import person_principal
from loyalty.runs import operations
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from programs.activity.member_import.columns import guess
from programs.activity.member_import.work import KIND
from programs.membership.models import Membership

HEADER = "Customer number;Name;E-mail;Mobile;Date of birth;City;Consent newsletter;Points\n"
FILE = HEADER + (
    "c-1;Cleo Patra;Cleo@Example.com;06 12345678;31/12/1990;Utrecht;yes;500\n"
    "c-2;Dora;;+44 20 7946 0958;;;no;\n"
    "ana;Ana;ana@example.com;;;;;250\n"
)


@pytest.fixture
def chief(manager):
    return person_principal(manager.id, token_version=manager.token_version)


@pytest.fixture
def taken(cafe, chief, beans):
    """A function that takes a file in, or tells what it would do."""
    columns = {
        "customer_number": "external_id", "name": "name", "e-mail": "email", "mobile": "phone",
        "date_of_birth": "birth_date", "city": "city", "consent_newsletter": "consent:newsletter",
        "points": "opening_balance",
    }  # fmt: skip

    def take(text, *, is_dry_run=False, **arguments):
        asked = {"columns": columns, "country": "NL", "dates": "dmy", "points_program": str(beans.id)} | arguments
        run = operations.start(KIND, cafe, chief, asked, file=text, is_dry_run=is_dry_run, reason="the old shop")
        return carry_on(run, seconds=None)

    return take


def counts(run) -> dict:
    return {name: count for name, count in run.summary.items() if not name.startswith("_")} | {"refused": run.failed}


def points_of(external_id, brand) -> int:
    membership = Membership.objects.get(member__known_to__external_id=external_id, member__known_to__brand=brand)
    return balances([membership.account_id])[membership.account_id].available


class TestWhatIsTaken:
    def test_members_are_entered_with_all_that_the_row_says(self, taken, cafe, ana, ana_beans):
        run = taken(FILE)

        cleo = BrandMember.objects.get(brand=cafe, external_id="c-1").member
        assert run.status == "done", run.fault
        assert counts(run) == {"created": 2, "changed": 1, "enrolled": 1, "points": 750, "refused": 0}
        assert (cleo.name, cleo.email, cleo.phone) == ("Cleo Patra", "cleo@example.com", "+31612345678")
        assert (cleo.birth_date.isoformat(), cleo.address) == ("1990-12-31", {"city": "Utrecht"})
        assert (cleo.consents, cleo.created_by) == ({"newsletter": True}, cafe)
        assert points_of("c-1", cafe) == 500
        assert points_of("ana", cafe) == 250
        assert Run.objects.get(pk=run.pk).file == ""

    def test_the_same_file_again_changes_nothing(self, taken, ana, ana_beans):
        taken(FILE)
        before = (Event.objects.filter(type__startswith="member").count(), Member.objects.count())

        run = taken(FILE)

        assert counts(run) == {"unchanged": 3, "refused": 0}
        assert (Event.objects.filter(type__startswith="member").count(), Member.objects.count()) == before

    def test_a_dry_run_tells_the_same_and_changes_nothing(self, taken, ana, ana_beans):
        told = taken(FILE, is_dry_run=True)

        assert Member.objects.count() == 1
        assert counts(told) == counts(taken(FILE))

    def test_members_are_changed_to_what_the_file_says_and_found_by_it(self, taken, cafe):
        taken(FILE)
        run = taken(HEADER + "c-1;Cleo P.;new@example.com;;;;no;\n")

        cleo = BrandMember.objects.get(brand=cafe, external_id="c-1")
        assert counts(run) == {"changed": 1, "refused": 0}
        assert (cleo.member.name, cleo.member.email, cleo.member.phone) == (
            "Cleo P.",
            "new@example.com",
            "+31612345678",
        )
        assert cleo.member.consents == {"newsletter": False}
        assert cleo.email_index == BrandMember._meta.get_field("email_index").index_of("new@example.com", cafe.id)
        assert list(ConsentChange.objects.order_by("id").values_list("purpose", "is_given")) == [
            ("newsletter", True), ("newsletter", False),
        ]  # fmt: skip

    def test_members_known_already_can_be_left_as_they_are(self, taken, cafe):
        taken(FILE)
        run = taken(HEADER + "c-1;Somebody else;;;;;;\n", existing="skip")

        assert counts(run) == {"unchanged": 1, "refused": 0}
        assert BrandMember.objects.get(brand=cafe, external_id="c-1").member.name == "Cleo Patra"

    def test_everybody_can_be_enrolled(self, taken, beans):
        run = taken(FILE, enrol=[str(beans.id)])

        assert run.summary["enrolled"] == 3
        assert Membership.objects.filter(program=beans).count() == 3


ROWS = {
    "no id": (";A;;;;;;", "external_id", "required"),
    "an id that cannot be one": ("a/b;A;;;;;;", "external_id", "invalid"),
    "an id twice": ("c-0;A;;;;;;\nc-0;B;;;;;;", "external_id", "duplicate"),
    "no e-mail address": ("c-1;A;at home;;;;;", "email", "invalid"),
    "an address that another has": ("c-1;A;ana@example.com;;;;;", "email", "email-taken"),
    "an address twice": ("c-0;A;same@example.com;;;;;\nc-1;B;SAME@example.com;;;;;", "email", "email-taken"),
    "no phone": ("c-1;A;;call me;;;;", "phone", "invalid"),
    "no date": ("c-1;A;;;1990-13-13;;;", "birth_date", "invalid"),
    "a birth in the future": ("c-1;A;;;01/01/2999;;;", "birth_date", "out-of-range"),
    "a consent that is neither": ("c-1;A;;;;;perhaps;", "newsletter", "invalid"),
    "half a point": ("c-1;A;;;;;;1.5", "opening_balance", "invalid"),
    "points less than none": ("c-1;A;;;;;;-5", "opening_balance", "invalid"),
    "digits of another script": ("c-1;A;;;;;;\u0667", "opening_balance", "invalid"),
    "too many cells": ("c-1;A;;;;;;;;", "", "unreadable"),
    "a name without end": (f"c-1;{'A' * 121};;;;;;", "name", "too-long"),
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("is_dry_run", [True, False], ids=["dry", "real"])
def test_a_row_that_cannot_be_right_is_refused_and_the_rest_goes_in(taken, ana, name, is_dry_run):
    row, field, code = ROWS[name]

    run = taken(HEADER + row + "\nc-9;Right;;;;;;\n", is_dry_run=is_dry_run)

    assert run.status == "done"
    assert [(mistake["field"], mistake["code"]) for mistake in run.mistakes] == [(field, code)]
    assert run.failed == 1
    assert run.summary["created"] >= 1
    assert "call me" not in str(run.mistakes)


def test_an_opening_balance_is_given_once(taken):
    taken(FILE)

    run = taken(FILE.replace(";500", ";900"))

    assert [(m["row"], m["field"], m["detail"]) for m in run.mistakes] == [
        (2, "opening_balance", "Another opening balance was given to this member before.")
    ]


def test_a_member_whom_another_brand_entered_keeps_their_profile(taken, bistro, cafe):
    guest = Member.objects.create(name="Guest", created_by=bistro)
    BrandMember.objects.create(brand=cafe, member=guest, external_id="g-1")

    run = taken(HEADER + "g-1;Another name;;;;;;\n")

    guest.refresh_from_db()
    assert (guest.name, run.mistakes[0]["code"]) == ("Guest", "profile-belongs-to-member")


def test_a_large_file_is_taken_up_where_a_killed_worker_left_it(taken, cafe, chief, beans):
    text = "id\n" + "".join(f"m-{n}\n" for n in range(1_200)) + "m-3\n"
    run = operations.start(KIND, cafe, chief, {"columns": {"id": "external_id"}, "enrol": [str(beans.id)]}, file=text)
    run = carry_on(run, seconds=0)
    assert (run.done, run.status) == (500, "running")

    run = carry_on(run, seconds=None)

    assert counts(run) == {"created": 1_200, "enrolled": 1_200, "refused": 1}
    assert run.mistakes == [
        {"row": 1202, "field": "external_id", "code": "duplicate", "detail": "The same external id stands in row 5."}
    ]


def test_what_is_only_told_keeps_every_address_of_the_file_in_mind(cafe, chief):
    text = "id,mail\n" + "".join(f"m-{n},m{n}@example.com\n" for n in range(1_200)) + "m-x,m3@example.com\n"
    asked = {"columns": {"id": "external_id", "mail": "email"}}
    run = operations.start(KIND, cafe, chief, asked, file=text, is_dry_run=True)

    run = carry_on(run, seconds=0)

    assert run.status == "done"
    assert [(mistake["row"], mistake["code"]) for mistake in run.mistakes] == [(1202, "email-taken")]


def test_columns_are_guessed_by_their_names():
    assert guess(["customer_number", "e-mail", "mobile", "shoe_size", "consent_sms", "email"]) == {
        "customer_number": "external_id", "e-mail": "email", "mobile": "phone", "shoe_size": "",
        "consent_sms": "consent:sms", "email": "",
    }  # fmt: skip


class TestThePages:
    @pytest.fixture
    def chief_client(self, manager):
        client = Client()
        client.force_login(manager)
        return client

    def send(self, client, cafe, text: str | bytes):
        file = SimpleUploadedFile("members.csv", text if isinstance(text, bytes) else text.encode())
        return client.post(reverse("admin:loyalty_member_import_members"), {"brand": cafe.pk, "file": file})

    def test_a_file_goes_from_the_form_to_the_books(self, chief_client, cafe, beans):
        page = self.send(chief_client, cafe, FILE)
        asked = chief_client.get(page["Location"])
        guessed = {f"column_{n}": field.initial for n, field in enumerate(asked.context["form"].columns())}
        told = chief_client.post(
            page["Location"],
            guessed
            | {"existing": "update", "country": "NL", "dates": "dmy", "points_program": beans.pk, "reason": "x"},
        )
        shown = chief_client.get(told["Location"])
        run = Run.objects.get()

        assert "Cleo Patra" in asked.content.decode()
        assert (run.status, run.is_dry_run, counts(run)) == (
            "done", True, {"created": 3, "enrolled": 2, "points": 750, "refused": 0}
        )  # fmt: skip
        assert "Do it for real" in shown.content.decode()
        assert not Member.objects.exists()

        done = chief_client.post(reverse("admin:loyalty_run_run_for_real", args=[run.pk]), {"request_key": "0" * 32})
        real = Run.objects.get(is_dry_run=False)
        carry_on(real, seconds=None)
        assert done["Location"] == reverse("admin:loyalty_run_change", args=[real.pk])
        assert Member.objects.count() == 3

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("\n", "must name the columns"),
            ("id;name\n", "no rows below"),
            (b"PK\x03\x04zip", "workbook or a packed file"),
            ("id;name\nx\x00;y\n", "NUL"),
            ("id;name\n\u00e9;y\n".encode("latin-1"), "not UTF-8"),
            (";".join(f"c{n}" for n in range(100)) + "\nx\n", "more than 64 columns"),
            ("id\n" + "x\n" * 100_001, "more than 100,000 rows"),
        ],
    )
    def test_a_file_that_cannot_be_read_is_refused_in_words(self, chief_client, cafe, text, problem):
        page = self.send(chief_client, cafe, text)

        assert problem in page.content.decode()
        assert not Run.objects.exists()

    def test_staff_who_may_not_import_find_no_door(self, barista, cafe):
        client = Client()
        client.force_login(barista)

        assert client.get(reverse("admin:loyalty_member_import_members")).status_code == 403
        assert "/member/import" not in client.get(reverse("admin:loyalty_member_changelist")).content.decode()

    def test_a_file_of_another_brand_is_not_found(self, chief_client, bistro):
        run = Run.objects.create(brand=bistro, kind=KIND, is_dry_run=True, file="id\nx\n", arguments={"rows": 1})

        assert chief_client.get(reverse("admin:loyalty_member_columns", args=[run.pk])).status_code == 404
