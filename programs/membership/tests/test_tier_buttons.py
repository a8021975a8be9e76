"""The portal's buttons and fields for tiers."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from loyalty import clock
from programs.membership.models import Membership, TierChange
from programs.membership.operations import update_program
from programs.membership.validity import TierTerms

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gold(beans, ana_beans):
    with clock.at(NOW):
        update_program(beans, {"timezone": "Europe/Amsterdam"}, tiers=[
            TierTerms("bronze", "Bronze", 0), TierTerms("gold", "Gold", 200)])  # fmt: skip
        yield beans.tiers.get(code="gold")


@pytest.fixture
def as_barista(barista):
    client = Client()
    client.force_login(barista)
    return client


def press(client, name, membership, **form):
    address = reverse(f"admin:programs_membership_{name}", args=[membership.pk])
    return client.post(address, {"request_key": uuid4(), "reason": "a good one"} | form)


def page(client, membership) -> str:
    return client.get(reverse("admin:programs_membership_change", args=[membership.pk])).content.decode()


def test_a_tier_is_given_through_its_last_day_by_the_programs_clock(as_barista, ana_beans, gold):
    answer = press(as_barista, "give_tier", ana_beans, tier=gold.pk, last_day="2026-12-31")

    assert answer.status_code == 302, answer.content.decode()
    ana_beans.refresh_from_db()
    assert (ana_beans.given_tier, ana_beans.given_tier_until) == (gold, datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert TierChange.objects.get(reason="manual").note == "a good one"
    assert "given by hand until 2027-01-01 00:00" in page(as_barista, ana_beans)


def test_a_tier_that_was_given_is_taken_back(as_barista, ana_beans, gold):
    press(as_barista, "give_tier", ana_beans, tier=gold.pk)

    press(as_barista, "take_tier_back", ana_beans)

    assert Membership.objects.get(pk=ana_beans.pk).given_tier is None
    assert press(as_barista, "take_tier_back", ana_beans).status_code == 403


def test_a_member_is_protected(as_barista, ana_beans, gold):
    press(as_barista, "protect", ana_beans, last_day="2026-12-31")

    ana_beans.refresh_from_db()
    assert ana_beans.tier_protected_until == datetime(2026, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize("form", [{"last_day": "2026-11-20"}, {"reason": ""}, {"tier": 0}])
def test_what_cannot_be_is_told_beside_its_field(as_barista, ana_beans, gold, form):
    answer = press(as_barista, "give_tier", ana_beans, **{"tier": gold.pk} | form)

    assert list(answer.context["form"].errors) == list(form)
    assert not TierChange.objects.exists()


def test_members_are_found_by_the_tier_they_have_reached_or_given(as_barista, ana_beans, ben_beans, gold):
    Membership.objects.filter(pk=ben_beans.pk).update(tier=gold, tier_since=NOW)
    press(as_barista, "give_tier", ana_beans, tier=gold.pk)
    address = reverse("admin:programs_membership_changelist")

    def found(tier):
        rows = as_barista.get(address, {"tier__id__exact": tier.pk}).context["cl"].result_list
        return {row.pk for row in rows}

    assert found(gold) == {ana_beans.pk, ben_beans.pk}
    assert found(gold.program.tiers.get(code="bronze")) == set()
