"""The twelve rules that every brand asks for, from the document kept beside the project: put in force by a brand, and
what they give, rule by rule."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from loyalty import clock
from programs.activity.tests.published import given, publish, why
from programs.activity.tests.ruled import item
from programs.activity.tests.tills import balance, deposit, earn, fresh, give_back

RULES = Path(settings.BASE_DIR).parent / "shared" / "cases" / "rules12.json"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not RULES.exists(), reason=f"the twelve rules are not here: {RULES} is missing"),
]
TUESDAY = "2026-02-10T12:00:00Z"
SPRING = "2026-04-14T12:00:00Z"


@pytest.fixture
def shop(api, beans, ana_beans, ben_beans):
    """BEANS under the twelve rules, in dollars, by London's clock, with a list of VIPs and reviews that are told."""
    levels = (("silver", 30), ("gold", 9_000), ("platinum", 90_000))
    tiers = [{"code": code, "name": code.title(), "points_min": points} for code, points in levels]
    terms = {"money_currency": "USD", "timezone": "Europe/London", "tiers": tiers}
    assert api.patch("/api/programs/BEANS", terms).status_code == 200
    fields = {"text_length": "integer", "verified_purchase": "boolean"}
    assert api.post("/api/event-types", {"name": "review.written", "fields": fields}).status_code == 201
    assert api.post("/api/segments", {"key": "vip", "name": "VIP"}).status_code == 201
    document = json.loads(RULES.read_text())
    publish(api, *document.pop("rules"), **document)
    return api


def buy(api, amount: str, *items: dict, at: str = TUESDAY, **more) -> dict:
    return earn(api, amount, currency="USD", occurred_at=at, items=list(items), **more)


def old_hand(api, member: str = "ana") -> None:
    """A member whose first purchase lies behind them."""
    buy(api, "1.00", member=member, at="2026-01-02T12:00:00Z")


def toys(amount: str) -> dict:
    return item("T", amount, category="toys")


def coffee(pieces: int) -> dict:
    return item("C", f"{pieces}.00", category="coffee") | {"quantity": pieces}


def golden(api, member: str = "ana") -> None:
    """Makes a member gold."""
    deposit(api, 10_000, member=member)


@pytest.mark.parametrize(("amount", "points"), [("349.00", 15), ("99.99", 0), ("100.00", 5)])
def test_5_points_for_each_hundred(shop, amount, points):
    old_hand(shop)

    assert buy(shop, amount)["points"] == points


def test_triple_points_on_toys(shop):
    old_hand(shop)

    bought = buy(shop, "349.00", toys("250.00"), item("B", "99.00", category="books"))

    assert given(bought) == {"01-base": 15, "02-toys-x3": 20}


@pytest.mark.parametrize(
    ("at", "doubled"),
    [
        # In London it is an hour later then: the night before Saturday is Saturday, the one before Monday is Monday.
        ("2026-07-04T12:00:00Z", 5),
        ("2026-07-03T23:30:00Z", 5),
        ("2026-07-03T22:30:00Z", 0),
        ("2026-07-05T22:30:00Z", 5),
        ("2026-07-05T23:30:00Z", 0),
    ],
)
def test_gold_members_have_double_points_at_the_weekend_by_the_programs_clock(shop, at, doubled):
    with clock.at(clock.now().replace(year=2026, month=6, day=1)):
        old_hand(shop)
        golden(shop)

    assert given(buy(shop, "100.00", at=at)).get("03-gold-weekend-x2", 0) == doubled


def test_who_is_not_gold_has_no_double_points(shop):
    old_hand(shop)

    assert "03-gold-weekend-x2" not in given(buy(shop, "100.00", at="2026-07-04T12:00:00Z"))


def test_100_points_in_the_birthday_month_once_a_year(shop, ana):
    ana.birth_date = date(1990, 7, 31)
    ana.save()
    days = ("2025-07-09", "2026-06-30", "2026-07-01", "2026-07-02")

    bought = [buy(shop, "1.00", at=f"{day}T12:00:00Z") for day in days]

    assert [given(each).get("04-birthday", 0) for each in bought] == [100, 0, 100, 0]


def test_200_points_for_the_first_purchase(shop):
    bought = [buy(shop, "1.00"), buy(shop, "1.00"), buy(shop, "1.00", member="ben")]

    assert [each["points"] for each in bought] == [200, 0, 200]


class TestReferral:
    """The friend 150, whoever brought them 300, on the friend's first order of 50.00 or more."""

    @pytest.fixture(autouse=True)
    def brought(self, shop, cafe):
        """Friends whom Ben brought."""
        self.friends = [f"friend-{n}" for n in range(12)]
        code = shop.get("/api/members/ben/referral").json()["code"]
        for friend in self.friends:
            made = shop.post("/api/members", {"name": friend, "external_id": friend})
            assert made.status_code == 201, made.content
            joined = shop.post("/api/programs/BEANS/members", {"external_id": friend, "referral_code": code})
            assert joined.status_code == 201, joined.content

    def test_both_get_theirs(self, shop):
        bought = buy(shop, "50.00", member="friend-0")

        assert given(bought) == {"05-first-purchase": 200, "06-referral": 150}
        assert balance(shop, "ben")["available"] == 300

    def test_only_on_the_first_order_and_not_below_50(self, shop):
        assert "06-referral" not in given(buy(shop, "49.99", member="friend-0"))
        assert "06-referral" not in given(buy(shop, "50.00", member="friend-0"))
        assert balance(shop, "ben")["available"] == 0

    def test_who_brings_friends_gets_at_most_3000_a_year(self, shop):
        for friend in self.friends[:10]:
            bought = buy(shop, "50.00", member=friend)
        # A third of the last one comes back: 2,900 are used then.
        give_back(shop, bought["id"], amount="16.67")
        assert balance(shop, "ben")["available"] == 2_900

        assert given(buy(shop, "50.00", member="friend-10"))["06-referral"] == 150
        assert balance(shop, "ben")["available"] == 3_000
        assert given(buy(shop, "50.00", member="friend-11"))["06-referral"] == 150
        assert balance(shop, "ben")["available"] == 3_000


@pytest.mark.parametrize(
    ("amount", "source", "points"), [("250.00", "app", 50), ("249.99", "app", 0), ("250.00", "web", 0)]
)
def test_50_points_for_250_in_the_app(shop, amount, source, points):
    old_hand(shop)

    assert given(buy(shop, amount, source=source)).get("07-min-spend", 0) == points


def test_2_points_a_coffee_40_a_month_at_most(shop):
    old_hand(shop)
    bought = buy(shop, "19.00", coffee(19))
    # One of the 38 points comes back with 0.50 of the 19.00: 37 are used.
    give_back(shop, bought["id"], amount="0.50")

    third = buy(shop, "3.00", coffee(3))

    assert given(third) == {"08-coffee-capped": 3}
    assert "cut from 6 to 3 by the limit of 40 points for a member a month" in third["breakdown"][0]["reason"]
    assert buy(shop, "3.00", coffee(3))["points"] == 0
    assert given(buy(shop, "3.00", coffee(3), at="2026-08-01T12:00:00Z")) == {"08-coffee-capped": 6}


def test_10_percent_more_until_the_budget_is_gone(shop):
    old_hand(shop)
    bought = [buy(shop, amount, at=SPRING) for amount in ("19998000.00", "4000.00", "4000.00")]

    assert [given(each).get("09-spring-budget", 0) for each in bought] == [99_990, 10, 0]
    assert given(buy(shop, "4000.00", at="2026-06-02T12:00:00Z")) == {"01-base": 200}


class TestVipNight:
    """500 for those on the list, outside the marketplace, instead of every other promotion."""

    NIGHT = "2026-05-15T18:30:00Z"

    @pytest.fixture(autouse=True)
    def listed(self, shop):
        (vip,) = shop.get("/api/segments").json()["results"]
        assert shop.post(f"/api/segments/{vip['id']}/members", {"members": ["ana"]}).status_code < 300

    def test_the_base_stays_and_all_else_is_blocked_and_told_by_what(self, shop):
        bought = buy(shop, "300.00", coffee(2), at=self.NIGHT, source="app")

        assert given(bought) == {"01-base": 15, "10-vip-night": 500}
        told = why(shop, bought)
        blocked = {key for key, one in told.items() if "VIP night" in one["reason"] and not one["fired"]}
        assert {"05-first-purchase", "07-min-spend", "08-coffee-capped", "09-spring-budget"} <= blocked

    def test_not_for_others_nor_in_the_marketplace_nor_at_another_time(self, shop):
        for more in (
            {"member": "ben", "at": self.NIGHT},
            {"at": self.NIGHT, "source": "marketplace"},
            {"at": "2026-05-15T16:59:59Z"},
            {"at": "2026-05-15T22:00:00Z"},
        ):
            assert "10-vip-night" not in given(buy(shop, "300.00", **more))
        assert "10-vip-night" in given(buy(shop, "300.00", at="2026-05-15T17:00:00Z"))


@pytest.mark.parametrize(("cameras", "lenses", "points"), [(1, 2, 75), (4, 9, 150), (1, 1, 0), (2, 3, 75)])
def test_75_points_for_a_camera_with_two_lenses(shop, cameras, lenses, points):
    old_hand(shop)
    items = [item("CAM-1", "40.00") | {"quantity": cameras}, item("LENS-1", "40.00") | {"quantity": lenses}]

    assert given(buy(shop, "80.00", *items)).get("11-bundle", 0) == points


def review(api, length: int, *, verified: bool = True, day: int = 1) -> int:
    """The points of a review that the shop tells of."""
    time = (clock.now().replace(year=2026, month=4, day=1) + timedelta(days=day - 1)).isoformat()
    event = {
        "specversion": "1.0", "id": fresh("review"), "source": "/shop/reviews", "type": "review.written",
        "subject": "ana", "time": time, "data": {"text_length": length, "verified_purchase": verified},
    }  # fmt: skip
    answer = api.post("/api/events", event)
    assert answer.status_code == 201, answer.content
    (transaction,) = answer.json()["transactions"]
    return transaction["points"]


def test_20_points_for_a_review_of_50_characters_3_a_month(shop):
    assert [review(shop, length) for length in (49, 50)] == [0, 20]
    assert review(shop, 80, verified=False) == 0
    assert [review(shop, 80) for _ in range(3)] == [20, 20, 0]
    assert review(shop, 80, day=31) == 20
