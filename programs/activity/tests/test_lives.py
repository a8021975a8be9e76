"""Points live as their program says, true at every reading whether or not anything was swept: balances now and as they
were, what expires soon, statements, redemptions; by months, on fixed days, after inactivity."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.reconciliation import reconcile
from ledger.tests.books import clean
from loyalty import clock
from programs.activity.corrections import adjust
from programs.activity.expiring import expire_points
from programs.activity.tests.tills import available, balance, deposit, earn, fresh, give_back, redeem, refusal

BERLIN = ZoneInfo("Europe/Berlin")
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
MARCH_1 = datetime(2026, 3, 1, 9, 30, tzinfo=BERLIN)
KINDS = {
    "months": ({"expiry_months": 0}, datetime(2026, 4, 1, tzinfo=BERLIN)),
    "dates": ({"expiry_kind": "dates", "expiry_dates": ["03-28", "12-31"]}, datetime(2026, 3, 29, tzinfo=BERLIN)),
    "inactivity": ({"expiry_kind": "inactivity", "expiry_months": 1}, datetime(2026, 4, 2, tzinfo=BERLIN)),
}
"""For each kind its terms, and when points earned on the 1st of March are gone; summer time began on the 29th at 2."""


def set_terms(api, **terms):
    answer = api.patch("/api/programs/BEANS", terms)
    assert answer.status_code == 200, answer.content


@pytest.fixture(params=KINDS)
def lapses(request, api, beans, ana_beans):
    """Ana earned 100 points on the 1st of March; they are gone at this instant."""
    terms, end = KINDS[request.param]
    set_terms(api, timezone="Europe/Berlin", **terms)
    with clock.at(MARCH_1):
        earn(api, "100.00")
    return end.astimezone(UTC)


def try_to_redeem(api, points, at):
    with clock.at(at):
        body = {"program_id": "BEANS", "points": points, "idempotency_key": fresh()}
        return api.post("/api/members/ana/redeem", body)


def seen_at(api, at):
    """The balance of today's books as of that instant."""
    (found,) = api.get("/api/members/ana/balances", {"at": at.isoformat()}).json()
    return found["available"], [(one["points"], one["expires_at"]) for one in found["expiring"]]


def written(moment):
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("is_swept", [False, True])
class TestEveryKind:
    def test_points_count_to_the_last_instant_and_not_at_their_end(self, api, lapses, is_swept):
        with clock.at(lapses - INSTANT):
            assert (available(api), balance(api)["expiring"]) == (
                100, [{"points": 100, "expires_at": written(lapses)}],
            )  # fmt: skip
        if is_swept:
            expire_points(at=lapses)
        with clock.at(lapses):
            assert (available(api), balance(api)["expiring"]) == (0, [])

    def test_the_past_is_seen_as_it_was(self, api, lapses, is_swept):
        if is_swept:
            expire_points(at=lapses)

        assert seen_at(api, lapses - INSTANT) == (100, [(100, written(lapses))])
        assert seen_at(api, lapses) == (0, [])
        assert seen_at(api, lapses + 90 * DAY) == (0, [])

    def test_what_lapsed_a_microsecond_ago_is_not_spent(self, api, lapses, is_swept):
        if is_swept:
            expire_points(at=lapses)

        assert refusal(try_to_redeem(api, 1, lapses)) == (422, "insufficient-points")
        assert refusal(try_to_redeem(api, 1, lapses + INSTANT)) == (422, "insufficient-points")

    def test_the_statement_of_their_last_month_tells_that_they_are_gone(self, api, lapses, is_swept):
        with clock.at(lapses + 40 * DAY):
            if is_swept:
                expire_points(at=lapses)
            month = (lapses - INSTANT).astimezone(BERLIN).strftime("%Y-%m")
            statement = api.get("/api/members/ana/statement", {"month": month}).json()

        lines = [(line["type"], line["points"], line["occurred_at"]) for line in statement["lines"]]
        assert ("expire", -100, written(lapses)) in lines
        assert statement["closing"] == 0


def test_to_the_last_instant_they_can_be_spent(api, lapses):
    assert try_to_redeem(api, 100, lapses - INSTANT).status_code == 201


def test_new_terms_hold_for_what_is_earned_from_then_on(api, lapses):
    set_terms(api, expiry_kind="months", expiry_months=None)
    with clock.at(MARCH_1 + DAY):
        earn(api, "7.00")

    with clock.at(lapses - INSTANT):
        assert balance(api)["expiring"] == [{"points": 100, "expires_at": written(lapses)}]
    with clock.at(lapses):
        assert available(api) == 7


def test_what_is_given_by_hand_lives_as_what_is_earned(api, ana_beans, lapses, manager):
    with clock.at(MARCH_1 + timedelta(hours=3)):
        deposit(api, 30)
        ana_beans.refresh_from_db()
        adjust(manager.worker, ana_beans, points=5, reason="Sorry", key=fresh())

        assert balance(api)["expiring"] == [{"points": 135, "expires_at": written(lapses)}]


class TestFixedDays:
    def test_points_last_so_many_months_at_least(self, api, ana_beans):
        set_terms(api, expiry_kind="dates", expiry_dates=["06-30", "12-31"], expiry_months=3)
        ends = []
        for day in (datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)):
            with clock.at(day):
                ends.append(earn(api, "1.00")["expires_at"])

        assert ends == ["2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"]

    def test_the_29th_of_february_is_the_28th_in_a_year_that_has_none(self, api, ana_beans):
        set_terms(api, expiry_kind="dates", expiry_dates=["02-29"])
        ends = []
        for day in (datetime(2027, 1, 5, tzinfo=UTC), datetime(2028, 1, 5, tzinfo=UTC)):
            with clock.at(day):
                ends.append(earn(api, "1.00")["expires_at"])

        assert ends == ["2027-03-01T00:00:00Z", "2028-03-01T00:00:00Z"]


class TestInactivity:
    @pytest.fixture(autouse=True)
    def idle(self, api, ana_beans):
        """Ana earned 100 points on the 1st of March and would lose them on the 2nd of April."""
        set_terms(api, expiry_kind="inactivity", expiry_months=1)
        with clock.at(datetime(2026, 3, 1, 12, tzinfo=UTC)):
            earn(api, "100.00")

    def later(self, day, month=3):
        return clock.at(datetime(2026, month, day, 12, tzinfo=UTC))

    def ends(self, api):
        return [(one["points"], one["expires_at"][:10]) for one in balance(api)["expiring"]]

    def test_what_is_earned_keeps_what_there_is(self, api):
        with self.later(20):
            earn(api, "5.00")

            assert self.ends(api) == [(105, "2026-04-21")]

    def test_what_is_spent_keeps_what_is_left(self, api):
        with self.later(20):
            redeem(api, 40)

            assert self.ends(api) == [(60, "2026-04-21")]

    def test_a_transaction_says_until_when_its_points_last_by_now(self, api):
        with self.later(20):
            redeem(api, 40)
            (listed,) = api.get("/api/members/ana/transactions?type=earn").json()["results"]

        assert listed["expires_at"] == "2026-04-21T00:00:00Z"
        assert api.get(f"/api/transactions/{listed['id']}").json()["expires_at"] == "2026-04-21T00:00:00Z"

    def test_a_purchase_that_earns_nothing_is_something_done_too(self, api):
        with self.later(20):
            earn(api, "0.50")

            assert self.ends(api) == [(100, "2026-04-21")]

    def test_a_hold_keeps_them_once_it_is_captured(self, api):
        with self.later(20):
            body = {"program_id": "BEANS", "points": 40, "expires_in": 600, "idempotency_key": fresh()}
            held = api.post("/api/members/ana/holds", body).json()
            assert self.ends(api) == [(60, "2026-04-02")]

            captured = api.post(f"/api/holds/{held['id']}/capture", {"points": 30, "idempotency_key": fresh()})

            assert captured.status_code == 200
            assert self.ends(api) == [(70, "2026-04-21")]

    def test_a_hold_that_is_given_up_keeps_nothing(self, api):
        with self.later(20):
            body = {"program_id": "BEANS", "points": 40, "expires_in": 600, "idempotency_key": fresh()}
            held = api.post("/api/members/ana/holds", body).json()
            api.post(f"/api/holds/{held['id']}/release", {"idempotency_key": fresh()})

            assert self.ends(api) == [(100, "2026-04-02")]

    def test_what_others_do_to_the_points_is_no_activity(self, api, ana_beans, manager):
        with self.later(10):
            order = earn(api, "10.00")
        with self.later(20):
            deposit(api, 7)
            ana_beans.refresh_from_db()
            adjust(manager.worker, ana_beans, points=-1, reason="Sorry", key=fresh())
            give_back(api, order["id"])

            assert self.ends(api) == [(99, "2026-04-11"), (7, "2026-04-21")]

    def test_what_lapsed_does_not_come_to_life_again(self, api):
        with self.later(2, month=4):
            earn(api, "5.00")

            assert self.ends(api) == [(5, "2026-05-03")]
        assert clean(reconcile())

    def test_the_last_instant_is_in_time(self, api):
        with clock.at(datetime(2026, 4, 2, tzinfo=UTC) - INSTANT):
            earn(api, "5.00")

            assert self.ends(api) == [(105, "2026-05-02")]

    def test_an_earlier_activity_told_later_shortens_nothing(self, api):
        with self.later(20):
            earn(api, "5.00")
            earn(api, "1.00", occurred_at="2026-03-10T12:00:00Z")

            assert sum(points for points, day in self.ends(api) if day == "2026-04-21") >= 105

    def test_before_the_activity_they_were_to_go_sooner(self, api):
        with self.later(20):
            redeem(api, 40)

        assert seen_at(api, datetime(2026, 3, 19, tzinfo=UTC)) == (100, [(100, "2026-04-02T00:00:00Z")])
        assert seen_at(api, datetime(2026, 3, 21, tzinfo=UTC)) == (60, [(60, "2026-04-21T00:00:00Z")])
        assert seen_at(api, datetime(2026, 4, 20, tzinfo=UTC)) == (60, [(60, "2026-04-21T00:00:00Z")])
        assert seen_at(api, datetime(2026, 4, 21, tzinfo=UTC)) == (0, [])

    def test_a_spending_that_is_undone_gives_back_what_lives_as_long_as_the_rest(self, api):
        with self.later(20):
            spent = redeem(api, 40)
            undone = api.post(f"/api/transactions/{spent['id']}/reverse", {"reason": "x", "idempotency_key": fresh()})

            assert undone.status_code == 201
            assert self.ends(api) == [(100, "2026-04-21")]
        assert clean(reconcile())

    def test_points_in_another_program_are_not_kept(self, api, ana, cafe):
        from programs.membership.operations import create_program, enrol

        enrol(create_program(cafe, code="TEA", name="Tea", expiry_kind="inactivity", expiry_months=1), ana)
        with self.later(20):
            earn(api, "5.00", program_id="TEA")
            (beans,) = [one for one in api.get("/api/members/ana/balances").json() if one["program_code"] == "BEANS"]

        assert beans["expiring"] == [{"points": 100, "expires_at": "2026-04-02T00:00:00Z"}]
