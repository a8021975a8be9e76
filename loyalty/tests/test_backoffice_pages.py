"""Pages of the admin portal that work something out: the first page, the statement, and lists that stay quick."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger.models import Posting, Seal
from ledger.posting import UNTIL_RELEASED, LotTerms
from loyalty import clock
from loyalty.identity import keys, operations
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.models import Location, Member, Person, ServerKey, Staff
from loyalty.tests.backoffice_world import PASSWORD, PATH_TO_BRAND, addresses, build_house, logged_in, move
from programs.activity.models import Purchase, Return
from programs.membership.enrolment import enrol
from programs.membership.models import Program, Tier
from programs.membership.operations import create_program
from programs.membership.statements import statement
from programs.rewards.models import Reward
from programs.rewards.offline.models import OfflineScan
from programs.rewards.stamps.models import StampCard

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def tavern(db):
    """A brand with 400 earned, 50 redeemed and 20 on hold, all on 10 March 2026 at noon."""
    with clock.at(NOON):
        house = build_house("tavern")
        yield house


def first_page(house, who="admin", **asked):
    return logged_in(house.people[who]).get(reverse("admin:index"), asked)


def statement_page(house, **asked):
    at = reverse("admin:programs_membership_statement", args=[house.membership.pk])
    return logged_in(house.people["staff"]).get(at, asked)


def figures_on(page) -> dict:
    """What the first page shows of a program; {} when it shows none."""
    return next((panel.facts for panel in page.context["panels"] if panel.template == "admin/home_figures.html"), {})


class TestFirstPage:
    def test_it_shows_today_beside_the_same_weekday_by_the_same_time(self, tavern):
        move(tavern, "earn", 200, "old", at=NOON - timedelta(days=7), expires_at=NOON + timedelta(days=20))
        page = first_page(tavern)
        told = {tile["title"]: (tile["figure"], tile["told"]) for tile in figures_on(page)["tiles"]}

        assert told == {
            "Given today": (400, "100 % more than last Tuesday by this time (200)"),
            "Redeemed today": (50, "none last Tuesday by this time"),
            "Members active today": (1, "as last Tuesday by this time"),
            "New members today": (2, "none last Tuesday by this time"),
            "Liability": (550, "can still be spent, 200 expire within 30 days"),
            "Members": (2, "take part in Tavern Club"),
        }
        assert sorted(each.told for each in page.context["waiting"]) == [
            "1 event of your systems failed",
            "1 redemption off line waits for your decision",
            "1 request waits for your decision",
        ]

    def test_days_are_those_of_the_programs_time_zone(self, tavern):
        Program.objects.update(timezone="Pacific/Kiritimati")

        assert figures_on(first_page(tavern))["figures"].days[-1].day == date(2026, 3, 11)

    def test_another_program_of_the_brand_can_be_chosen(self, tavern):
        create_program(tavern.brand, code="EMPTY", name="Empty")
        page = first_page(tavern, program="EMPTY")

        assert figures_on(page)["program"].code == "EMPTY"
        assert "Nothing was given or redeemed" in page.content.decode()

    def test_the_chart_can_be_read_as_a_table(self, tavern):
        page = first_page(tavern).content.decode()

        assert '<th scope="row">Tue 10 Mar</th><td class="amount">400</td><td class="amount">50</td>' in page

    def test_it_takes_few_queries(self, tavern, django_assert_max_num_queries):
        client = logged_in(tavern.people["admin"])
        client.get(reverse("admin:index"))
        with django_assert_max_num_queries(30):
            client.get(reverse("admin:index"))

    def test_partners_get_a_till_and_no_figures(self, tavern):
        page = first_page(tavern, "partner")

        assert figures_on(page) == {}
        assert "Whose card is it?" in page.content.decode()
        assert "Liability" not in page.content.decode()

    def test_operators_get_the_state_of_the_platform(self, tavern, operator):
        page = logged_in(operator).get(reverse("admin:index")).content.decode()

        assert "The worker seals them" in page
        assert "Tavern Brand" in page


class TestStatement:
    def test_months_open_where_the_last_one_closed(self, tavern):
        move(tavern, "earn", 100, "feb", at=NOON - timedelta(days=30))
        told = statement(tavern.membership)

        assert [(m.month.month, m.opening, m.came, m.went, m.closing) for m in told.months] == [
            (3, 100, 400, 70, 430),
            (2, 0, 100, 0, 100),
        ]

    def test_lines_carry_the_balance_they_left(self, tavern):
        told = statement(tavern.membership)

        assert [(line.posting.kind, line.posting.points, line.balance) for line in told.lines] == [
            ("earn", 400, 400),
            ("redeem", -50, 350),
            ("hold", -20, 330),
        ]

    def test_what_happened_earlier_stands_earlier_whenever_it_came_into_the_books(self, tavern):
        move(tavern, "earn", 10, "late", at=NOON - timedelta(days=2))

        assert [line.balance for line in statement(tavern.membership).lines] == [10, 410, 360, 340]

    def test_months_are_those_of_the_programs_calendar(self, tavern):
        Program.objects.update(timezone="America/New_York")
        tavern.program.refresh_from_db()
        tavern.membership.program = tavern.program
        move(tavern, "earn", 5, "night", at=datetime(2026, 3, 1, 3, tzinfo=UTC))

        assert [m.month for m in statement(tavern.membership).months] == [date(2026, 3, 1), date(2026, 2, 1)]

    def test_the_page_shows_a_chosen_month(self, tavern):
        move(tavern, "earn", 100, "feb", at=NOON - timedelta(days=30), data={"description": "Carnival"})

        assert "Carnival" in statement_page(tavern, month="2026-02").content.decode()
        assert "Carnival" not in statement_page(tavern).content.decode()

    @pytest.mark.parametrize("month", ["2026-13", "x", "2026-02-01"])
    def test_a_month_that_is_none_is_not_found(self, tavern, month):
        assert statement_page(tavern, month=month).status_code == 404

    def test_a_month_without_lines_says_so(self, tavern):
        assert "No points have moved" in statement_page(tavern, month="2001-01").content.decode()

    def test_a_membership_without_points_says_so(self, tavern):
        member = operations.create_member(tavern.brand, name="Nobody")
        tavern.membership = enrol(tavern.program, member)

        assert "No points have moved" in statement_page(tavern).content.decode()


def _grow(house, n: int) -> None:
    """One more of everything."""
    member = operations.create_member(house.brand, external_id=f"m{n}", name=f"Member {n}")
    program = create_program(house.brand, code=f"P{n}", name=f"Program {n}")
    first, house.membership = house.membership, enrol(house.program, member)
    earned = move(house, "earn", 100, f"e{n}", reference=f"R{n}")
    move(house, "hold", 10, f"grown-hold-{n}", expires_at=NOON + timedelta(hours=1))
    enrol(program, member)
    bought = Purchase.objects.create(
        id=earned.public_id, program=house.program, member=member, amount_minor=5, currency="EUR", occurred_at=NOON
    )
    Return.objects.create(
        program=house.program, member=member, purchase=bought, reference=f"B{n}", amount_minor=1, currency="EUR",
        occurred_at=NOON,
    )  # fmt: skip
    person = Person.objects.create_user(f"p{n}@tavern.example", PASSWORD)
    Staff.objects.create(person=person, brand=house.brand)
    keys.create_server_key(house.brand, name=f"key {n}", scopes=["read"])
    ApprovalRequest.objects.create(brand=house.brand, kind="points.adjust", summary="+9", requested_by=person)
    house.membership = first


def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(tavern, operator):
    """Filters ask once for what they offer, whatever the number."""
    client = logged_in(operator)

    def queries() -> dict:
        counted = {}
        for model in admin.site._registry:
            at = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert client.get(at).status_code == 200
            counted[model.__name__] = len(asked)
        return counted

    _grow(tavern, 1)
    queries()
    few = queries()
    for n in range(2, 6):
        _grow(tavern, n)

    assert queries() == few
    assert {name: count for name, count in few.items() if count > 20} == {}
    assert {model.__name__ for model in (*PATH_TO_BRAND, Seal)} <= few.keys()


def test_long_lists_do_not_count_their_rows(tavern):
    client = logged_in(tavern.people["admin"])
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("admin:ledger_posting_changelist"))

    assert [sql for query in asked if "COUNT(" in (sql := query["sql"].upper()) and "LEDGER_" in sql] == []


def test_what_people_and_tills_write_is_text_on_every_page(tavern):
    planted = '<script>alert("x")</script>'
    Member.objects.update(name=planted)
    for member in Member.objects.all():
        member.phone = planted[:20]
        member.save()
    Program.objects.update(name=planted)
    tavern.brand.name = planted
    tavern.brand.save()
    Tier.objects.update(name=planted, benefits=planted)
    Purchase.objects.update(reference=planted, location_id=planted)
    Reward.objects.update(name=planted, description=planted)
    Location.objects.update(name=planted)
    StampCard.objects.update(name=planted, description=planted)
    OfflineScan.objects.update(detail=planted)
    ApprovalRequest.objects.update(reason=planted)
    ServerKey.objects.update(name=planted)
    Person.objects.update(name=planted)
    tavern.membership.program.name = planted
    move(tavern, "adjust", 1, "x", reference=planted, data={"description": planted, planted: planted})
    client = logged_in(tavern.people["admin"])
    opened = [client.get(at) for kind, at in addresses(tavern, tavern) if kind == "own" or at.endswith("/")]
    pages = [page for page in opened if not page.streaming]

    assert [page.request["PATH_INFO"] for page in pages if "<script>alert" in page.content.decode()] == []
    assert sum("&lt;script&gt;alert" in page.content.decode() for page in pages) > 20


def test_a_transactions_page_shows_each_of_its_lots_and_a_lots_what_changed_it(tavern):
    lots = [LotTerms(30), LotTerms(12, UNTIL_RELEASED)]
    earned = Posting.objects.get(public_id=move(tavern, "earn", 42, "lots", lots=lots).public_id)
    client = logged_in(tavern.people["admin"])
    page = client.get(reverse("admin:ledger_posting_change", args=[earned.pk])).content.decode()
    move(tavern, "mature", 0, "released", target=earned.public_id)
    lot = client.get(reverse("admin:ledger_lot_change", args=[earned.lots.last().pk])).content.decode()

    assert page.count("when released") == 1
    assert lot.count("when released") == 1, "only the change says what the lot waited for"
