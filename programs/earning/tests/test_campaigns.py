"""Campaigns: drafted, changed, activated, paused, ended, and waiting for a second person."""

from datetime import timedelta

import pytest
from django.db import transaction

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.events.models import Event
from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.kinds import differences_of
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import Person, Staff
from programs.earning.campaigns import operations
from programs.earning.campaigns.activating import activate_asked
from programs.earning.errors import (
    CampaignEnded,
    CampaignKeyTaken,
    CampaignNotActive,
    CampaignRunning,
    RulesNotValid,
    RulesTooLarge,
)
from programs.earning.models import Campaign, Edition
from programs.earning.rulesets.operations import create_draft, publish
from programs.earning.tests.rules import NOBODY, fixed
from programs.membership.models import Program

pytestmark = pytest.mark.django_db


def drafted(program, key="spring", *rules, **terms):
    terms = {"name": key.title(), "rules": list(rules) or [fixed()], **terms}
    return operations.create_campaign(program, key=key, actor=NOBODY, **terms)


def activated(*args, **terms):
    return operations.activate(drafted(*args, **terms), actor=NOBODY)


def in_force(program):
    program = Program.objects.get(pk=program.pk)
    return [one["key"] for one in Edition.objects.get(program=program, number=program.edition).document["campaigns"]]


def events(program):
    return list(Event.objects.filter(program_id=program.id).order_by("pk").values_list("type", flat=True))


@pytest.mark.parametrize(
    ("terms", "refusal", "pointer"),
    [
        ({"rules": [fixed() | {"name": "x" * 262_144}]}, RulesTooLarge, "/rules"),
        ({"audience": {"all": ["x" * 262_144]}}, RulesTooLarge, "/audience"),
        ({"audience": {"all": ["a\0b"]}}, Invalid, "/audience"),
    ],
)
def test_what_is_too_large_or_cannot_be_kept_is_refused(beans, terms, refusal, pointer):
    campaign = drafted(beans)

    for change in (
        lambda: drafted(beans, "summer", **terms),
        lambda: operations.change_campaign(campaign, terms, actor=NOBODY),
    ):
        with pytest.raises(refusal) as refused:
            change()
        assert pointer in (refused.value.pointer, *(one["pointer"] for one in getattr(refused.value, "errors", ())))


def test_a_campaign_gives_from_when_it_is_activated_until_it_is_paused_or_ended(beans):
    campaign = drafted(beans)
    assert Program.objects.get(pk=beans.pk).edition == 0

    operations.activate(campaign, actor=NOBODY)
    assert in_force(beans) == ["spring"]
    operations.pause(campaign, actor=NOBODY)
    assert "campaigns" not in Edition.objects.get(number=2).document
    operations.activate(campaign, actor=NOBODY)
    assert in_force(beans) == ["spring"]
    ended = operations.end(campaign, actor=NOBODY)

    assert (ended.status, Program.objects.get(pk=beans.pk).edition) == ("ended", 4)
    assert events(beans) == [
        "campaign.created", "campaign.activated", "campaign.paused", "campaign.activated", "campaign.ended",
    ]  # fmt: skip


def test_each_step_can_be_repeated_and_changes_nothing_more(beans):
    campaign = drafted(beans)

    for step in (operations.activate, operations.pause, operations.end):
        assert step(campaign, actor=NOBODY).status == step(campaign, actor=NOBODY).status

    assert Edition.objects.count() == 2
    assert len(events(beans)) == 4


def test_an_ended_campaign_stays_ended(beans):
    campaign = operations.end(drafted(beans), actor=NOBODY)

    for refused in (
        lambda: operations.activate(campaign, actor=NOBODY),
        lambda: operations.pause(campaign, actor=NOBODY),
        lambda: operations.change_campaign(campaign, {"name": "New"}, actor=NOBODY),
    ):
        with pytest.raises(CampaignEnded):
            refused()


def test_a_draft_is_not_paused(beans):
    with pytest.raises(CampaignNotActive):
        operations.pause(drafted(beans), actor=NOBODY)


def test_all_mistakes_in_the_fields_are_told_at_once(beans):
    now = clock.now()

    with pytest.raises(Invalid) as refusal:
        drafted(
            beans, "Spring!", name=" ", starts_at=now, ends_at=now, budget_points=0, priority=-1,
            goal_metric="spend", rules={}, audience=[],
        )  # fmt: skip

    assert sorted(one["pointer"] for one in refusal.value.errors) == [
        "/audience", "/budget_points", "/ends_at", "/goal_points", "/goal_target", "/key", "/name", "/priority",
        "/rules",
    ]  # fmt: skip
    assert not Campaign.objects.exists()


def test_a_key_is_used_once_in_a_program(beans):
    drafted(beans)

    with pytest.raises(CampaignKeyTaken):
        drafted(beans)


def test_a_draft_may_have_mistakes_but_is_not_activated_with_them(beans):
    audience = {"fact": "order.net", "operator": "equal", "value": "1.00"}
    campaign = drafted(beans, "spring", fixed(group="nowhere"), audience=audience)

    assert [one["pointer"] for one in operations.mistakes_in(campaign)] == ["/audience/fact", "/rules/0/group"]
    with pytest.raises(RulesNotValid):
        operations.activate(campaign, actor=NOBODY)
    campaign.refresh_from_db()
    assert (campaign.status, Edition.objects.count()) == ("draft", 0)


def test_without_rules_and_without_time_left_nothing_is_activated(beans):
    ended = clock.now() - timedelta(hours=1)
    campaign = drafted(beans, rules=[], ends_at=ended)

    with pytest.raises(RulesNotValid) as refusal:
        operations.activate(campaign, actor=NOBODY)

    assert [one["pointer"] for one in refusal.value.errors] == ["/rules", "/ends_at"]


def test_a_campaign_is_written_for_the_groups_of_the_published_rules(beans):
    groups = [{"key": "base", "stage": "base"}, {"key": "extra"}]
    document = {"rules": [], "groups": groups}
    publish(create_draft(beans, document, actor=NOBODY), actor=NOBODY)

    assert operations.mistakes_in(drafted(beans, "one", fixed(group="bonus")))[0]["code"] == "unknown_group"
    assert operations.mistakes_in(drafted(beans, "two", fixed(group="extra"))) == []


def test_a_draft_and_a_paused_campaign_are_changed_freely(beans):
    campaign = drafted(beans)
    changes = {"budget_points": 5, "rules": [fixed(points=3)], "starts_at": clock.now()}

    changed = operations.change_campaign(campaign, changes, actor=NOBODY)
    again = operations.change_campaign(campaign, changes, actor=NOBODY)

    assert (changed.budget_points, changed.revision, again.revision) == (5, 2, 2)


def test_an_active_campaign_may_become_larger_and_longer_and_nothing_else(beans):
    ends = clock.now() + timedelta(days=3)
    campaign = activated(beans, budget_points=100, member_times=None, ends_at=ends)
    larger = {"budget_points": 200, "name": "New", "ends_at": ends + timedelta(days=1)}

    changed = operations.change_campaign(campaign, larger, actor=NOBODY)

    assert (changed.revision, Edition.objects.count()) == (2, 2)
    assert Edition.objects.get(number=2).document["campaigns"][0]["budget"] == {"points": 200}
    for smaller in ({"budget_points": 199}, {"member_times": 1}, {"ends_at": ends}, {"rules": []}, {"priority": 3}):
        with pytest.raises(CampaignRunning) as refusal:
            operations.change_campaign(campaign, smaller, actor=NOBODY)
        assert refusal.value.pointer == f"/{next(iter(smaller))}"
    for none in ({"budget_points": None}, {"ends_at": None}):
        operations.change_campaign(campaign, none, actor=NOBODY)


def test_what_is_over_is_called_ended_and_still_gives_for_what_is_told_late(beans):
    campaign = activated(beans, ends_at=clock.now() + timedelta(hours=1))
    later = clock.now() + timedelta(hours=2)

    assert operations.end_what_is_over(at=later, actor="job:x") == 1
    assert operations.end_what_is_over(at=later, actor="job:x") == 0

    campaign.refresh_from_db()
    assert (campaign.status, campaign.ended_at) == ("ended", campaign.ends_at)
    assert in_force(beans) == ["spring"]
    assert events(beans)[-1] == "campaign.ended"


def test_what_was_paused_gives_for_nothing_that_is_told_late(beans):
    campaign = operations.pause(activated(beans, ends_at=clock.now() + timedelta(hours=1)), actor=NOBODY)
    Campaign.objects.filter(pk=campaign.pk).update(ends_at=clock.now() - timedelta(hours=1))

    operations.end(campaign, actor=NOBODY)
    activated(beans, "other", fixed("b"))

    assert in_force(beans) == ["other"]


def test_a_campaign_that_is_over_keeps_no_rules_from_being_published(beans):
    activated(beans, ends_at=clock.now() + timedelta(hours=1))
    operations.end_what_is_over(at=clock.now() + timedelta(hours=2), actor="job:x")

    document = {"rules": [], "groups": [{"key": "base", "stage": "base"}]}
    publish(create_draft(beans, document, actor=NOBODY), actor=NOBODY)

    assert "campaigns" not in Edition.objects.get(number=2).document


class TestWithASecondPerson:
    @pytest.fixture(autouse=True)
    def careful(self, cafe, beans):
        cafe.approval_campaign_points = 1000
        cafe.save()
        beans.refresh_from_db()

    @pytest.fixture
    def chief(self, cafe):
        person = Person.objects.create_user("chief@example.com", "correct horse battery", name="Chief")
        Staff.objects.create(person=person, brand=cafe, role=Staff.Role.ADMIN)
        return person

    def test_a_small_campaign_is_active_at_once(self, beans, manager):
        campaign, waiting = activate_asked(manager.worker, drafted(beans, budget_points=999))

        assert (campaign.status, waiting) == ("active", None)

    @pytest.mark.parametrize("budget", [1000, None])
    def test_a_large_one_waits_and_is_carried_out(self, beans, manager, chief, budget):
        campaign, request = activate_asked(manager.worker, drafted(beans, budget_points=budget), reason="Spring")

        assert campaign.status == "draft"
        told = {one.what: one.after for one in differences_of(request)}
        assert told.keys() == {"Points in all", "Rule hello"}
        assert told["Points in all"] == ("1000" if budget else "no bound")
        assert "10 points" in told["Rule hello"]
        approve(chief.worker, request)
        campaign.refresh_from_db()
        assert campaign.status == "active"

    def test_what_was_changed_since_is_not_activated(self, beans, manager, chief):
        campaign, request = activate_asked(manager.worker, drafted(beans, budget_points=1000))
        operations.change_campaign(campaign, {"budget_points": 9_000_000}, actor=NOBODY)

        with pytest.raises(RequestOutdated), transaction.atomic():
            approve(chief.worker, request)

    def test_what_was_agreed_on_goes_on_after_a_pause_but_not_once_changed(self, beans, manager, chief):
        campaign, request = activate_asked(manager.worker, drafted(beans, budget_points=1000))
        approve(chief.worker, request)
        operations.pause(campaign, actor=NOBODY)

        campaign.refresh_from_db()
        assert activate_asked(manager.worker, campaign)[1] is None
        operations.pause(campaign, actor=NOBODY)
        changed = operations.change_campaign(campaign, {"budget_points": 2000}, actor=NOBODY)
        assert activate_asked(manager.worker, changed)[1] is not None

    def test_no_active_campaign_grows_past_a_second_person(self, beans, manager):
        campaign, _ = activate_asked(manager.worker, drafted(beans, budget_points=500))

        for larger in (1000, None):
            with pytest.raises(CampaignRunning):
                operations.change_campaign(campaign, {"budget_points": larger}, actor=NOBODY)
