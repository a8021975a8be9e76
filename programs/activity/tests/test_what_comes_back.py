"""What a return and a reversal do to each thing that hangs on a purchase: the table in the README, row by row."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.identity.operations import make_known
from programs.activity.goals import watch_goals
from programs.activity.passing_on import pass_on_due
from programs.activity.tests.ruled import campaign_by, fixed, item, leaf, limit, per, rule, rule_by
from programs.activity.tests.tills import available, balance, deposit, earn, fresh, give_back, redeem, refusal
from programs.earning.models import LimitCounter, Referral
from programs.membership.enrolment import enrol
from programs.membership.models import Program, Tier
from programs.membership.operations import create_program

pytestmark = pytest.mark.django_db
RETURN, REVERSAL = "return", "reversal"
both_ways = pytest.mark.parametrize("way", [RETURN, REVERSAL])


def undo(api, bought: dict, way: str = RETURN) -> dict:
    """All of the purchase comes back, or it is undone."""
    if way == RETURN:
        return give_back(api, bought["id"])
    body = {"reason": "a mistake", "idempotency_key": fresh()}
    answer = api.post(f"/api/transactions/{bought['id']}/reverse", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def used(owner: str, scope: str = "member") -> list[tuple[int, int]]:
    counters = LimitCounter.objects.filter(owner=owner, scope=scope)
    return list(counters.values_list("points", "times"))


def policy(program, name: str) -> None:
    Program.objects.filter(pk=program.pk).update(return_policy=name)


class TestPoints:
    @both_ways
    def test_what_was_given_in_proportion_goes_back(self, api, beans, ana_beans, way):
        rule_by(beans, rule("rate", per(1)), rule("more", fixed(30), group="bonus"))

        assert undo(api, earn(api, "100.00"), way)["points"] == -130

    def test_in_parts_each_rule_gives_back_its_share_rounded_down(self, api, beans, ana_beans):
        rule_by(beans, rule("rate", per(1)), rule("more", fixed(7), group="bonus"))
        bought = earn(api, "100.00")

        assert [give_back(api, bought["id"], amount=f"{part}.00")["points"] for part in (50, 25, 25)] == [-53, -27, -27]

    def test_points_for_some_lines_go_back_with_these_lines(self, api, beans, ana_beans):
        rule_by(beans, rule("toys", per(2, where=leaf("line.category", "equal", "toys"))))
        items = [item("T", "60.00", category="toys"), item("B", "40.00", category="books")]
        bought = earn(api, "100.00", items=items)

        assert [give_back(api, bought["id"], items=[{"sku": sku, "quantity": 1}])["points"] for sku in "BT"] == [
            0,
            -120,
        ]

    @pytest.mark.parametrize(("way", "points"), [(RETURN, -100), (REVERSAL, -130)])
    def test_what_a_rule_keeps_stays_at_a_return_alone(self, api, beans, ana_beans, way, points):
        rule_by(beans, rule("rate", per(1)), rule("kept", fixed(30), group="bonus", on_return="keep"))

        assert undo(api, earn(api, "100.00"), way)["points"] == points

    def test_what_rests_on_a_condition_goes_when_it_fails(self, api, beans, ana_beans):
        large = leaf("order.net", "greaterThanInclusive", "100.00")
        rule_by(beans, rule("large", fixed(30), conditions=large, on_return="all_if_condition_fails"))
        bought = earn(api, "150.00")

        assert [give_back(api, bought["id"], amount=amount)["points"] for amount in ("40.00", "20.00")] == [0, -30]


class TestLots:
    @both_ways
    def test_what_is_left_of_its_own_lots_goes_first(self, api, beans, ana_beans, way):
        rule_by(beans, rule("rate", per(1)), rule("soon", fixed(30, expires_after={"days": 9}), group="bonus"))
        bought = earn(api, "100.00")
        deposit(api, 50)

        undo(api, bought, way)

        assert (available(api), balance(api)["expiring"]) == (50, [])

    def test_each_lot_gives_back_what_was_given_into_it(self, api, beans, ana_beans):
        rule_by(beans, rule("rate", per(1)), rule("soon", fixed(30, expires_after={"days": 9}), group="bonus"))

        give_back(api, earn(api, "100.00")["id"], amount="50.00")

        held = balance(api)
        assert (held["available"], [lot["points"] for lot in held["expiring"]]) == (65, [15])

    @both_ways
    @pytest.mark.parametrize(
        ("name", "left", "debt"),
        [("debt", 0, 60), ("within_balance", 0, 0), ("only_pending", 40, 0)],
    )
    def test_what_was_spent_of_it_is_owed_or_let_go(self, api, beans, ana_beans, way, name, left, debt):
        policy(beans, name)
        bought = earn(api, "100.00")
        redeem(api, 60)

        undo(api, bought, way)

        held = balance(api)
        assert (held["available"], held["debt"]) == (left, debt)

    @both_ways
    def test_or_nothing_comes_back_at_all(self, api, beans, ana_beans, way):
        policy(beans, "refuse")
        bought = earn(api, "100.00")
        redeem(api, 60)
        body = {"reference": "r"} if way == RETURN else {"reason": "a mistake", "idempotency_key": "k"}
        door = "return" if way == RETURN else "reverse"

        refused = api.post(f"/api/transactions/{bought['id']}/{door}", body)

        assert refusal(refused) == (422, "insufficient-points")

    @both_ways
    def test_what_had_lapsed_is_not_taken_again(self, api, beans, ana_beans, way):
        bought = earn(api, "100.00")
        Program.objects.filter(pk=beans.pk).update(expiry_months=1)
        old = earn(api, "30.00", occurred_at=(clock.now() - timedelta(days=100)).isoformat())

        undo(api, old, way)

        assert (available(api), balance(api)["debt"], bought["points"]) == (100, 0, 100)

    @both_ways
    def test_points_that_do_not_count_yet_go_too(self, api, beans, ana_beans, way):
        policy(beans, "only_pending")
        Program.objects.filter(pk=beans.pk).update(pending_days=14)
        bought = earn(api, "100.00")
        assert balance(api)["pending"] == 100

        undo(api, bought, way)

        assert balance(api)["pending"] == 0


@both_ways
def test_the_tier_counts_less_at_once(api, beans, ana_beans, way):
    for code, points in (("bronze", 0), ("gold", 100)):
        Tier.objects.create(program=beans, code=code, name=code, points_min=points)
    bought = earn(api, "100.00")
    assert balance(api)["tier"] == "gold"

    undo(api, bought, way)

    assert balance(api)["tier"] == "bronze"


class TestLimitsAndBudgets:
    @both_ways
    def test_limits_have_room_again(self, api, beans, ana_beans, way):
        rule_by(beans, rule("some", fixed(50), limits=[limit("member", points=50), limit("member", "day", times=1)]))

        undo(api, earn(api, "10.00"), way)

        assert used("some") == [(0, 0), (0, 0)]
        assert earn(api, "10.00")["points"] == 50

    def test_points_by_parts_and_the_time_with_the_last_of_them(self, api, beans, ana_beans):
        rule_by(beans, rule("some", fixed(50), limits=[limit("member", points=50)]))
        bought = earn(api, "10.00")

        give_back(api, bought["id"], amount="9.00")
        assert used("some") == [(5, 1)]
        give_back(api, bought["id"])
        assert used("some") == [(0, 0)]

    @both_ways
    def test_budgets_and_what_campaigns_have_given(self, api, beans, ana_beans, way):
        spring = campaign_by(beans, "spring", rule("s", fixed(40), group="bonus"), budget_points=60, member_times=2)
        bought = [earn(api, "1.00") for _ in range(2)]
        assert [each["points"] for each in bought] == [41, 21]

        undo(api, bought[0], way)

        assert (used("spring", "campaign"), used("campaign:spring")) == ([(20, 1)], [(20, 1)])
        metrics = api.get(f"/api/campaigns/{spring.pk}/metrics").json()
        assert (metrics["points_given"], metrics["times"]) == (20, 1)
        assert earn(api, "1.00")["points"] == 41

    @both_ways
    def test_the_next_purchase_is_the_first_again(self, api, beans, ana_beans, way):
        rule_by(beans, rule("first", fixed(200), conditions=leaf("member.orders_before", "equal", 0)))

        undo(api, earn(api, "10.00"), way)

        assert earn(api, "10.00")["points"] == 200


class TestOthers:
    @both_ways
    def test_who_brought_the_member_gives_back_and_owes_what_is_spent(self, api, beans, ana_beans, ben_beans, way):
        Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
        bounds = [limit("recipient", "year", points=3000)]
        rule_by(beans, rule("brought", fixed(150), fixed(300, to="referrer"), limits=bounds))
        bought = earn(api, "50.00")
        redeem(api, 100, member="ben")

        undo(api, bought, way)

        assert (available(api), available(api, "ben"), balance(api, "ben")["debt"]) == (0, 0, 100)
        assert sorted(used("brought", "recipient")) == [(0, 0), (0, 0)]

    def test_a_friends_return_is_not_refused_for_what_they_have_spent(self, api, beans, ana_beans, ben_beans):
        policy(beans, "refuse")
        Referral.objects.create(program=beans, referrer=ben_beans.member, friend=ana_beans.member)
        rule_by(beans, rule("brought", fixed(150), fixed(300, to="referrer")))
        bought = earn(api, "50.00")
        redeem(api, 100, member="ben")

        undo(api, bought)

        assert (available(api), available(api, "ben"), balance(api, "ben")["debt"]) == (0, 0, 0)

    @both_ways
    def test_linked_programs_take_back_their_part(self, api, bistro, bistro_api, beans, ana_beans, way):
        plates = create_program(bistro, code="PLATES", name="Plates", unit_name="plates")
        made = api.post(
            "/api/programs/BEANS/links", {"partner_program_id": "PLATES", "points": 5, "per": "10.00"}
        ).json()
        assert bistro_api.post(f"/api/links/{made['id']}/accept").status_code == 200
        make_known(bistro.id, [ana_beans.member_id])
        enrol(plates, ana_beans.member)
        bought = earn(api, "35.00")
        pass_on_due()

        def plates_of_ana() -> int:
            return bistro_api.get(f"/api/members/{ana_beans.member_id}/balance?program_id=PLATES").json()["available"]

        assert plates_of_ana() == 15
        undo(api, bought, way)
        pass_on_due()
        assert plates_of_ana() == 0


class TestWhatStays:
    @both_ways
    def test_what_is_no_points_is_told_and_stays(self, api, beans, ana_beans, way):
        badge, stamps = {"type": "badge.award", "badge": "early"}, {"type": "stamp.add", "card": "coffee", "count": 2}
        rule_by(beans, rule("more", badge, stamps, limits=[limit("member", times=1)]))
        bought = earn(api, "10.00")

        assert undo(api, bought, way)["points"] == 0
        assert used("more") == [(0, 0)]

    @both_ways
    def test_a_goal_counts_less_and_what_was_paid_for_it_stays(self, api, beans, ana_beans, way):
        now = clock.now()
        times = {"activated_at": now - timedelta(days=2), "starts_at": now - timedelta(days=2)}
        goal = {"goal_metric": "purchases", "goal_target": 2, "goal_points": 50}
        together = campaign_by(beans, "together", rule("t", fixed(1), group="bonus"), **times, **goal)

        def progress() -> str:
            return api.get(f"/api/campaigns/{together.pk}/progress").json()["value"]

        first = earn(api, "10.00")
        undo(api, first, way)
        assert progress() == "0"
        bought = [earn(api, "10.00") for _ in range(2)]
        watch_goals(at=clock.now() + timedelta(minutes=1))
        assert available(api) == 72
        undo(api, bought[0], way)
        assert available(api) == 61

    @both_ways
    def test_points_spent_on_the_same_order_stay_spent_until_that_is_reversed(self, api, beans, ana_beans, way):
        deposit(api, 200)
        bought = earn(api, "70.00")
        spent = redeem(api, 150)

        undo(api, bought, way)
        assert available(api) == 50
        api.post(f"/api/transactions/{spent['id']}/reverse", {"reason": "too", "idempotency_key": fresh()})
        assert available(api) == 200
