"""Campaigns in the portal: drafted in plain words, started and stopped by buttons, shown with what they gave."""

import json
from datetime import UTC, datetime

import pytest

from loyalty.identity.approvals.models import ApprovalRequest
from programs.earning.backoffice.tests.pages import at, body, rule, signed_in, told
from programs.earning.campaigns import operations
from programs.earning.models import Campaign, LimitCounter
from programs.membership.models import Program

pytestmark = pytest.mark.django_db
TERMS = {"rules": [rule("spring", 50)], "budget_points": 1_000}


@pytest.fixture
def boss(manager):
    return signed_in(manager)


@pytest.fixture
def spring(beans):
    return operations.create_campaign(beans, key="spring", name="Spring", actor="system:x", **TERMS)


def sent(**given) -> dict:
    return {"name": "Spring", "key": "", "audience": "{}", "rules": json.dumps([rule("spring", 50)]), **given}


def press(client, campaign, button: str, reason: str = "Agreed"):
    address = at(f"programs_campaign_{button}", campaign.pk)
    key = client.get(address).context["form"]["request_key"].value()
    return client.post(address, {"request_key": key, "reason": reason}, follow=True)


class TestDrafting:
    def test_times_are_those_of_the_programs_clock(self, boss, beans):
        beans.timezone = "Europe/Amsterdam"
        beans.save()

        boss.post(at("programs_campaign_add"), sent(starts_at="2027-07-01T08:00", ends_at="2027-12-01T00:00"))

        made = Campaign.objects.get()
        assert (made.key, made.status) == ("spring", "draft")
        assert made.starts_at == datetime(2027, 7, 1, 6, tzinfo=UTC)
        assert made.ends_at == datetime(2027, 11, 30, 23, tzinfo=UTC)

    def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(self, boss, beans):
        answer = boss.post(
            at("programs_campaign_add"), sent(starts_at="2027-07-01T08:00", ends_at="2027-06-01T00:00", rules="[oops")
        )

        assert not Campaign.objects.exists()
        assert "rules" in answer.context["form"].errors
        assert "[oops" in body(answer)

    def test_the_operation_has_the_last_word(self, boss, spring):
        answer = boss.post(at("programs_campaign_add"), sent(key="spring"))

        assert answer.context["form"].errors == {"key": ["There is a campaign with the key 'spring'."]}

    def test_a_goal_in_money_is_kept_in_minor_units(self, boss, beans):
        boss.post(at("programs_campaign_add"), sent(goal_metric="spend", goal_target="1000.50", goal_points="50"))

        made = Campaign.objects.get()
        assert (made.goal_metric, made.goal_target, made.goal_points) == ("spend", 100_050, 50)
        assert 'value="1000.50"' in body(boss.get(at("programs_campaign_edit", made.pk)))

    def test_the_form_changes_nothing_where_nothing_was_changed(self, boss, spring):
        page = boss.get(at("programs_campaign_edit", spring.pk))
        shown = {one.name: one.value() for one in page.context["form"] if one.value() is not None}

        boss.post(at("programs_campaign_edit", spring.pk), shown)

        before = spring.revision
        spring.refresh_from_db()
        assert spring.revision == before


class TestButtons:
    def test_it_is_activated_paused_and_ended(self, boss, spring):
        states = []
        for button in ("activate", "pause", "activate", "end"):
            press(boss, spring, button)
            spring.refresh_from_db()
            states.append(spring.status)

        assert states == ["active", "paused", "active", "ended"]

    def test_one_that_gives_nothing_is_not_activated_and_says_why(self, boss, beans):
        empty = operations.create_campaign(beans, key="empty", name="Empty", actor="system:x")

        answer = press(boss, empty, "activate")

        empty.refresh_from_db()
        assert empty.status == "draft"
        assert "It gives nothing: it has no rules." in told(answer)

    def test_a_large_one_waits_for_a_second_person(self, boss, cafe, spring):
        cafe.approval_campaign_points = 500
        cafe.save()

        answer = press(boss, spring, "activate")

        assert ApprovalRequest.objects.get().kind == "campaign.activate"
        assert "It waits for a second person." in body(answer)

    def test_an_ended_one_is_not_changed(self, boss, spring):
        operations.end(spring, actor="system:x")

        assert boss.get(at("programs_campaign_edit", spring.pk)).status_code == 302
        assert boss.get(at("programs_campaign_activate", spring.pk)).status_code == 403

    def test_staff_draft_campaigns_and_start_none(self, barista, spring):
        client = signed_in(barista)

        assert "Every purchase: 50 points." in body(client.get(at("programs_campaign_change", spring.pk)))
        assert client.get(at("programs_campaign_edit", spring.pk)).status_code == 200
        assert client.get(at("programs_campaign_activate", spring.pk)).status_code == 403
        assert client.get(at("programs_campaign_end", spring.pk)).status_code == 403


class TestList:
    def test_it_says_what_each_has_given_and_what_is_left(self, boss, spring, beans):
        LimitCounter.objects.create(program=beans, scope="campaign", owner="spring", period="ever", points=250, times=5)

        page = body(boss.get(at("programs_campaign_changelist")))

        assert "750 of 1,000 left" in page

    def test_many_cost_no_more_queries(self, boss, beans, django_assert_max_num_queries):
        for n in range(20):
            operations.create_campaign(beans, key=f"c{n}", name=f"C {n}", actor="system:x", **TERMS)

        with django_assert_max_num_queries(30):
            boss.get(at("programs_campaign_changelist"))

    def test_those_that_run_stand_on_the_first_page(self, boss, spring):
        operations.activate(spring, actor="system:x")

        assert "Campaigns running" in body(boss.get(at("index")))

    def test_when_one_ends_is_told_by_the_programs_clock_on_every_page(self, boss, spring, beans):
        spring.ends_at = datetime(2027, 6, 30, 22, 30, tzinfo=UTC)
        spring.save()
        operations.activate(spring, actor="system:x")
        Program.objects.filter(pk=beans.pk).update(timezone="Europe/Berlin")

        for address in (
            at("rules_of", beans.pk), at("programs_campaign_changelist"), at("programs_campaign_change", spring.pk),
            at("index"),
        ):  # fmt: skip
            assert "until 1 Jul 2027, 00:30 (Europe/Berlin)" in body(boss.get(address))

    def test_the_page_of_one_costs_few_queries(self, boss, spring, django_assert_max_num_queries):
        with django_assert_max_num_queries(33):
            boss.get(at("programs_campaign_change", spring.pk))
