"""Editions: what is in force, checked and numbered, and rules that decide by a number."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty.errors import Invalid
from programs.earning.editions import context_of, draft_snapshot, renew, renew_outdated, snapshot_of
from programs.earning.facts import Terms
from programs.earning.models import Edition, EventType, Segment
from programs.earning.tests.rules import NOBODY, fixed, in_segment, published, running
from programs.membership.models import Program, Tier

pytestmark = pytest.mark.django_db


def renewed(program):
    return renew(program, reason="A test", actor=NOBODY)


def keys(snapshot):
    return {one.rule.key for one in snapshot.compiled} - {"base"}


def test_what_can_be_chosen_is_the_programs_and_its_brands_own(beans, bistro):
    Tier.objects.create(program=beans, code="gold", name="Gold", points_min=100)
    Segment.objects.create(brand=beans.brand, key="vip", name="VIP")
    Segment.objects.create(brand=bistro, key="theirs", name="Theirs")
    EventType.objects.create(brand=beans.brand, name="review.written", fields={"stars": "integer"})

    context = context_of(beans)

    assert (context.currency, context.timezone) == ("EUR", "UTC")
    assert context.choices == {"tiers": {"gold"}, "segments": {"vip"}}
    assert context.events == {"review.written": {"stars": "integer"}}


def test_the_published_rules_and_the_active_campaigns_are_put_in_force(beans):
    published(beans, fixed("mine"), version=4)
    running(beans, "spring", fixed("theirs"), revision=2)
    running(beans, "off", fixed("not"), status="paused")

    edition = renewed(beans)

    stored = Program.objects.get(pk=beans.pk)
    assert (edition.number, stored.edition, beans.edition) == (1, 1, 1)
    assert edition.versions == {"mine": "4", "theirs": "c2"}
    assert keys(snapshot_of(beans.pk, 1, Terms.of(beans))) == {"mine", "theirs"}
    assert stored.needs == ["counters"]


def test_without_rules_and_campaigns_the_terms_are_left_alone(beans):
    assert renewed(beans).document == {"rules": []}
    assert keys(snapshot_of(beans.pk, 1, Terms.of(beans))) == set()
    assert keys(snapshot_of(beans.pk, 0, Terms.of(beans))) == set()


def test_renewing_what_is_as_it_was_makes_no_new_edition(beans):
    published(beans, fixed())

    assert [renewed(beans).number for _ in range(2)] == [1, 1]

    published(beans, fixed(points=11), version=2)
    assert renewed(beans).number == 2


def test_what_a_rule_asks_stands_at_the_program(beans):
    EventType.objects.create(brand=beans.brand, name="review.written", fields={})
    published(beans, fixed("a", conditions={"fact": "member.orders_before", "operator": "equal", "value": 0}),
              fixed("b", trigger="event:review.written"))  # fmt: skip

    renewed(beans)

    assert Program.objects.get(pk=beans.pk).needs == ["orders", "trigger:event:review.written"]


def test_mistakes_are_told_of_the_rule_set_and_the_campaign_that_have_them_and_nothing_changes(beans):
    published(beans, fixed(group="nowhere"))
    running(beans, "spring", fixed("x", trigger="order.payed"), audience=in_segment("ghosts"))

    with pytest.raises(Invalid) as refusal, transaction.atomic():
        renewed(beans)

    assert sorted(error["pointer"] for error in refusal.value.errors) == [
        "/campaigns/spring/audience/value", "/campaigns/spring/rules/0/trigger", "/ruleset/rules/0/group",
    ]  # fmt: skip
    assert not Edition.objects.exists()
    assert Program.objects.get(pk=beans.pk).edition == 0


def test_a_campaign_whose_time_is_over_gives_for_what_is_told_late_for_a_while(beans):
    ended = clock.now() - timedelta(days=2)
    campaign = running(beans, "over", status="ended", ends_at=ended, ended_at=ended)
    running(beans, "stopped", fixed("b"), status="ended", ends_at=clock.now() + timedelta(days=5), ended_at=ended)

    assert [entry["key"] for entry in renewed(beans).document["campaigns"]] == ["over"]

    campaign.ends_at = campaign.ended_at = clock.now() - timedelta(days=100)
    campaign.save()
    assert renewed(beans).document == {"rules": []}


def test_an_edition_is_read_by_one_query_and_then_by_none(beans):
    published(beans, fixed())
    renewed(beans)
    terms = Terms.of(beans)

    with CaptureQueriesContext(
        connection,
    ) as first:
        snapshot = snapshot_of(beans.pk, 1, terms)
    with CaptureQueriesContext(connection) as second:
        again = snapshot_of(beans.pk, 1, terms)

    assert (len(first), len(second)) == (1, 0)
    assert again is snapshot
    assert snapshot.version == 1


def test_an_edition_can_be_read_when_what_it_names_is_gone(beans):
    gold = Tier.objects.create(program=beans, code="gold", name="Gold", points_min=100)
    review = EventType.objects.create(brand=beans.brand, name="review.written", fields={"stars": "integer"})
    published(
        beans,
        fixed("a", conditions={"fact": "member.tier", "operator": "equal", "value": "gold"}),
        fixed("b", trigger="event:review.written",
              conditions={"fact": "event.stars", "operator": "equal", "value": 5}),
        currency="EUR", timezone="UTC",
    )  # fmt: skip
    renewed(beans)
    gold.delete()
    review.delete()
    beans.timezone = "Asia/Tokyo"

    assert keys(snapshot_of(beans.pk, 1, Terms.of(beans))) == {"a", "b"}


def test_an_edition_that_is_not_there_counts_as_none(beans, caplog):
    assert keys(snapshot_of(beans.pk, 77, Terms.of(beans))) == set()
    assert "edition 77" in caplog.text


def test_a_segment_by_conditions_is_not_looked_up_in_lists(beans):
    conditions = {"fact": "member.days_since_joining", "operator": "greaterThan", "value": 30}
    Segment.objects.create(brand=beans.brand, key="old", name="Old", kind="dynamic", conditions=conditions)
    published(beans, fixed(conditions=in_segment("old")))

    assert renewed(beans).document["rules"][0]["conditions"] == conditions
    assert beans.needs == []


def test_a_draft_is_tried_beside_what_is_live(beans):
    published(beans, fixed("mine"))
    running(beans, "spring", fixed("theirs"))
    summer = running(beans, "summer", fixed("new"), status="draft", activated_at=None)

    assert keys(draft_snapshot(beans, Terms.of(beans), campaign=summer)) == {"mine", "theirs", "new"}


def test_a_program_with_another_clock_or_money_gets_its_next_edition(beans):
    published(beans, fixed())
    running(beans, starts_at=datetime(2026, 1, 1, tzinfo=UTC))
    renewed(beans)
    assert renew_outdated(actor=NOBODY) == 0

    Program.objects.filter(pk=beans.pk).update(timezone="Asia/Tokyo")
    assert [renew_outdated(actor=NOBODY) for _ in range(2)] == [1, 0]

    campaign = Edition.objects.get(number=2).document["campaigns"][0]
    assert campaign["schedule"]["from"] == "2026-01-01T09:00:00"
