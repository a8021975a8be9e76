"""One document out of a rule set and campaigns, and the way back from its mistakes."""

from datetime import UTC, datetime

from programs.earning.merging import merge, merged
from programs.earning.models import Campaign, Segment
from programs.earning.tests.rules import fixed, in_segment

OLD = {"fact": "member.days_since_joining", "operator": "greaterThan", "value": 365}
VIP = Segment(key="vip", kind=Segment.Kind.DYNAMIC, conditions={"all": [OLD]})
STAFF = Segment(key="staff", kind=Segment.Kind.LIST)


def campaign(key="spring", *rules, **more):
    return Campaign(key=key, name=key.title(), rules=list(rules) or [fixed()], **more)


def not_in(key):
    return in_segment(key) | {"operator": "doesNotContain"}


def test_without_campaigns_the_document_is_the_rule_sets():
    document = {"rules": [fixed()], "rounding": "up"}

    assert merged(document) == document
    assert merged(None) == {"rules": []}


def test_a_campaign_is_an_entry_with_its_bounds_audience_and_times_by_the_programs_clock():
    spring = campaign(
        budget_points=100_000, member_times=2, priority=3, audience={"all": [OLD]},
        starts_at=datetime(2026, 7, 1, 12, 30, tzinfo=UTC), ends_at=datetime(2026, 12, 1, tzinfo=UTC),
    )  # fmt: skip

    document = merged(None, [spring], timezone="Europe/London")

    assert document["campaigns"] == [{
        "key": "spring", "name": "Spring", "priority": 3, "budget": {"points": 100_000}, "per_member": {"times": 2},
        "audience": {"all": [OLD]}, "schedule": {"from": "2026-07-01T13:30:00", "to": "2026-12-01T00:00:00"},
    }]  # fmt: skip
    assert document["rules"] == [fixed(campaign="spring")]


def test_campaigns_stand_behind_the_rule_set_by_priority_and_taken_keys_are_prefixed():
    made = merge(
        {"rules": [fixed("hello")]},
        [campaign("late", fixed("hello"), fixed("bye"), priority=9, revision=3), campaign("early", fixed("bye"))],
        version="5",
    )

    assert [rule["key"] for rule in made.document["rules"]] == ["hello", "bye", "late.hello", "late.bye"]
    assert made.versions == {"hello": "5", "bye": "c1", "late.hello": "c3", "late.bye": "c3"}


def test_a_key_that_a_campaign_has_twice_stays_a_mistake():
    document = merged(None, [campaign("spring", fixed("a"), fixed("a"))])

    assert [rule["key"] for rule in document["rules"]] == ["a", "a"]


def test_a_segment_by_conditions_is_asked_by_them_wherever_it_is_named():
    conditions = {
        "any": [in_segment("vip"), {"not": in_segment("staff")}, in_segment("vip") | {"operator": "doesNotContain"}]
    }
    audience = in_segment("vip")

    document = merged({"rules": [fixed(conditions=conditions)]}, [campaign(audience=audience)], [VIP, STAFF])

    asked = {"any": [{"all": [OLD]}, {"not": in_segment("staff")}, {"not": {"all": [OLD]}}]}
    assert document["rules"][0]["conditions"] == asked
    assert document["campaigns"][0]["audience"] == {"all": [OLD]}


def test_what_was_given_is_not_changed():
    ruleset, spring = {"rules": [fixed(conditions=in_segment("vip"))]}, campaign(audience=in_segment("vip"))

    merged(ruleset, [spring], [VIP])

    assert ruleset == {"rules": [fixed(conditions=in_segment("vip"))]}
    assert (spring.rules, spring.audience) == ([fixed()], in_segment("vip"))


def test_a_mistake_is_told_where_it_was_written():
    made = merge(
        {"rules": [fixed("a", conditions={"all": [in_segment("vip")]})]}, [campaign("spring", fixed("b"))], [VIP]
    )

    def place(pointer):
        return made.told([{"pointer": pointer, "code": "x", "detail": "d"}])[0]["pointer"]

    assert place("/rules/0/effects/0/points") == "/ruleset/rules/0/effects/0/points"
    assert place("") == "/ruleset"
    assert place("/groups/1/key") == "/ruleset/groups/1/key"
    assert place("/rules/1/effects/0") == "/campaigns/spring/rules/0/effects/0"
    assert place("/campaigns/0/budget/points") == "/campaigns/spring/budget_points"
    assert place("/campaigns/0/schedule/to") == "/campaigns/spring/ends_at"
    assert place("/campaigns/0/audience/all/0/fact") == "/campaigns/spring/audience/all/0/fact"
    assert place("/rules/0/conditions/all/0/all/0/fact") == "/ruleset/rules/0/conditions/all/0"


def test_whatever_the_document_is_it_is_left_for_the_reader():
    for odd in ([], "x", 5, {"rules": {}}, {"rules": [None, 7]}, {"rules": [{"conditions": []}], "campaigns": 1}):
        merge(odd, [campaign()], [VIP])
