"""Who brought whom, on the page of a member."""

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.identity import operations
from loyalty.identity.models import BrandMember
from programs.activity.member_page.friends import NEWEST
from programs.earning.models import Referral
from programs.earning.referrals import referral_code_of
from programs.membership.operations import create_program, enrol

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of(barista):
    client = Client()
    client.force_login(barista)
    return lambda member: client.get(reverse("admin:loyalty_member_change", args=[member.pk])).content.decode()


def test_both_see_the_other_one_and_who_brings_has_a_code(page_of, beans, ana, ben, ana_beans, ben_beans):
    code = referral_code_of(ana_beans)
    Referral.objects.create(program=beans, referrer=ana, friend=ben)

    referrer, friend = page_of(ana), page_of(ben)

    assert "Brought 1 member:" in referrer and f"/{ben.pk}/change/" in referrer
    assert code in referrer and "Brought by" not in referrer
    assert "Brought by" in friend and f"/{ana.pk}/change/" in friend
    assert "Code for friends" not in friend


def test_of_many_the_newest_are_named_and_all_are_counted(page_of, cafe, beans, ana, ana_beans):
    friends = [operations.create_member(cafe, name=f"Friend number {n}") for n in range(NEWEST + 2)]
    for friend in friends:
        Referral.objects.create(program=beans, referrer=ana, friend=friend)

    page = page_of(ana)

    assert "Brought 7 members:" in page and "and 2 more" in page
    assert [one.name for one in friends if one.name in page] == [one.name for one in friends[2:]]


def test_of_another_brands_program_nothing_is_told(page_of, bistro, ana, ben, ana_beans):
    plates = create_program(bistro, code="PLATES", name="Plates", unit_name="plates")
    for member in (ana, ben):
        BrandMember.objects.get_or_create(brand=bistro, member=member)
        enrol(plates, member)
    Referral.objects.create(program=plates, referrer=ana, friend=ben)

    assert "Brought" not in page_of(ana)
