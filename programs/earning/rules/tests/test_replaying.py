"""What rules would have given for what happened."""

from datetime import timedelta
from fractions import Fraction

from msgspec.structs import replace

from programs.earning.rules.replaying import OfMember, replay
from programs.earning.rules.tests.orders import ANA, NOON, fixed, leaf, order, per, snapshot

RATE = snapshot({"key": "rate", "effects": [per(1)]})
LIMIT = {"scope": "member", "period": "month", "points": 25}


def bought(member: str, amount: str, day: int = 0, referrer: str = ""):
    who = replace(ANA, id=member, referrer_id=referrer)
    return f"{member}-{amount}-{day}", order(amount, member=who, at=NOON + timedelta(days=day))


def test_limits_are_counted_from_one_happening_to_the_next():
    made = snapshot({"key": "some", "effects": [fixed(10)], "limits": [LIMIT]})
    report = replay(made, [bought("ana", "1.00", day) for day in (0, 1, 2, 3, 31)])

    (rule,) = report.rules
    assert (rule.times, rule.points, rule.cut, rule.members) == (4, 35, 5, 1)
    assert (report.happenings, report.points, report.live_points) == (5, 35, 0)


def test_each_rule_is_told_beside_what_is_live():
    draft = snapshot({"key": "rate", "effects": [per(2)]}, {"key": "new", "effects": [fixed(5, to="referrer")]})
    live = snapshot({"key": "rate", "effects": [per(1)]}, {"key": "old", "effects": [fixed(3), fixed(4)]})
    report = replay(
        draft,
        [bought("ana", "10.00"), bought("ben", "20.00", 1, referrer="ana")],
        live=live,
        point_value_minor=Fraction(1, 2),
    )

    told = {
        rule.key: (rule.times, rule.points, rule.members, rule.live_times, rule.live_points) for rule in report.rules
    }
    assert told == {"rate": (2, 60, 2, 2, 30), "new": (1, 5, 1, 0, 0), "old": (0, 0, 0, 2, 14)}
    assert (report.points, report.live_points, report.difference) == (65, 44, 21)
    assert (report.cost_minor, report.live_cost_minor) == (32, 22)
    assert report.members["ana"] == OfMember("ana", 1, 1000, 25, 17)
    assert [one.member for one in report.most_affected] == ["ben", "ana"]


def test_deciles_are_tenths_of_the_members_by_what_they_spend():
    report = replay(RATE, [bought(f"m{n:02}", f"{n}.00") for n in range(25)], live=RATE)

    assert [one.members for one in report.deciles] == [2, 3, 2, 3, 2, 3, 2, 3, 2, 3]
    assert (report.deciles[0].spend_minor, report.deciles[0].points) == (4700, 47)
    assert sum(one.points for one in report.deciles) == report.points == 300
    assert {one.difference for one in report.deciles} == {0} and report.most_affected == ()


def test_who_only_receives_is_a_member_too():
    report = replay(snapshot({"effects": [fixed(5, to="referrer")]}), [bought("ben", "1.00", referrer="ana")])
    assert report.members["ana"] == OfMember("ana", 0, 0, 5, 0)


def test_what_is_no_points_is_counted_apart():
    badge = {"type": "badge.award", "badge": "early"}
    made = snapshot({"effects": [badge, fixed(2)], "conditions": leaf("order.net", "greaterThan", "5.00")})
    report = replay(made, [bought("ana", "6.00"), bought("ana", "1.00")])
    assert (report.rules[0].grants, report.rules[0].points, report.points) == (1, 2, 2)


def test_progress_is_told_every_five_hundred_and_at_the_end():
    heard: list[int] = []
    replay(RATE, (bought("ana", "1.00") for _ in range(1200)), progress=heard.append)
    assert heard == [500, 1000, 1200]


def test_nothing_happened():
    report = replay(RATE, [], live=RATE, point_value_minor=1)
    assert (report.happenings, report.points, report.cost_minor) == (0, 0, 0)
    assert [one.members for one in report.deciles] == [0] * 10


def test_who_receives_no_points_is_no_member_of_the_report():
    made = snapshot({"effects": [{"type": "stamp.add", "card": "coffee"}]})
    referred = snapshot(
        {"effects": [fixed(5, to="referrer")], "limits": [{"scope": "program", "period": "ever", "points": 5}]}
    )
    report = replay(
        referred, [bought("ben", "1.00", referrer="ana"), bought("cat", "1.00", 1, referrer="dan")], live=made
    )

    assert sorted(report.members) == ["ana", "ben", "cat"]
    assert [(one.times, one.points, one.grants) for one in report.rules] == [(1, 5, 0)]
