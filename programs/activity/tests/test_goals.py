"""Goals that all members reach together: what counts, when they are reached, who is paid and once only."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache

from ledger.models import Posting
from ledger.selectors import balances
from loyalty.events.models import Event
from loyalty.identity.models import Member
from loyalty.identity.operations import make_known
from loyalty.testing.clients import with_login
from programs.activity import goals
from programs.activity.goals import Watched, goal_progress, watch_goals
from programs.activity.tests.together import all_at_once
from programs.earning.models import Campaign
from programs.membership.enrolment import enrol_many, suspend

pytestmark = pytest.mark.django_db
START = datetime.fromisoformat("2026-10-05T00:00:00+00:00")
END = START + timedelta(days=5)
WITHIN = START + timedelta(days=3)


@pytest.fixture
def goal(beans):
    """Makes an active campaign with a goal in BEANS."""

    def make(metric="purchases", target=3, points=50, **more):
        given = {"status": "active", "activated_at": START, "starts_at": START, "ends_at": END, "created_by": "test"}
        return Campaign.objects.create(
            program=beans, key="together", name="All together", goal_metric=metric, goal_target=target,
            goal_points=points, **given | more,
        )  # fmt: skip

    return make


def buy(api, member, reference, *, hours=1, amount="10.00"):
    at = (START + timedelta(hours=hours)).isoformat()
    body = {"program_id": "BEANS", "amount": amount, "currency": "EUR", "reference": reference, "occurred_at": at}
    answer = api.post(f"/api/members/{member}/earn", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def give_back(api, bought, **body):
    answer = api.post(f"/api/transactions/{bought['id']}/return", {"reference": f"back-{bought['reference']}", **body})
    assert answer.status_code == 201, answer.content


def held(membership) -> int:
    return balances([membership.account_id])[membership.account_id].posted


def told() -> list[str]:
    found = Event.objects.filter(type__startswith="campaign.goal").order_by("id")
    return list(found.values_list("type", flat=True))


def test_who_took_part_is_paid_once_when_all_together_reached_it(api, goal, ana_beans, ben_beans):
    campaign = goal()
    buy(api, "ana", "a", hours=1)
    buy(api, "ana", "b", hours=3)
    assert watch_goals(at=WITHIN) == Watched()
    buy(api, "ben", "c", hours=2)

    assert watch_goals(at=WITHIN) == Watched(reached=1, paid=2)
    assert watch_goals(at=WITHIN) == Watched()

    campaign.refresh_from_db()
    assert campaign.goal_reached_at == START + timedelta(hours=3)
    assert campaign.goal_paid_at is not None
    assert (held(ana_beans), held(ben_beans)) == (70, 60)
    assert told() == ["campaign.goal_reached", "campaign.goal_paid"]
    posting = Posting.objects.get(key=f"goal:{campaign.id}:{ben_beans.member_id}")
    assert (posting.kind, posting.data["campaign_ids"]) == ("earn", [str(campaign.id)])
    assert posting.data["breakdown"] == [
        {
            "rule_id": "goal",
            "rule": "All together",
            "campaign_id": str(campaign.id),
            "points": 50,
            "reason": "all together reached 3 purchases",
        }
    ]


def test_a_goal_that_is_not_reached_in_time_gives_nothing(api, goal, ana_beans):
    campaign = goal()
    buy(api, "ana", "a")
    buy(api, "ana", "before", hours=-1)
    buy(api, "ana", "after", hours=5 * 24)

    assert watch_goals(at=END - timedelta(seconds=1)) == Watched()
    assert watch_goals(at=END) == Watched(missed=1)
    assert watch_goals(at=END) == Watched()

    campaign.refresh_from_db()
    assert (campaign.goal_reached_at, campaign.goal_missed_at) == (None, END)
    assert told() == ["campaign.goal_missed"]


def test_who_is_given_more_time_may_reach_it_yet(api, goal, ana_beans):
    goal(target=2)
    buy(api, "ana", "a")
    assert watch_goals(at=END) == Watched(missed=1)
    Campaign.objects.update(ends_at=END + timedelta(days=1))

    assert watch_goals(at=END) == Watched()
    buy(api, "ana", "b", hours=5 * 24 + 1)
    assert watch_goals(at=END + timedelta(hours=2)) == Watched(reached=1, paid=1)

    assert Campaign.objects.get().goal_missed_at is None
    assert told() == ["campaign.goal_missed", "campaign.goal_reached", "campaign.goal_paid"]


def test_more_time_can_run_out_too(goal):
    goal(target=2)
    later = END + timedelta(days=1)
    assert watch_goals(at=END) == Watched(missed=1)
    Campaign.objects.update(ends_at=later)

    assert [watch_goals(at=later), watch_goals(at=later)] == [Watched(missed=1), Watched()]


def test_a_goal_waits_for_a_second_person_where_the_brand_wants_one(manager_client, cafe, beans):
    cafe.approval_campaign_points = 1_000
    cafe.save()
    given = {"key": "g", "name": "G", "goal_metric": "purchases", "goal_target": 3, "goal_points": 5}
    made = manager_client.post("/api/programs/BEANS/campaigns", given | {"budget_points": 10}).json()

    assert manager_client.post(f"/api/campaigns/{made['id']}/activate", {}).status_code == 202
    assert Campaign.objects.get().status == "draft"


def test_reached_just_before_the_end_and_seen_after_it_is_reached(api, goal, ana_beans):
    goal(target=1)
    buy(api, "ana", "a")

    assert watch_goals(at=END + timedelta(days=1)) == Watched(reached=1, paid=1)


def test_a_campaign_that_was_ended_early_has_missed_its_goal(api, goal, ana_beans):
    goal(status="ended", ended_at=START + timedelta(hours=2))
    for n in range(3):
        buy(api, "ana", f"r{n}", hours=n + 1)

    assert watch_goals(at=WITHIN) == Watched(missed=1)


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        ("purchases", 3, "3 purchases"),
        ("spend", 3550, "35.50 EUR spent"),
        ("points", 35, "35 points"),
        ("members", 2, "2 members who bought"),
    ],
)
def test_it_counts_purchases_money_points_or_members(api, goal, ana_beans, ben_beans, metric, value, words):
    campaign = goal(metric, target=value)
    buy(api, "ana", "a", hours=1, amount="10.50")
    back = buy(api, "ana", "b", hours=2, amount="30.00")
    buy(api, "ben", "c", hours=3, amount="20.00")
    give_back(api, back, amount="25.00")

    found = goal_progress(campaign, WITHIN)

    assert (found.value, found.participants) == (value, 2)
    assert found.reached_at == START + timedelta(hours=3)
    assert goals.goal_in_words(campaign) == words


def test_what_came_back_whole_does_not_count_nor_does_who_brought_it_back(api, goal, ana_beans, ben_beans):
    campaign = goal(target=2)
    buy(api, "ana", "a")
    buy(api, "ana", "b")
    give_back(api, buy(api, "ben", "c"))

    assert watch_goals(at=WITHIN) == Watched(reached=1, paid=1)
    assert goal_progress(campaign, WITHIN).value == 2
    assert (held(ana_beans), held(ben_beans)) == (70, 0)


def test_a_reversed_purchase_does_not_count(api, goal, ana_beans):
    campaign = goal()
    bought = buy(api, "ana", "a")
    undone = api.post(f"/api/transactions/{bought['id']}/reverse", {"reason": "no"}, HTTP_IDEMPOTENCY_KEY="undo")
    assert undone.status_code == 201

    assert goal_progress(campaign, WITHIN).value == 0


def test_what_comes_back_after_it_was_reached_takes_nothing_back(api, goal, ana_beans):
    campaign = goal(target=1)
    bought = buy(api, "ana", "a")
    watch_goals(at=WITHIN)

    give_back(api, bought)

    campaign.refresh_from_db()
    assert goal_progress(campaign, WITHIN).reached_at == START + timedelta(hours=1)
    assert held(ana_beans) == 50


def test_who_bought_only_after_it_was_reached_did_not_take_part(api, goal, ana_beans, ben_beans):
    goal(target=1)
    buy(api, "ana", "a", hours=1)
    buy(api, "ben", "b", hours=2)

    assert watch_goals(at=WITHIN) == Watched(reached=1, paid=1)
    assert held(ben_beans) == 10


def test_who_is_suspended_is_not_paid(api, goal, ana_beans, ben_beans):
    goal(target=2)
    buy(api, "ana", "a")
    buy(api, "ben", "b")
    suspend(ben_beans)

    assert watch_goals(at=WITHIN) == Watched(reached=1, paid=1)


def test_points_for_a_goal_can_be_spent_at_once_and_lapse_as_others_do(api, goal, ana_beans, beans):
    beans.pending_days, beans.expiry_months = 14, 1
    beans.save()
    goal(target=1)
    buy(api, "ana", "a")
    watch_goals(at=WITHIN)

    balance = balances([ana_beans.account_id])[ana_beans.account_id]
    assert balance.available >= 50 and balance.expiring


@pytest.mark.parametrize("broken_at", [0, 1, 2])
def test_killed_while_paying_each_is_paid_once(api, beans, goal, ana_beans, broken_at, monkeypatch):
    members = Member.objects.bulk_create(Member(name=f"M{n}") for n in range(5))
    make_known(beans.brand_id, [member.id for member in members])
    memberships = enrol_many(beans, [member.id for member in members])
    goal(target=5)
    for n, member in enumerate(members):
        buy(api, member.id, f"r{n}")
    monkeypatch.setattr(goals, "CHUNK", 2)

    def broken(paid):
        if paid > broken_at * 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_goals(at=WITHIN, progress=broken)
    assert Campaign.objects.get().goal_paid_at is None
    assert watch_goals(at=WITHIN) == Watched(paid=5)

    assert {held(membership) for membership in memberships.values()} == {60}
    assert told() == ["campaign.goal_reached", "campaign.goal_paid"]


def test_progress_is_one_query(api, goal, ana_beans, django_assert_num_queries):
    campaign = goal()
    buy(api, "ana", "a")

    with django_assert_num_queries(1):
        found = goal_progress(campaign, WITHIN)

    assert (found.value, found.target, str(found.share), found.reached_at) == (1, 3, "0.3333", None)


def test_staff_and_members_of_the_program_see_the_progress(api, barista_client, ana_client, goal, ana_beans):
    campaign = goal("spend", target=3000)
    buy(api, "ana", "a")

    for client in (api, barista_client, ana_client):
        answer = client.get(f"/api/campaigns/{campaign.id}/progress")
        assert answer.status_code == 200, answer.content
        assert answer.json() == {
            "campaign_id": str(campaign.id),
            "name": "All together",
            "metric": "spend",
            "value": "10.00",
            "target": "30.00",
            "share": "0.3333",
            "points": 50,
            "reached_at": None,
            "missed": False,
            "starts_at": "2026-10-05T00:00:00Z",
            "ends_at": "2026-10-10T00:00:00Z",
        }


def test_many_who_watch_are_told_what_was_counted_for_one(api, ana_client, goal, ana_beans):
    url = f"/api/campaigns/{goal().id}/progress"
    before = api.get(url).json()["value"]
    buy(api, "ana", "a")
    soon = ana_client.get(url).json()["value"]
    cache.clear()

    assert (before, soon, api.get(url).json()["value"]) == ("0", "0", "1")


def test_others_do_not_see_it(bistro_api, ben, ana_client, goal, ana_beans):
    campaign = goal()
    url = f"/api/campaigns/{campaign.id}/progress"

    assert bistro_api.get(url).status_code == 404
    assert with_login(ben.person).get(url).status_code == 404
    Campaign.objects.update(activated_at=None, status="draft")
    assert ana_client.get(url).status_code == 404


def test_a_campaign_without_a_goal_has_no_progress(api, beans):
    campaign = Campaign.objects.create(program=beans, key="plain", name="Plain", created_by="test")

    assert api.get(f"/api/campaigns/{campaign.id}/progress").status_code == 404


def test_paused_campaigns_wait(api, goal, ana_beans):
    goal(target=1, status="paused")
    buy(api, "ana", "a")

    assert watch_goals(at=WITHIN) == Watched()
    Campaign.objects.update(status="active")
    assert watch_goals(at=WITHIN) == Watched(reached=1, paid=1)


def test_a_goal_is_for_everybody_who_buys(api, beans):
    audience = {"fact": "member.tier", "operator": "equal", "value": "gold"}
    given = {"key": "g", "name": "G", "goal_metric": "purchases", "goal_target": 3, "goal_points": 5}

    answer = api.post("/api/programs/BEANS/campaigns", given | {"audience": audience})

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/audience", "goal-is-for-all")


@pytest.mark.django_db(transaction=True)
def test_seen_by_many_at_once_each_is_paid_once(api, goal, ana_beans, ben_beans):
    goal(target=2)
    buy(api, "ana", "a")
    buy(api, "ben", "b")

    found = all_at_once(4, lambda n: watch_goals(at=WITHIN))

    assert sum(each.reached for each in found) >= 1
    assert (held(ana_beans), held(ben_beans)) == (60, 60)
    assert told() == ["campaign.goal_reached", "campaign.goal_paid"]
