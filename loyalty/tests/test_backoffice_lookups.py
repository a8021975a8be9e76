"""What the address of a list may ask: what its filters offer, and nothing behind them."""

import pytest
from django.test import Client

from loyalty.identity.models import Person, Staff

PROGRAMS, CARDS = "/admin/programs/program/", "/admin/programs/membership/"
STAFF, APPROVALS = "/admin/loyalty/staff/", "/admin/loyalty/approvalrequest/"


@pytest.fixture
def portal(manager):
    client = Client()
    client.force_login(manager)
    return client


@pytest.mark.parametrize(
    ("page", "lookup"),
    [
        (PROGRAMS, "brand__staff__person__password__startswith=argon2"),
        (PROGRAMS, "brand__server_keys__key_hash__gte=0"),
        (PROGRAMS, "brand__known_members__member__known_to__brand__name__startswith=B"),
        (PROGRAMS, "brand__name__startswith=B"),
        (PROGRAMS, "brand__id__exact__exact=B"),
        (CARDS, "program__brand__staff__person__password__gte=a"),
        (CARDS, "status__startswith=a"),
        (STAFF, "brand__sign_on__client_id__gte=a"),
        (APPROVALS, "requested_at__year=9999999"),
        (APPROVALS, "requested_at__date__year=2026"),
    ],
)
def test_nothing_is_asked_beyond_what_a_filter_offers(portal, ana_beans, page, lookup):
    assert portal.get(f"{page}?{lookup}").status_code == 400


def test_a_partner_reads_no_hash_by_asking_how_it_begins(cafe, beans):
    person = Person.objects.create_user("kiosk@example.com", "correct horse battery")
    Staff.objects.create(person=person, brand=cafe, role=Staff.Role.PARTNER)
    client = Client()
    client.force_login(person)

    answers = [client.get(f"{PROGRAMS}?brand__staff__person__password__startswith={word}") for word in ("argon2", "x")]

    assert [answer.status_code for answer in answers] == [400, 400]


def test_what_filters_offer_is_answered(portal, cafe, ana_beans):
    for page, lookup in (
        (PROGRAMS, f"brand__id__exact={cafe.pk}"),
        (PROGRAMS, "status__exact=active"),
        (CARDS, f"program__id__exact={ana_beans.program_id}"),
        (CARDS, "joined_at__gte=2026-01-01T00:00:00%2B00:00"),
        (APPROVALS, "requested_at__gte=2026-01-01T00:00:00%2B00:00&status__exact=waiting"),
    ):
        assert portal.get(f"{page}?{lookup}").status_code == 200, lookup
