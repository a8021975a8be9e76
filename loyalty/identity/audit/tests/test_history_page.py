"""The history in the portal: who reads what of it, in which words, and how it is taken out."""

import csv
import json
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.events.models import Event
from loyalty.history.acting import acting
from loyalty.history.models import Change
from loyalty.history.tracking import KINDS
from loyalty.identity.audit.pages import PAGE
from loyalty.identity.audit.selectors import Asked, find_changes
from loyalty.identity.audit.values import label_of
from loyalty.identity.keys import create_server_key
from loyalty.identity.models import Brand, BrandMember, Member, Person, Staff
from programs.membership.models import Program

pytestmark = pytest.mark.django_db


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def chief(manager):
    Person.objects.filter(pk=manager.pk).update(name="Ana Admin")
    return signed_in(manager)


def told(page) -> list[str]:
    """The sentences on the page."""
    return [row.told.text for row in page.context["rows"]]


def read(client, **asked):
    page = client.get(reverse("admin:history"), asked)
    assert page.status_code == 200
    return page


def name_of(kind, column) -> str:
    """What the forms call the field."""
    return label_of(KINDS[kind], column)


def by(person, reason=""):
    return acting(actor=f"person:{person.pk}", reason=reason)


def test_a_change_is_told_in_words_with_who_made_it_from_where_and_why(chief, manager, beans):
    address = reverse("admin:programs_program_change", args=[beans.pk])
    form = chief.get(address).context["adminform"].form
    sent = {name: value for name, value in form.initial.items() if value is not None} | {"earn_points": 2}
    inline = {f"tiers-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}
    assert chief.post(address, sent | inline, REMOTE_ADDR="10.0.0.1").status_code == 302

    row = read(chief, kind="programs.program", action="update").context["rows"][0]

    assert (
        row.told.text
        == f"Ana Admin changed the {name_of('programs.program', 'earn_points')} of program BEANS from 1 to 2"
    )
    assert (row.source, row.told.address, row.told.actor) == ("Portal", "10.0.0.1", f"person:{manager.pk}")


def test_the_reason_stands_beside_it(chief, manager, cafe):
    with by(manager, "They moved, 100 %"):
        Brand.objects.filter(pk=cafe.pk).update(country="NL", name="Kaffee")
    page = read(chief, kind="loyalty.brand")

    assert told(page)[0] == "Ana Admin changed the name and country of brand cafe"
    assert "They moved, 100 %" in page.content.decode()
    assert [str(each) for each in page.context["rows"][0].told.differences] == [
        "name: Cafe → Kaffee", "country: nothing → NL",
    ]  # fmt: skip


def test_secrets_and_personal_data_are_not_shown(chief, manager, barista, cafe, ana):
    barista.set_password("another horse battery")
    barista.save()
    create_server_key(cafe, name="till", scopes=["read"])
    with by(manager):
        member = Member.objects.get(pk=ana.pk)
        member.phone, member.name, member.consents = "+31612345678", "Ana Secret", {"email": True}
        member.save()
        member.name = "Ana"
        member.save()
    page = read(chief).content.decode()

    assert "changed the password of" in page
    for secret in ("+316", "Ana Secret", "argon2", "another horse"):
        assert secret not in page
    changed = next(row.told for row in read(chief, kind="loyalty.member").context["rows"] if row.told.differences[1:])
    assert {each.label: each.after for each in changed.differences}["consents"] == "email: yes"


def test_a_brand_reads_its_own_history_only(chief, operator, cafe, bistro):
    Brand.objects.filter(pk=bistro.pk).update(name="Stranger")

    assert not any("bistro" in each for each in told(read(chief)))
    assert any("bistro" in each for each in told(read(signed_in(operator))))


@pytest.mark.parametrize("role", ["staff", "partner"])
def test_whoever_is_no_admin_reads_none(barista, beans, role):
    Staff.objects.filter(person=barista).update(role=role)
    client = signed_in(barista)

    assert client.get(reverse("admin:history")).status_code == 403
    assert client.post(reverse("admin:history_export"), {"format": "csv"}).status_code == 403
    assert client.get(reverse("admin:programs_program_history", args=[beans.pk])).status_code == 403


def test_of_a_shared_member_a_brand_does_not_learn_who_elsewhere_changed_it(chief, ana, bistro):
    other = Person.objects.create_user("other@bistro.example", "correct horse battery", name="Otto")
    Staff.objects.create(person=other, brand=bistro, role="staff")
    BrandMember.objects.create(brand=bistro, member=ana, external_id="b-1")
    with by(other, "Otto met her"):
        Member.objects.filter(pk=ana.pk).update(is_active=False)
    page = read(chief, kind="loyalty.member")

    changed = name_of("loyalty.member", "is_active")
    assert told(page) == [f"Somebody else changed the {changed} of member Ana from yes to no"]
    assert "Otto" not in page.content.decode()
    assert str(other.pk) not in page.content.decode()


@pytest.mark.parametrize("others", [1, 2, 3, 4])
def test_a_change_of_what_many_brands_share_stands_once_in_the_history_of_each(ana, cafe, others):
    brands = [Brand.objects.create(code=f"b{n}", name=f"B{n}") for n in range(others)]
    for brand in brands:
        BrandMember.objects.create(brand=brand, member=ana)
    Member.objects.filter(pk=ana.pk).update(is_active=False)
    for asked in ([cafe.pk], *([brand.pk] for brand in brands), [cafe.pk, *(brand.pk for brand in brands)]):
        found = find_changes(asked, Asked(kind="loyalty.member"), limit=9)
        assert [line.object_id for line in found] == [str(ana.pk)]
    assert find_changes([Brand.objects.create(code="z", name="Z").pk], Asked(kind="loyalty.member"), limit=9) == []


def test_an_operator_is_not_named_to_a_brand(chief, operator, cafe):
    Person.objects.filter(pk=operator.pk).update(name="Olga")
    with by(operator):
        Brand.objects.filter(pk=cafe.pk).update(name="Kaffee")

    assert told(read(chief, kind="loyalty.brand"))[0].startswith("An operator of the platform changed the name")


class TestNarrowing:
    @pytest.fixture
    def changed(self, manager, barista, cafe, beans):
        with by(manager):
            Brand.objects.filter(pk=cafe.pk).update(name="By the manager")
        with by(barista):
            Program.objects.filter(pk=beans.pk).update(name="By the barista")
        with acting(actor="job:tidy", via="job:tidy"):
            Brand.objects.filter(pk=cafe.pk).update(name="By a job")

    @pytest.mark.parametrize(("asked", "count"), [
        ({"actor": "manager@cafe.example"}, 1), ({"kind": "programs.program", "action": "update"}, 1),
        ({"source": "job"}, 1), ({"source": "job", "kind": "loyalty.brand", "action": "update"}, 1),
        ({"source": "api"}, 0), ({"first_day": "2001-01-01", "last_day": "2001-01-02"}, 0), ({"action": "delete"}, 0),
    ])  # fmt: skip
    def test_by_who_what_when_and_from_where(self, chief, manager, changed, asked, count):
        manager.email = "manager@cafe.example"
        manager.save()
        asked = {"first_day": "2020-01-01"} | asked
        rows = [each for each in told(read(chief, **asked)) if "e-mail" not in each and "changed the email" not in each]

        assert len(rows) == count

    def test_nobody_is_found_by_a_strangers_address(self, chief, changed):
        Person.objects.create_user("stranger@example.com", "correct horse battery")
        page = read(chief, actor="stranger@example.com")

        assert (told(page), page.context["is_nobody"]) == ([], True)

    def test_what_cannot_be_read_is_said(self, chief, changed):
        page = read(chief, first_day="2026-02-02", last_day="2026-02-01")

        assert "It ends before it begins." in page.content.decode()

    def test_an_object_has_its_own(self, chief, changed, beans):
        page = chief.get(reverse("admin:programs_program_history", args=[beans.pk]))

        assert told(page)[0].endswith("to By the barista")
        assert all("program BEANS" in each for each in told(page))

    def test_an_object_without_changes_says_so(self, chief, ana):
        page = chief.get(reverse("admin:loyalty_member_history", args=[ana.pk])).content.decode()

        assert "Nothing was changed yet" in page

    def test_of_what_has_no_history_there_is_no_page(self, chief, ana_beans):
        at = reverse("admin:ledger_account_history", args=[ana_beans.account_id])
        assert chief.get(at).status_code == 404


def test_pages_follow_each_other_without_a_gap_or_a_repeat(chief, cafe):
    for n in range(PAGE + 20):
        Brand.objects.filter(pk=cafe.pk).update(name=f"N{n}")
    first = read(chief)
    second = chief.get(f"{reverse('admin:history')}?{first.context['older']}")
    seen = [row.told.id for page in (first, second) for row in page.context["rows"]]

    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == len(seen) == Change.objects.filter(brand_ids__contains=[cafe.pk]).count()
    assert chief.get(f"{reverse('admin:history')}?after=x").status_code == 404


def test_a_page_takes_as_many_queries_for_many_changes_as_for_few(chief, cafe, beans, django_assert_max_num_queries):
    for n in range(40):
        Brand.objects.filter(pk=cafe.pk).update(name=f"N{n}")
        Program.objects.filter(pk=beans.pk).update(name=f"P{n}")
    read(chief)
    with django_assert_max_num_queries(20):
        read(chief)


class TestTakingItOut:
    def test_as_csv_without_formulas(self, chief, manager, cafe):
        with by(manager, "=HYPERLINK(1)"):
            Brand.objects.filter(pk=cafe.pk).update(name="@sum")
        answer = chief.post(f"{reverse('admin:history_export')}?kind=loyalty.brand&action=update", {"format": "csv"})
        (row,) = csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))

        assert (row["who"], row["reason"], row["changes"]) == ("Ana Admin", "'=HYPERLINK(1)", "name: Cafe → @sum")

    def test_as_json_with_members_as_ids(self, chief, manager, ana):
        with by(manager):
            Member.objects.filter(pk=ana.pk).update(is_active=False)
        answer = chief.post(f"{reverse('admin:history_export')}?kind=loyalty.member", {"format": "json"})
        (change,) = json.loads(b"".join(answer.streaming_content))

        changed = name_of("loyalty.member", "is_active")
        assert change["text"] == f"Ana Admin changed the {changed} of member {ana.pk} from yes to no"

    def test_an_empty_one_is_an_empty_list(self, chief, cafe):
        answer = chief.post(f"{reverse('admin:history_export')}?action=delete", {"format": "json"})

        assert json.loads(b"".join(answer.streaming_content)) == []

    def test_that_it_was_taken_out_is_an_event(self, chief, manager, cafe):
        chief.post(reverse("admin:history_export"), {"format": "csv"})

        event = Event.objects.get(type="history.exported")
        assert (event.brand_id, event.data["actor"]) == (cafe.pk, f"person:{manager.pk}")


class TestApi:
    def test_changes_are_listed_page_by_page(self, manager_client, manager, cafe):
        for n in range(5):
            with by(manager, f"r{n}"):
                Brand.objects.filter(pk=cafe.pk).update(name=f"N{n}")
        first = manager_client.get("/api/history?kind=loyalty.brand&action=update&page_size=3").json()
        second = manager_client.get(first["next"]).json()
        back = manager_client.get(second["previous"]).json()

        assert [each["reason"] for each in first["results"] + second["results"]] == ["r4", "r3", "r2", "r1", "r0"]
        assert back["results"] == first["results"]
        assert first["results"][0]["differences"] == [{"field": "name", "before": "N3", "after": "N4"}]

    def test_only_admins_and_operators_read_it(self, barista_client, ana_client, api, operator_client, cafe, bistro):
        assert [each.get("/api/history").status_code for each in (barista_client, ana_client, api)] == [403] * 3
        assert operator_client.get(f"/api/history?brand_id={bistro.pk}").json()["results"][0]["object_id"] == str(
            bistro.pk
        )

    def test_another_brands_are_not_there(self, manager_client, bistro):
        assert manager_client.get(f"/api/history?brand_id={bistro.pk}").json()["results"] == []

    @pytest.mark.parametrize("cursor", ["x", "W2ZhbHNlLFsieCIsInkiXV0", "W2ZhbHNlLFsiMSJdXQ"])
    def test_a_cursor_of_ones_own_making_is_refused(self, manager_client, cursor):
        assert manager_client.get(f"/api/history?cursor={cursor}").status_code == 400
