"""How a program keeps tiers that are not deserved any more: grace, one step at a time, never down; and returns."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from loyalty import clock
from programs.activity.tests.levels import (
    LEVELS,
    assess,
    bring_back,
    buy,
    changes,
    day,
    joined,
    levels,
    tier,
    told,
)
from programs.activity.tests.tills import fresh, purchase
from programs.activity.tests.together import all_at_once
from programs.membership.jobs import reassess_program
from programs.membership.models import Membership, TierChange
from programs.membership.operations import update_program
from programs.membership.selectors import tiers_of
from programs.membership.validity import TierTerms

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def ends(window: str) -> tuple:
    """When gold, earned on 10 March 2026 by one who joined on 10 March 2025, is not deserved any more."""
    return {"rolling": day(2027, 3, 10), "year": day(2028, 1, 1, 0), "joined": day(2028, 3, 10, 0)}[window]


@pytest.fixture(params=["rolling", "year", "joined"])
def window(request, ana_beans):
    joined(ana_beans, day(2025, 3, 10))
    return request.param


def test_down_at_once_is_down_at_the_instant_whether_or_not_it_was_assessed(api, beans, ana_beans, window):
    levels(beans, tier_window=window)
    buy(api, "250.00", day(2026, 3, 10))
    end = ends(window)

    assert [tier(api, end - MINUTE), tier(api, end)] == ["gold", "bronze"]
    found = assess(end + timedelta(days=3))

    assert (found.members, found.ups, found.downs) == (1, 0, 1)
    assert changes(ana_beans)[-1] == ("gold", "bronze", "lapsed")
    assert TierChange.objects.get(reason="lapsed").occurred_at == end
    assert told(ana_beans)[-1]["reason"] == "lapsed"


def test_grace_keeps_a_tier_for_days_by_the_programs_calendar(api, beans, ana_beans, window):
    levels(beans, tier_window=window, tier_grace_days=30)
    buy(api, "250.00", day(2026, 3, 10))
    end = ends(window) + timedelta(days=30)

    assert [tier(api, end - MINUTE), tier(api, end)] == ["gold", "bronze"]
    assert assess(end - MINUTE).downs == 0
    assert assess(end + timedelta(hours=5)).downs == 1
    assert TierChange.objects.get(reason="lapsed").occurred_at == end
    assert tier(api, end + timedelta(days=9)) == "bronze"


@pytest.mark.parametrize("basis", ["spend", "visits"])
def test_grace_is_counted_from_money_and_visits_too(api, beans, ana_beans, window, basis):
    tiers = LEVELS if basis == "spend" else [LEVELS[0], TierTerms("gold", "Gold", 1)]
    levels(beans, tiers, tier_window=window, tier_basis=basis, tier_grace_days=30, earn_points=0)
    buy(api, "250.00", day(2026, 3, 10))
    end = ends(window) + timedelta(days=30)

    assert [tier(api, end - MINUTE), tier(api, end)] == ["gold", "bronze"]
    assess(end + timedelta(hours=5))
    assert TierChange.objects.get(reason="lapsed").occurred_at == end


def test_one_step_at_a_time_takes_another_period_for_the_next(api, beans, ana_beans, window):
    levels(beans, tier_window=window, tier_downgrade="one")
    buy(api, "250.00", day(2026, 3, 10))
    end = ends(window)
    after = end.replace(year=end.year + 1)

    unassessed = [tier(api, end - MINUTE), tier(api, end), tier(api, after - MINUTE), tier(api, after)]
    assess(end + timedelta(days=2))
    assessed = [tier(api, end + timedelta(days=2)), tier(api, after - MINUTE), tier(api, after)]
    assess(after + timedelta(days=2))

    assert unassessed == ["gold", "silver", "silver", "bronze"]
    assert assessed == ["silver", "silver", "bronze"]
    assert changes(ana_beans) == [
        ("", "gold", "reached"), ("gold", "silver", "lapsed"), ("silver", "bronze", "lapsed"),
    ]  # fmt: skip
    assert [change.occurred_at for change in TierChange.objects.filter(reason="lapsed").order_by("occurred_at")] == [
        end, after,
    ]  # fmt: skip


def test_steps_that_nobody_assessed_are_taken_together(api, beans, ana_beans):
    levels(beans, tier_downgrade="one")
    buy(api, "250.00", day(2026, 3, 10))

    assess(day(2029, 1, 1))

    assert changes(ana_beans)[-1] == ("gold", "bronze", "lapsed")


def test_never_down_is_never_down(api, beans, ana_beans, window):
    levels(beans, tier_window=window, tier_downgrade="never")
    order = buy(api, "250.00", day(2026, 3, 10))

    assert assess(day(2031)).downs == 0
    assert tier(api, day(2031)) == "gold"
    bring_back(api, order, day(2031, 2, 1))
    assert tier(api, day(2031, 2, 2)) == "gold"


def test_who_earns_it_again_in_time_of_grace_keeps_the_tier(api, beans, ana_beans):
    levels(beans, tier_grace_days=30)
    buy(api, "250.00", day(2026, 3, 10))
    assess(day(2027, 3, 20))
    buy(api, "250.00", day(2027, 3, 21))

    assert tier(api, day(2027, 6, 1)) == "gold"
    assert tier(api, day(2028, 3, 21) + timedelta(days=30)) == "bronze"
    assert changes(ana_beans) == [("", "gold", "reached")]


def test_assessing_again_changes_nothing(api, beans, ana_beans, ben_beans):
    levels(beans)
    buy(api, "250.00", day(2026, 3, 10))
    buy(api, "150.00", day(2026, 5, 10), member="ben")
    at = day(2027, 4, 1)

    first, second = assess(at), assess(at)

    assert (first.members, first.ups, first.downs, first.unchanged) == (2, 0, 1, 1)
    assert (second.members, second.ups, second.downs, second.unchanged) == (2, 0, 0, 2)
    assert (len(changes(ana_beans)), len(told(ana_beans))) == (2, 2)


def test_a_dry_run_says_what_would_be_and_changes_nothing(api, beans, ana_beans, capsys):
    levels(beans)
    buy(api, "250.00", day(2025, 3, 10))

    with clock.at(day(2026, 6, 1)):
        call_command("reassess_tiers", "--dry-run", "--program", "BEANS")
        dry = capsys.readouterr().out
        call_command("reassess_tiers", "--at", "2026-05-01T00:00:00Z")
        real = capsys.readouterr().out

    assert dry.startswith("would be: 0 up, 1 down, 0 unchanged in 1 members, ")
    assert real.startswith("0 up, 1 down, 0 unchanged in 1 members, ")


def test_an_assessment_of_the_past_leaves_what_came_after_it(api, beans, ana_beans):
    levels(beans)
    buy(api, "250.00", day(2026, 3, 10))

    found = assess(day(2026, 3, 1))

    assert (found.ups, found.downs) == (0, 0)
    assert Membership.objects.get().tier.code == "gold"


def test_members_who_left_are_not_assessed(api, beans, ana_beans):
    levels(beans)
    buy(api, "250.00", day(2025, 3, 10))
    Membership.objects.update(status="closed")

    assert assess(day(2027, 1, 1)).members == 0


def test_a_return_takes_the_tier_at_once_where_the_program_does(api, beans, ana_beans):
    levels(beans)
    order = buy(api, "250.00", day(2026, 3, 10))

    bring_back(api, order, day(2026, 3, 12), amount="100.00")

    assert tier(api, day(2026, 3, 12)) == "silver"
    assert changes(ana_beans)[-1] == ("gold", "silver", "returned")
    assert told(ana_beans)[-1]["reason"] == "returned"


def test_a_reversal_takes_the_tier_as_a_return_does(api, beans, ana_beans):
    levels(beans)
    order = buy(api, "250.00", day(2026, 3, 10))

    with clock.at(day(2026, 3, 12)):
        answer = api.post(
            f"/api/transactions/{order['id']}/reverse", {"reason": "a mistake", "idempotency_key": fresh("undo")}
        )

    assert answer.status_code == 201, answer.content
    assert changes(ana_beans)[-1] == ("gold", "bronze", "returned")


@pytest.mark.django_db(transaction=True)
def test_members_are_assessed_while_they_buy(api, beans, ana_beans):
    levels(beans, tier_grace_days=10)

    def act(n):
        if n % 4 == 3:
            return assess(clock.now()).members
        return api.post("/api/members/ana/earn", purchase("20.00", reference=f"rush-{n}")).status_code

    answers = all_at_once(16, act)

    assert set(answers) == {201, 1}
    assert [change[1] for change in changes(ana_beans)] == ["bronze", "silver", "gold"]
    assert len(told(ana_beans)) == 3


def test_changes_of_one_moment_stand_in_the_order_in_which_they_were_made(api, beans, ana_beans):
    levels(beans)
    for _ in range(2):
        buy(api, "110.00", day(2026, 3, 10))

    times = list(TierChange.objects.order_by("recorded_at").values_list("after", "recorded_at"))

    assert [tier for tier, _ in times] == ["silver", "gold"]
    assert times[0][1] < times[1][1], "both were written in one transaction, and still one came first"


def test_after_a_return_grace_begins(api, beans, ana_beans):
    levels(beans, tier_grace_days=10)
    order = buy(api, "250.00", day(2026, 3, 10))

    bring_back(api, order, day(2026, 3, 12), amount="100.00")

    assert [tier(api, day(2026, 3, 22, 11, 59)), tier(api, day(2026, 3, 22, 12))] == ["gold", "silver"]
    assess(day(2026, 3, 23))
    assert changes(ana_beans)[-1] == ("gold", "silver", "lapsed")


def test_a_return_in_time_of_grace_does_not_make_it_longer(api, beans, ana_beans):
    levels(beans, tier_grace_days=10)
    buy(api, "150.00", day(2026, 3, 10))
    second = buy(api, "60.00", day(2026, 3, 11))
    bring_back(api, second, day(2026, 3, 12), amount="30.00")

    bring_back(api, second, day(2026, 3, 15))

    assert [tier(api, day(2026, 3, 22, 11)), tier(api, day(2026, 3, 22, 13))] == ["gold", "silver"]


def test_what_was_kept_is_read_of_the_past_too(api, beans, ana_beans):
    levels(beans, tier_grace_days=30)
    buy(api, "250.00", day(2026, 3, 10))
    assess(day(2027, 6, 1))

    with clock.at(day(2027, 7, 1)):
        then = [
            tiers_of([ana_beans], at=at)[ana_beans.id].code
            for at in (day(2027, 3, 1), day(2027, 4, 1), day(2027, 4, 10))
        ]

    assert then == ["gold", "gold", "bronze"]


def test_a_member_is_warned_once_of_each_ending(api, beans, ana_beans):
    levels(beans, tier_warning_days=14)
    buy(api, "250.00", day(2026, 3, 10))

    counts = [assess(at).warned for at in (day(2027, 2, 20), day(2027, 2, 25), day(2027, 2, 26), day(2027, 3, 9))]

    assert counts == [0, 1, 0, 0]
    (warning,) = told(ana_beans, "tier.ending")
    assert warning == {
        "tier": "gold", "next": "bronze", "ends_at": "2027-03-10T12:00:00+00:00", "actor": "system:tiers",
    }  # fmt: skip
    buy(api, "250.00", day(2027, 3, 9, 13))
    assert assess(day(2027, 3, 9, 14)).warned == 0
    assert assess(day(2028, 3, 1)).warned == 1


def test_the_warning_knows_of_grace(api, beans, ana_beans):
    levels(beans, tier_warning_days=14, tier_grace_days=30)
    buy(api, "250.00", day(2026, 3, 10))

    assert [assess(day(2027, 3, 1)).warned, assess(day(2027, 4, 1)).warned] == [0, 1]

    assert told(ana_beans, "tier.ending")[0]["ends_at"] == "2027-04-09T12:00:00+00:00"


def test_nobody_is_warned_of_what_they_keep(api, beans, ana_beans):
    levels(beans, tier_warning_days=14, tier_downgrade="never")
    buy(api, "250.00", day(2026, 3, 10))

    assert assess(day(2027, 3, 1)).warned == 0


def test_members_are_assessed_when_the_tiers_of_the_program_change(api, beans, ana_beans):
    levels(beans)
    buy(api, "150.00", day(2026, 3, 10))
    bronze, silver, _ = LEVELS

    with clock.at(day(2026, 4, 1)):
        update_program(beans, {}, tiers=[bronze, silver, TierTerms("gold", "Gold", 150)])
        reassess_program(str(beans.id))

    assert changes(ana_beans)[-1] == ("silver", "gold", "program")
    assert told(ana_beans)[-1] == {
        "before": "silver", "after": "gold", "reason": "program", "actor": "system:tiers",
    }  # fmt: skip


def test_members_of_a_tier_that_is_removed_have_the_next_lower_one(api, beans, ana_beans):
    levels(beans, tier_downgrade="never")
    buy(api, "250.00", day(2026, 3, 10))

    with clock.at(day(2026, 4, 1)):
        update_program(beans, {}, tiers=LEVELS[:2], actor="person:x")

    assert changes(ana_beans)[-1] == ("gold", "silver", "program")
    assert tier(api, day(2030, 4, 2)) == "silver"


def test_higher_thresholds_begin_grace_where_there_is_grace(api, beans, ana_beans):
    levels(beans, tier_grace_days=10)
    buy(api, "250.00", day(2026, 3, 10))
    bronze, silver, _ = LEVELS

    with clock.at(day(2026, 4, 1)):
        update_program(beans, {}, tiers=[bronze, silver, TierTerms("gold", "Gold", 900)])
        reassess_program(str(beans.id))

    assert [tier(api, day(2026, 4, 11, 11)), tier(api, day(2026, 4, 11, 13))] == ["gold", "silver"]


def test_another_window_holds_at_once(api, beans, ana_beans):
    levels(beans, tier_months=1)
    buy(api, "250.00", day(2026, 3, 10))
    assert tier(api, day(2026, 5, 1)) == "bronze"

    with clock.at(day(2026, 5, 1)):
        update_program(beans, {"tier_window": "lifetime"})

    assert tier(api, day(2026, 5, 1)) == "gold"
