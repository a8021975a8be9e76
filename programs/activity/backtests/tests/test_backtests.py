"""Trying rules on what was bought: what would have been given, beside what is live."""

from datetime import timedelta

import pytest
from django.urls import reverse

from loyalty import clock
from loyalty.identity.principals import Principal
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from loyalty.runs.operations import cancel
from programs.activity.backtests.past import HAPPENINGS_MAX
from programs.activity.tests.ruled import campaign_by, fixed, item, leaf, limit, per, rule, rule_by
from programs.activity.tests.tills import earn, give_back, pointers, refusal
from programs.earning.models import Campaign, EventType, Referral, RuleSet, Segment, SegmentMember
from programs.earning.tests.rules import NOBODY
from programs.membership.models import Tier

pytestmark = pytest.mark.django_db


def draft(program, *rules: dict, **document) -> int:
    """The version of a draft with these rules."""
    last = RuleSet.objects.filter(program=program).order_by("-version").first()
    version = last.version + 1 if last else 1
    document |= {"rules": list(rules)}
    RuleSet.objects.create(program=program, version=version, document=document, created_by=NOBODY)
    return version


def asked(version: int | None = None, **more) -> dict:
    now = clock.now()
    body = {"from": (now - timedelta(days=400)).isoformat(), "to": (now + timedelta(days=1)).isoformat()} | more
    return body | ({"ruleset_version": version} if version else {})


def backtest(api, version: int | None = None, **more) -> dict:
    """The result of a backtest of that version of BEANS' rules."""
    started = api.post("/api/programs/BEANS/backtest", asked(version, **more))
    assert started.status_code == 202, started.content
    assert (started.json()["status"], started.json()["result"]) == ("waiting", None)
    carry_on(Run.objects.get(pk=started.json()["id"]), seconds=None)
    shown = api.get(started["Location"]).json()
    assert shown["status"] == "done", shown
    assert shown["progress"]["percent"] == 100
    return shown["result"]


def of_rule(result: dict, key: str) -> tuple[int, int, int]:
    (found,) = [one for one in result["rules"] if one["key"] == key]
    return found["times"], found["points"], found["members"]


class TestWhatItTells:
    def test_each_rule_beside_what_is_live(self, api, beans, ana_beans, ben_beans):
        rule_by(beans, rule("rate", per(1)))
        for who, amount in (("ana", "10.00"), ("ben", "20.50"), ("ana", "5.00")):
            earn(api, amount, member=who)

        told = backtest(api, draft(beans, rule("rate", per(2)), rule("hello", fixed(3), group="bonus")))

        assert (told["purchases"], told["members"], told["points"], told["live_points"]) == (3, 2, 79, 35)
        assert (told["difference"], told["difference_percent"]) == (44, "125.7")
        assert (of_rule(told, "rate"), of_rule(told, "hello")) == ((3, 70, 2), (3, 9, 2))
        assert [one["live_points"] for one in told["rules"]] == [35, 0]
        assert sum(one["points"] for one in told["deciles"]) == 79
        affected = [(one["external_id"], one["spend"], one["difference"]) for one in told["most_affected"]]
        assert affected == [("ben", "20.50", 23), ("ana", "15.00", 21)]

    def test_its_times_are_told_in_utc(self, api, beans):
        times = {"from": "2026-03-01T00:00:00+01:00", "to": "2026-04-01T00:00:00Z"}

        started = api.post("/api/programs/BEANS/backtest", asked(draft(beans, rule("some", fixed(1))), **times))

        assert (started.json()["from"], started.json()["to"]) == ("2026-02-28T23:00:00Z", "2026-04-01T00:00:00Z")

    def test_it_changes_nothing(self, api, beans, ana_beans):
        bought = earn(api, "10.00")
        backtest(api, draft(beans, rule("rate", per(2))))

        assert api.get(f"/api/transactions/{bought['id']}").json()["points"] == 10
        assert api.get("/api/members/ana/balance").json()["available"] == 10

    def test_a_campaign_is_tried_beside_what_is_live_as_if_it_had_been_on(self, api, beans, ana_beans):
        earn(api, "10.00")
        ahead = clock.now() + timedelta(days=30)
        spring = Campaign.objects.create(
            program=beans, key="spring", name="Spring", rules=[rule("s", fixed(7), group="bonus")], starts_at=ahead,
            created_by=NOBODY,
        )  # fmt: skip

        told = backtest(api, campaign_id=str(spring.pk))

        assert (told["points"], told["live_points"], of_rule(told, "s")) == (17, 10, (1, 7, 1))

    def test_only_what_was_bought_in_that_time(self, api, beans, ana_beans):
        now = clock.now()
        for days in (10, 20, 30):
            earn(api, "10.00", occurred_at=(now - timedelta(days=days)).isoformat())
        times = {"from": (now - timedelta(days=25)).isoformat(), "to": (now - timedelta(days=15)).isoformat()}

        assert backtest(api, draft(beans, rule("some", fixed(1))), **times)["purchases"] == 1

    def test_a_time_in_which_nothing_happened(self, api, beans):
        told = backtest(api, draft(beans, rule("some", fixed(1))))

        assert (told["purchases"], told["points"], told["difference_percent"]) == (0, 0, None)


class TestWhatItRestsOn:
    def test_limits_begin_unused_and_are_counted(self, api, beans, ana_beans):
        rule_by(beans, rule("some", fixed(50), limits=[limit("member", points=60)]))
        for _ in range(3):
            earn(api, "1.00")

        told = backtest(api, draft(beans, rule("some", fixed(50), limits=[limit("member", points=120)])))

        assert (told["points"], told["live_points"], told["rules"][0]["cut"]) == (120, 60, 30)

    def test_what_came_back_is_taken_off_as_the_rules_say(self, api, beans, ana_beans):
        bought = earn(api, "100.00")
        give_back(api, bought["id"], amount="40.00")

        told = backtest(
            api,
            draft(
                beans,
                rule("rate", per(1)),
                rule("kept", fixed(7), on_return="keep", group="bonus"),
                rule("once", fixed(10), group="bonus", limits=[limit("member", points=10)]),
            ),
        )

        # The rule "base" is the program's own rate.
        points = {one["key"]: one["points"] for one in told["rules"]}
        assert points == {"rate": 60, "kept": 7, "once": 6, "base": 60}
        assert (told["returned"], told["live_points"], told["deciles"][-1]["spend"]) == ("40.00", 60, "60.00")

    def test_lines_that_came_back_take_what_was_given_for_them(self, api, beans, ana_beans):
        toys = leaf("line.category", "equal", "toys")
        items = [item("T", "60.00", category="toys"), item("B", "40.00", category="books")]
        bought = earn(api, "100.00", items=items)
        give_back(api, bought["id"], items=[{"sku": "B", "quantity": 1}])

        told = backtest(api, draft(beans, rule("toys", per(2, where=toys), group="bonus")))

        assert of_rule(told, "toys") == (1, 120, 1)

    def test_what_was_reversed_is_left_out(self, api, beans, ana_beans):
        bought = earn(api, "100.00")
        earn(api, "1.00")
        api.post(f"/api/transactions/{bought['id']}/reverse", {"reason": "a mistake", "idempotency_key": "k"})

        told = backtest(api, draft(beans, rule("some", fixed(1))))

        assert (told["purchases"], told["reversed"]) == (1, 1)

    def test_what_was_bought_before_is_known_from_the_books(self, api, beans, ana_beans):
        now = clock.now()
        for days in (90, 20, 10):
            earn(api, "10.00", occurred_at=(now - timedelta(days=days)).isoformat())
        rules = [
            rule("first", fixed(100), conditions=leaf("member.orders_before", "equal", 0)),
            rule("second", fixed(10), conditions=leaf("member.spend_before", "equal", "10.00")),
        ]
        version, since = draft(beans, *rules), (now - timedelta(days=30)).isoformat()

        assert of_rule(backtest(api, version), "first") == (1, 100, 1)
        later = backtest(api, version, **{"from": since})
        assert (of_rule(later, "first"), of_rule(later, "second")) == ((0, 0, 0), (1, 10, 1))

    def test_tiers_are_those_of_then(self, api, beans, ana_beans):
        Tier.objects.create(program=beans, code="gold", name="Gold", points_min=100)
        for _ in range(3):
            earn(api, "60.00")

        told = backtest(api, draft(beans, rule("gold", fixed(5), conditions=leaf("member.tier", "equal", "gold"))))

        assert of_rule(told, "gold") == (1, 5, 1)

    def test_tiers_multiply_on_both_sides(self, api, beans, ana_beans):
        Tier.objects.create(program=beans, code="gold", name="Gold", points_min=100, multiplier="1.5")
        for _ in range(2):
            earn(api, "100.00")

        told = backtest(api, draft(beans, rule("some", fixed(5), group="bonus")))

        assert (told["points"], told["live_points"]) == (260, 250)

    def test_lists_referrals_and_birthdays(self, api, beans, ana, ana_beans, ben_beans):
        earn(api, "50.00")
        vips = Segment.objects.create(brand=beans.brand, key="vip", name="VIP", kind="list")
        SegmentMember.objects.create(segment=vips, member=ana)
        Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana)
        ana.birth_date = clock.now().date().replace(year=1990, day=1)
        ana.save()
        rules = [
            rule("vip", fixed(1), conditions=leaf("member.segments", "contains", "vip")),
            rule("brought", fixed(300, to="referrer"), conditions=leaf("member.referred", "equal", True)),
            rule("month", fixed(20), conditions=leaf("member.is_birthday_month", "equal", True)),
        ]

        told = backtest(api, draft(beans, *rules))

        assert [of_rule(told, key) for key in ("vip", "brought", "month")] == [(1, 1, 1), (1, 300, 1), (1, 20, 1)]
        affected = [(one["external_id"], one["difference"]) for one in told["most_affected"]]
        assert affected == [("ben", 300), ("ana", 21)]

    def test_events_are_replayed_where_rules_are_about_them(self, api, beans, ana_beans):
        EventType.objects.create(brand=beans.brand, name="review.written", fields={"text_length": "integer"})
        rule_by(beans, rule("review", fixed(1), trigger="event:review.written"))
        event = {
            "specversion": "1.0", "id": "e1", "source": "shop", "type": "review.written", "subject": "ana",
            "data": {"text_length": 80},
        }  # fmt: skip
        sent = api.post("/api/events", event)
        assert sent.status_code < 300, sent.content
        long = leaf("event.text_length", "greaterThanInclusive", 50)

        told = backtest(api, draft(beans, rule("review", fixed(20), trigger="event:review.written", conditions=long)))

        assert (told["events"], told["points"], told["live_points"]) == (1, 20, 1)


class TestWhatIsRefused:
    def test_a_candidate_with_mistakes_is_refused_with_all_of_them(self, api, beans):
        wrong = [rule("a", fixed(5), conditions=leaf("order.gross", "equal", "1.00")), rule("b", fixed(-1))]

        response = api.post("/api/programs/BEANS/backtest", asked(draft(beans, *wrong)))

        assert refusal(response) == (422, "rules-not-valid")
        told = [error["pointer"] for error in response.json()["errors"]]
        assert told == ["/rules/0/conditions/fact", "/rules/1/effects/0/points"]
        assert not Run.objects.exists()

    def test_a_campaign_with_mistakes_points_into_the_campaign(self, api, beans):
        wrong = Campaign.objects.create(
            program=beans, key="spring", name="Spring", rules=[rule("s", fixed(0))], created_by=NOBODY
        )
        response = api.post("/api/programs/BEANS/backtest", asked(campaign_id=str(wrong.pk)))

        assert refusal(response) == (422, "rules-not-valid")
        assert [error["pointer"] for error in response.json()["errors"]] == ["/rules/0/effects/0/points"]

    def test_one_of_the_two_is_wanted(self, api, beans):
        running = campaign_by(beans, "spring")
        both = asked(draft(beans, rule("a", fixed(1))), campaign_id=str(running.pk))

        for body in (asked(), both):
            assert pointers(api.post("/api/programs/BEANS/backtest", body)) == ["/ruleset_version"]

    def test_a_time_that_ends_before_it_begins(self, api, beans):
        version = draft(beans, rule("a", fixed(1)))
        body = asked(version) | {"to": "2001-01-01T00:00:00Z"}

        assert pointers(api.post("/api/programs/BEANS/backtest", body)) == ["/from"]

    def test_what_is_not_there_or_anothers(self, api, bistro_api, beans):
        version = draft(beans, rule("a", fixed(1)))
        assert api.post("/api/programs/BEANS/backtest", asked(version + 1)).status_code == 404
        assert bistro_api.post("/api/programs/BEANS/backtest", asked(version)).status_code == 404
        started = api.post("/api/programs/BEANS/backtest", asked(version)).json()
        assert bistro_api.get(f"/api/backtests/{started['id']}").status_code == 404
        assert api.get("/api/backtests/no-id").status_code == 404

    def test_members_may_not(self, ana_client, beans, ana_beans):
        body = asked(draft(beans, rule("a", fixed(1))))
        assert refusal(ana_client.post("/api/programs/BEANS/backtest", body)) == (403, "forbidden")

    def test_more_than_can_be_held_in_mind(self, api, beans, ana_beans, monkeypatch):
        earn(api, "1.00")
        monkeypatch.setattr("programs.activity.backtests.past.HAPPENINGS_MAX", 0)
        version = draft(beans, rule("a", fixed(1)))
        started = api.post("/api/programs/BEANS/backtest", asked(version)).json()

        carry_on(Run.objects.get(pk=started["id"]), seconds=None)

        shown = api.get(f"/api/backtests/{started['id']}").json()
        assert shown["status"] == "failed"
        assert HAPPENINGS_MAX == 5_000_000


def test_it_goes_on_over_many_chunks(api, beans, ana_beans, monkeypatch):
    monkeypatch.setattr("programs.activity.backtests.operations.CHUNK", 2)
    for _ in range(5):
        earn(api, "1.00")
    version = draft(beans, rule("some", fixed(1)))

    told = backtest(api, version)

    assert of_rule(told, "some") == (5, 5, 1)


def test_the_portal_stops_it_and_hands_out_the_file(api, client, manager, beans, ana_beans):
    version = draft(beans, rule("some", fixed(1)))
    first, second = (
        Run.objects.get(pk=api.post("/api/programs/BEANS/backtest", asked(version)).json()["id"]) for _ in range(2)
    )
    client.force_login(manager)

    cancel(Principal(kind="system", id=first.pk, actor="system:test", brands={beans.brand_id: "admin"}), first)
    carry_on(first, seconds=None)
    carry_on(second, seconds=None)

    assert api.get(f"/api/backtests/{first.pk}").json()["status"] == "cancelled"
    file = client.get(reverse("admin:loyalty_run_file", args=[second.pk]))
    assert (file["Content-Type"], file.json()["purchases"]) == ("application/json", 0)
