"""The addresses of campaigns."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.ids import uuid7
from programs.activity.models import Purchase
from programs.earning.models import Campaign, LimitCounter
from programs.earning.tests.rules import fixed

pytestmark = pytest.mark.django_db
URL = "/api/programs/BEANS/campaigns"
SPRING = {"key": "spring", "name": "Spring", "rules": [fixed()]}


@pytest.fixture(autouse=True)
def a_program(beans):
    return beans


def made(api, **more):
    return api.post(URL, {**SPRING, **more}).json()


def test_a_campaign_is_drafted_changed_activated_paused_and_ended(api):
    answer = api.post(URL, {**SPRING, "budget_points": 10, "ends_at": "2199-06-01T00:00:00+02:00"})
    campaign = answer.json()
    url = f"/api/campaigns/{campaign['id']}"

    assert (answer.status_code, answer["Location"]) == (201, url)
    assert (campaign["status"], campaign["errors"], campaign["ends_at"]) == ("draft", [], "2199-05-31T22:00:00Z")
    assert api.patch(url, {"budget_points": None, "name": "New"}).json()["budget_points"] is None
    assert api.post(f"{url}/activate", {"reason": "Now"}).json()["status"] == "active"
    assert api.patch(url, {"rules": []}).json()["code"] == "campaign-running"
    assert api.post(f"{url}/pause", {}).json()["status"] == "paused"
    assert api.post(f"{url}/end", {}).json()["status"] == "ended"
    assert api.post(f"{url}/activate", {}).json()["code"] == "campaign-ended"
    assert api.get(url).json()["name"] == "New"


def test_the_list_is_the_programs_newest_first(api):
    for key in ("one", "two"):
        made(api, key=key)

    assert [one["key"] for one in api.get(URL).json()["results"]] == ["two", "one"]
    assert api.get(URL, {"status": "active"}).json()["results"] == []


def test_mistakes_are_told_of_a_draft_and_refuse_activation(api):
    campaign = made(api, rules=[fixed(trigger="order.payed")])

    refused = api.post(f"/api/campaigns/{campaign['id']}/activate", {})

    assert [one["pointer"] for one in campaign["errors"]] == ["/rules/0/trigger"]
    assert (refused.status_code, refused.json()["code"]) == (422, "rules-not-valid")
    assert refused.json()["errors"][0]["hint"] == "Did you mean order.paid?"


def test_wrong_fields_are_refused_with_their_pointers(api):
    answer = api.post(URL, {"key": "No!", "name": "", "rules": 5, "budget_points": 1.5, "else": 1})

    assert answer.status_code == 400
    assert {one["pointer"] for one in answer.json()["errors"]} == {
        "/key", "/name", "/rules", "/budget_points", "/else",
    }  # fmt: skip


def test_who_may_what(api, bistro_api, barista_client, manager_client, ana_client, ana_beans):
    draft = barista_client.post(URL, SPRING)
    url = f"/api/campaigns/{draft.json()['id']}"

    assert draft.status_code == 201
    assert barista_client.patch(url, {"name": "New"}).status_code == 200
    assert barista_client.post(f"{url}/activate", {}).status_code == 403
    assert manager_client.post(f"{url}/activate", {}).status_code == 200
    assert barista_client.patch(url, {"name": "Newer"}).status_code == 403
    assert barista_client.post(f"{url}/pause", {}).status_code == 200
    assert barista_client.post(f"{url}/end", {}).status_code == 403
    assert bistro_api.get(url).status_code == bistro_api.post(f"{url}/end", {}).status_code == 404
    assert ana_client.get(url).status_code == ana_client.get(URL).status_code == 403


def test_metrics_tell_what_was_given_and_whether_members_buy_more(api, beans, ana, ben, ana_beans, ben_beans):
    now = clock.now().replace(microsecond=0)
    campaign = made(api, budget_points=100)
    Campaign.objects.filter(pk=campaign["id"]).update(
        status="active", activated_at=now - timedelta(days=28), starts_at=now - timedelta(days=28)
    )
    counters = [("campaign", "spring", "", 30, 3), ("member", "campaign:spring", str(ana.pk), 30, 3),
                ("member", "campaign:other", str(ben.pk), 5, 1)]  # fmt: skip
    LimitCounter.objects.bulk_create(
        LimitCounter(
            program=beans, scope=scope, owner=owner, subject=subject, period="ever", points=points, times=times
        )
        for scope, owner, subject, points, times in counters
    )
    gift = [{"rule": "hello", "campaign": "spring", "points": 10}]
    bought = [(ana, 1, gift), (ana, 2, gift), (ana, 3, None), (ana, 30, None), (ana, 55, None), (ana, 57, None),
              (ben, 1, [{"rule": "base", "points": 1}])]  # fmt: skip
    Purchase.objects.bulk_create(
        Purchase(id=uuid7(), program=beans, member=member, amount_minor=1, currency="EUR", gifts=gifts,
                 occurred_at=now - timedelta(days=days))
        for member, days, gifts in bought
    )  # fmt: skip

    told = api.get(f"/api/campaigns/{campaign['id']}/metrics").json()

    assert told.pop("starts_at") and told.pop("ends_at")
    assert told == {
        "points_given": 30, "times": 3, "budget_points": 100, "budget_left": 70, "members_reached": 1, "purchases": 2,
        "purchases_during": 3, "purchases_before": 2,
        "purchases_lifted": {"during": "0.7500", "before": "0.5000", "lift": "0.5000"}, "cost": None,
    }  # fmt: skip


def test_a_draft_has_done_nothing(api):
    told = api.get(f"/api/campaigns/{made(api)['id']}/metrics").json()

    assert (told["points_given"], told["members_reached"], told["starts_at"]) == (0, 0, None)
    assert told["purchases_lifted"] == {"during": None, "before": None, "lift": None}
