"""Long lists are leafed through by row, searched by index and never sorted by what has none."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger.models import Posting
from loyalty import backoffice_paginators, clock
from loyalty.events.models import Event
from loyalty.tests.backoffice_world import build_house, logged_in, move
from programs.membership import statements

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
POSTINGS = reverse("admin:ledger_posting_changelist")
MEMBERSHIPS = reverse("admin:programs_membership_changelist")


@pytest.fixture
def tavern(db):
    with clock.at(NOON):
        yield build_house("tavern")


@pytest.fixture
def many(tavern):
    """A hundred and twenty transactions, and somebody who works there."""
    for n in range(120 - Posting.objects.count()):
        move(tavern, "earn", 1, f"many-{n}", reference=f"R-{n}")
    return logged_in(tavern.people["staff"])


def numbers(page) -> list[int]:
    return [row.pk for row in page.context["cl"].result_list]


def link(page, word: str) -> str | None:
    found = re.search(rf'<a href="(\?[^"]*)"[^>]*>{word}</a>', page.content.decode())
    return found and unescape(found[1])


def test_every_row_is_shown_once_on_the_way_down_and_up(many):
    page, seen = many.get(POSTINGS), []
    while True:
        seen.append(numbers(page))
        if not (older := link(page, "Older")):
            break
        page = many.get(POSTINGS + older)
    back = [seen[-1]]
    while newer := link(page, "Newer"):
        page = many.get(POSTINGS + newer)
        back.append(numbers(page))

    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert [row for rows in seen for row in rows] == list(Posting.objects.order_by("-id").values_list("id", flat=True))
    assert back == seen[::-1]


def test_filters_stay_on_the_next_page_and_the_page_goes_with_a_filter(many):
    page = many.get(POSTINGS, {"kind__exact": "earn"})

    assert "kind__exact=earn" in link(page, "Older")
    below = many.get(POSTINGS + link(page, "Older")).content.decode()
    assert not re.search(r'href="\?[^"]*kind__exact=redeem[^"]*p=', below)


@pytest.mark.parametrize("place", ["1000", "after.", "after.x", "after.-1", "sideways.3", "after.'--"])
def test_a_place_that_is_none_is_the_first_page(many, place):
    assert numbers(many.get(POSTINGS, {"p": place})) == numbers(many.get(POSTINGS))


def test_a_far_page_asks_for_no_more_rows_than_it_shows(many):
    oldest = Posting.objects.order_by("id").values_list("id", flat=True)[60]
    with CaptureQueriesContext(connection) as asked:
        many.get(POSTINGS, {"p": f"after.{oldest}"})

    assert not [query for query in asked if "OFFSET" in query["sql"]]


def test_the_order_is_that_of_the_books_whatever_the_address_says(many):
    page = many.get(POSTINGS, {"o": "3"})

    assert numbers(page) == numbers(many.get(POSTINGS))
    assert 'class="sortable' not in page.content.decode()


def test_a_transaction_is_found_by_its_whole_reference_or_its_id(many, tavern):
    spent = move(tavern, "redeem", 3, "spent", reference="Order 7")
    earned = Posting.objects.get(reference="R-5")

    assert numbers(many.get(POSTINGS, {"q": "R-5"})) == [earned.id]
    assert numbers(many.get(POSTINGS, {"q": " Order 7 "})) == [spent.id]
    assert numbers(many.get(POSTINGS, {"q": str(earned.public_id)})) == [earned.id]
    assert numbers(many.get(POSTINGS, {"q": "R-"})) == []
    assert numbers(many.get(POSTINGS, {"q": "x" * 36})) == []


def test_another_brands_transaction_is_not_found_by_its_reference(many):
    move(build_house("inn"), "earn", 5, "theirs", reference="Theirs")

    assert numbers(many.get(POSTINGS, {"q": "Theirs"})) == []


def test_events_are_found_by_their_type(many, tavern):
    admin = logged_in(tavern.people["admin"])
    page = admin.get(reverse("admin:loyalty_event_changelist"), {"q": "points.redeemed"})

    assert {row.type for row in page.context["cl"].result_list} == {"points.redeemed"}
    assert Event.objects.exclude(type="points.redeemed").exists()


def test_far_down_a_numbered_list_the_keys_are_found_first(many, monkeypatch):
    near = numbers(many.get(MEMBERSHIPS))
    monkeypatch.setattr(backoffice_paginators, "SHORT_ROWS", 0)

    assert numbers(many.get(MEMBERSHIPS)) == near != []


def test_a_month_of_very_many_lines_is_told_page_by_page(many, tavern, monkeypatch):
    monkeypatch.setattr(statements, "LINES_OF_A_PAGE", 50)
    whole = [statements.statement(tavern.membership, page=page) for page in (1, 2, 3)]
    lines = [line for told in whole for line in told.lines]

    assert [len(told.lines) for told in whole] == [50, 50, 20]
    assert lines[-1].balance == whole[0].month.closing
    assert [line.balance - line.posting.points for line in lines[1:]] == [line.balance for line in lines[:-1]]
    assert statements.statement(tavern.membership, page=99).page == 3


def test_the_page_of_a_statement_leads_to_its_others(many, tavern, monkeypatch):
    monkeypatch.setattr(statements, "LINES_OF_A_PAGE", 50)
    at = reverse("admin:programs_membership_statement", args=[tavern.membership.pk])
    first, last = (many.get(at, {"page": page}).content.decode() for page in ("1", "3"))

    assert "Opening balance" in first and "Closing balance" not in first
    assert "Closing balance" in last and "Opening balance" not in last
    assert 'href="?month=2026-03&amp;page=2"' in first
    assert many.get(at, {"page": "x"}).status_code == 200


def test_of_very_many_lots_those_are_shown_that_expire_first(many, tavern, monkeypatch):
    monkeypatch.setattr(statements, "LOTS_SHOWN", 2)
    move(tavern, "earn", 9, "soon", expires_at=NOON + timedelta(days=1))
    told = statements.statement(tavern.membership)

    assert (told.lots[0].points, len(told.lots), told.has_more_lots) == (9, 2, True)


@pytest.mark.parametrize("is_operator", [False, True])
def test_a_list_of_members_has_as_many_as_it_says(tavern, operator, is_operator):
    build_house("inn")
    worker = logged_in(operator if is_operator else tavern.people["staff"])
    url = reverse("admin:loyalty_member_changelist")
    for asked in ({}, {"o": "1"}, {"is_active__exact": "1"}, {"q": tavern.member.name.split()[0]}):
        page = worker.get(url, asked).context["cl"]
        assert page.result_count == len(page.result_list) > 0


def test_a_list_in_another_order_is_sorted_by_key_alone(tavern, monkeypatch):
    monkeypatch.setattr(backoffice_paginators, "SHORT_ROWS", 0)
    with CaptureQueriesContext(connection) as asked:
        rows = numbers(logged_in(tavern.people["staff"]).get(MEMBERSHIPS, {"o": "0"}))

    assert rows == list(tavern.program.memberships.order_by("member__name", "-pk").values_list("pk", flat=True))
    sorted_by_name = [query["sql"] for query in asked if 'ORDER BY "loyalty_member"."name"' in query["sql"]]
    assert not [sql for sql in sorted_by_name if "card_number" in sql and "LIMIT" in sql]
