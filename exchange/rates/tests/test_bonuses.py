"""For a time exchanges of a pair give more, within what was agreed and without a circle that gains."""

from datetime import timedelta

import pytest

from exchange.rates.models import Agreement, Bonus
from exchange.rates.tests.pairs import open_pair, program
from loyalty import clock
from loyalty.events.models import Event


@pytest.fixture
def plates(bistro):
    return program(bistro, "PLATES")


@pytest.fixture
def pair(beans, plates):
    return open_pair(beans, plates, rate="2")


@pytest.fixture
def back(beans, plates):
    return open_pair(plates, beans, rate="0.4")


def in_days(days: int) -> str:
    return (clock.now() + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def add_bonus(client, percent, *, starts=None, ends=10, **said):
    asked = {"from_program_id": "BEANS", "to_program_id": "PLATES", "name": "Autumn", "percent": percent}
    asked |= {"ends_at": in_days(ends), **({"starts_at": in_days(starts)} if starts is not None else {})}
    return client.post("/api/bonuses", asked | said)


def effective(client, days=0) -> str:
    return client.get(f"/api/rates?at={in_days(days)}").json()["results"][0]["effective_rate"]


def test_a_bonus_raises_the_rate_while_it_runs(api, pair, cafe, bistro):
    made = add_bonus(api, "12.5")

    assert made.status_code == 201 and made.json()["percent"] == "12.5"
    (rate,) = api.get("/api/rates").json()["results"]
    assert (rate["rate"], rate["effective_rate"]) == ("2", "2.25")
    assert (rate["bonus_id"], rate["bonus_percent"]) == (made.json()["id"], "12.5")
    assert rate["bonus_until"] == made.json()["ends_at"]
    assert effective(api, 11) == "2"
    assert set(Event.objects.filter(type="bonus.set").values_list("brand_id", flat=True)) == {cafe.id, bistro.id}


def test_one_bonus_runs_at_a_time(api, pair):
    add_bonus(api, "10", starts=3, ends=5)

    assert add_bonus(api, "10", starts=4, ends=6).json()["code"] == "bonus-overlaps"
    assert add_bonus(api, "10").json()["code"] == "bonus-overlaps"
    assert add_bonus(api, "10", starts=5, ends=6).status_code == 201


def test_a_bonus_with_which_a_circle_gains_is_refused(api, pair, back):
    answer = add_bonus(api, "25.01", starts=3)

    assert (answer.status_code, answer.json()["code"]) == (422, "rate-makes-points")
    assert answer.json()["at"][:10] == in_days(3)[:10]
    assert not Bonus.objects.exists()
    assert add_bonus(api, "25").status_code == 201


def test_a_rate_that_only_a_bonus_to_come_makes_too_much_is_refused(api, pair, back):
    add_bonus(api, "20", starts=3)
    asked = {"from_program_id": "BEANS", "to_program_id": "PLATES", "rate": "2.1"}

    assert api.post("/api/rates", asked).json()["code"] == "rate-makes-points"
    assert api.post("/api/rates", asked | {"rate": "2.05"}).status_code == 201


def test_a_bonus_stays_below_what_was_agreed(api, pair):
    Agreement.objects.update(rate_max="2.2")

    assert add_bonus(api, "10.01").json()["code"] == "rate-too-high"
    assert add_bonus(api, "10").status_code == 201


def test_a_bonus_needs_an_agreement_and_the_right_brand(api, bistro_api, barista_client, beans, plates):
    assert add_bonus(api, "10").json()["code"] == "agreement-required"
    open_pair(beans, plates)

    assert add_bonus(bistro_api, "10").status_code == 403
    assert add_bonus(barista_client, "10").status_code == 403


@pytest.mark.parametrize("said", [{"percent": "0"}, {"percent": "1000.01"}, {"name": " "}, {"percent": 10}])
def test_a_bonus_that_means_nothing_is_refused(api, pair, said):
    assert add_bonus(api, **{"percent": "10"} | said).status_code == 400


def test_a_bonus_takes_time_to_come(api, pair):
    assert add_bonus(api, "10", starts=5, ends=5).status_code == 400
    assert add_bonus(api, "10", starts=-1).json()["code"] == "begins-in-the-past"
    assert add_bonus(api, "10", ends=-1).status_code == 400


def test_a_bonus_that_runs_is_ended(api, bistro_api, pair):
    made = add_bonus(api, "10").json()

    ended = api.post(f"/api/bonuses/{made['id']}/end", {})

    assert ended.status_code == 200 and ended.json()["ends_at"] < made["ends_at"]
    assert effective(api) == "2"
    assert api.post(f"/api/bonuses/{made['id']}/end", {}).json()["code"] == "bonus-ended"
    assert [one["id"] for one in bistro_api.get("/api/bonuses").json()["results"]] == [made["id"]]


def test_a_bonus_that_has_not_begun_is_withdrawn(api, pair):
    made = add_bonus(api, "10", starts=3).json()

    ended = api.post(f"/api/bonuses/{made['id']}/end", {}).json()

    assert ended == made | {"ends_at": made["starts_at"]}
    assert not Bonus.objects.exists()
    assert api.post(f"/api/bonuses/{made['id']}/end", {}).status_code == 404


def test_the_bonuses_of_strangers_are_not_there(api, bistro_api, pair, bistro):
    theirs = Bonus.objects.create(
        from_program=program(bistro, "FORKS"), to_program=program(bistro, "SPOONS"), name="x", percent=1,
        starts_at=clock.now(), ends_at=clock.now() + timedelta(days=1), actor="test",
    )  # fmt: skip
    own = add_bonus(api, "10").json()["id"]

    assert api.post(f"/api/bonuses/{theirs.id}/end", {}).status_code == 404
    assert [one["id"] for one in api.get("/api/bonuses").json()["results"]] == [own]
    assert bistro_api.post(f"/api/bonuses/{own}/end", {}).status_code == 403
    assert len(bistro_api.get(f"/api/bonuses?at={in_days(0)}&from_program_id=BEANS").json()["results"]) == 1
