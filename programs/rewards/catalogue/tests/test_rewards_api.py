"""The catalogue through the API: entered, changed, archived, seen by whom, and every mistake at once."""

import pytest

from loyalty.events.models import Event
from loyalty.identity.models import Location
from programs.activity.tests.tills import pointers, refusal
from programs.earning.models import Segment
from programs.membership.models import Program, Tier
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.models import Reward

pytestmark = pytest.mark.django_db

SPA = {
    "program_id": "BEANS", "code": "spa", "name": "Spa", "kind": "discount", "discount_kind": "percent",
    "percent": "12.5", "discount_max": "25.00", "currency": "EUR", "status": "active", "points_cost": 500,
}  # fmt: skip


def enter(api, **more):
    return api.post("/api/rewards", SPA | more)


def wrong(response) -> dict[str, str]:
    assert response.status_code == 400, response.content
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


def test_a_reward_is_entered_and_read_as_it_was(api, beans):
    answer = enter(api, stock_left=5, translations={"nl": {"name": "Sauna"}})

    told = answer.json()
    assert answer.status_code == 201 and answer["Location"] == f"/api/rewards/{told['id']}"
    assert (told["percent"], told["discount_max"], told["value"], told["currency"]) == ("12.5", "25.00", None, "EUR")
    assert api.get("/api/rewards/spa").json() == told == api.get(answer["Location"]).json()
    kept = Reward.objects.get()
    assert (kept.discount_minor_max, kept.stock_left, kept.program) == (2500, 5, beans)
    assert Event.objects.get(type="reward.created").data["code"] == "spa"


def test_every_mistake_of_a_body_is_told_at_once(api, beans):
    answer = enter(
        api, code="no blanks", percent="0", discount_max="2.555", buy_quantity=2, tiers=["gold"], segments=["vip"],
        locations=["moon"], starts_at="2026-02-01T00:00:00Z", ends_at="2026-01-01T00:00:00Z", translations={"N L": {}},
    )  # fmt: skip

    assert wrong(answer).keys() == {"/code"}
    answer = enter(
        api, percent="0", discount_max="2.555", buy_quantity=2, tiers=["gold"], segments=["vip"],
        locations=["moon"], starts_at="2026-02-01T00:00:00Z", ends_at="2026-01-01T00:00:00Z", translations={"N L": {}},
    )  # fmt: skip
    assert wrong(answer) == {
        "/percent": "out-of-range",
        "/discount_max": "too-many-decimals",
        "/buy_quantity": "not-wanted",
        "/tiers/0": "unknown-tier",
        "/segments/0": "unknown-segment",
        "/locations/0": "unknown-location",
        "/ends_at": "out-of-range",
        "/translations/N L": "invalid-type",
    }
    assert not Reward.objects.exists()


def test_amounts_come_with_the_programs_currency(api, beans):
    assert wrong(enter(api, currency="USD")) == {"/currency": "currency-mismatch"}
    assert wrong(enter(api, currency=None)) == {"/currency": "required"}


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({"kind": "discount", "percent": None, "discount_kind": ""}, {"/discount_kind": "required"}),
        ({"discount_kind": "amount", "percent": None, "discount_max": None}, {"/value": "required"}),
        ({"discount_kind": "amount", "value": "5.00"}, {"/percent": "not-wanted", "/discount_max": "not-wanted"}),
        ({"discount_kind": "cheapest", "percent": None}, {"/percent": "required"}),
        (
            {"discount_kind": "buy_x_get_y", "percent": None},
            {"/buy_quantity": "required", "/free_quantity": "required"},
        ),
        ({"kind": "gift_card"}, {"/value": "required"}),
        ({"kind": "gift_card", "value": "5.00", "uses_max": 2}, {"/uses_max": "not-wanted"}),
        ({"kind": "free_item"}, {"/skus": "required"}),
        ({"kind": "donation"}, {}),
        ({"kind": "product", "value": "5.00"}, {"/value": "not-wanted"}),
        ({"kind": "external_code", "stock_left": 5}, {"/stock_left": "not-wanted"}),
    ],
)
def test_each_kind_needs_and_refuses_its_own(api, beans, terms, found):
    plain = {"discount_kind": "", "percent": None, "discount_max": None} if "kind" in terms else {}

    answer = enter(api, **plain | terms)

    assert (wrong(answer) if answer.status_code == 400 else {}) == found


def test_what_the_program_and_the_brand_have_can_be_named(api, beans, cafe):
    Tier.objects.create(program=beans, code="gold", name="Gold", points_min=100)
    Segment.objects.create(brand=cafe, key="vip", name="VIP")
    Location.objects.create(brand=cafe, code="moon", name="Moon")

    answer = enter(api, tiers=["gold"], segments=["vip"], locations=["moon"])

    assert answer.status_code == 201
    assert (answer.json()["tiers"], answer.json()["segments"]) == (["gold"], ["vip"])


def test_a_code_is_used_once_in_a_program(api, beans):
    enter(api)

    assert refusal(enter(api)) == (409, "reward-code-taken")


def test_a_change_raises_the_version_and_a_repeated_one_does_not(api, beans):
    enter(api)

    first = api.patch("/api/rewards/spa", {"points_cost": 450, "discount_max": None})
    again = api.patch("/api/rewards/spa", {"points_cost": 450})

    assert (first.json()["points_cost"], first.json()["discount_max"], first.json()["version"]) == (450, None, 2)
    assert again.json()["version"] == 2
    assert Event.objects.get(type="reward.changed").data["fields"] == ["discount_minor_max", "points_cost"]
    assert pointers(api.patch("/api/rewards/spa", {"code": "new"})) == ["/code"]
    assert pointers(api.patch("/api/rewards/spa", {"value": "5.00", "currency": "EUR"})) == ["/value"]


def test_a_stock_that_is_set_low_is_told_of(api, beans):
    enter(api, stock_left=50, stock_low_at=10)

    for left in (10, 5, 20, 0):
        api.patch("/api/rewards/spa", {"stock_left": left})

    told = Event.objects.filter(type__in=["reward.low_stock", "reward.sold_out"]).order_by("id")
    assert list(told.values_list("type", "data__stock_left")) == [
        ("reward.low_stock", 10),
        ("reward.low_stock", 0),
        ("reward.sold_out", 0),
    ]


def test_an_archived_reward_stays_as_it_is(api, beans):
    enter(api)

    assert [api.delete("/api/rewards/spa").status_code for _ in range(2)] == [204, 204]

    assert Reward.objects.get().status == "archived"
    assert Event.objects.filter(type="reward.archived").count() == 1
    assert refusal(api.patch("/api/rewards/spa", {"points_cost": 1})) == (409, "reward-archived")
    assert wrong(api.patch("/api/rewards/spa", {"status": "archived"})) == {"/status": "invalid-choice"}


def test_a_list_is_filtered_and_not_sent_twice(api, beans):
    reward(beans, "mug", position=2)
    reward(beans, "tree", kind="donation", status="draft", position=1)

    found = api.get("/api/rewards")
    assert [one["code"] for one in found.json()["results"]] == ["tree", "mug"]
    assert [one["code"] for one in api.get("/api/rewards?kind=donation&program_id=BEANS").json()["results"]] == ["tree"]
    assert [one["code"] for one in api.get("/api/rewards?status=active").json()["results"]] == ["mug"]
    assert api.get("/api/rewards", HTTP_IF_NONE_MATCH=found["ETag"]).status_code == 304
    one = api.get("/api/rewards/mug")
    assert api.get("/api/rewards/mug", HTTP_IF_NONE_MATCH=one["ETag"]).status_code == 304


def test_members_see_what_is_active_in_their_programs_and_no_secrets(ana_client, ana_beans):
    reward(ana_beans.program, "mug", stock_left=3, segments=["churn-risk"])
    reward(ana_beans.program, "tree", status="draft")

    found = ana_client.get("/api/rewards").json()["results"]

    assert [(one["code"], one["is_in_stock"]) for one in found] == [("mug", True)]
    assert not {"stock_left", "segments", "translations"} & found[0].keys()
    assert ana_client.get("/api/rewards/tree").status_code == 404


def test_a_member_sees_rewards_of_a_program_open_to_all_and_no_others(ana_client, ana, beans):
    reward(beans, "mug")
    assert ana_client.get("/api/rewards").json()["results"] == []

    Program.objects.update(is_community=True)
    assert len(ana_client.get("/api/rewards").json()["results"]) == 1


def test_strangers_see_and_change_nothing(bistro_api, beans):
    mug = reward(beans, "mug")

    assert bistro_api.get("/api/rewards").json()["results"] == []
    for call in (bistro_api.get, bistro_api.patch, bistro_api.delete):
        assert refusal(call(f"/api/rewards/{mug.pk}")) == (404, "not-found")
    assert refusal(bistro_api.post("/api/rewards", SPA)) == (404, "not-found")


def test_staff_look_and_managers_change(barista_client, manager_client, beans):
    assert refusal(enter(barista_client)) == (403, "forbidden")
    assert enter(manager_client).status_code == 201
    assert barista_client.get("/api/rewards/spa").status_code == 200
    assert refusal(barista_client.delete("/api/rewards/spa")) == (403, "forbidden")


@pytest.mark.parametrize(
    ("asked", "name", "language"),
    [
        ("nl", "Sauna", "nl"),
        ("nl-BE, de;q=0.5", "Sauna", "nl"),
        ("de;q=0.9, fr;q=0.8", "Spa", None),
        ("en, nl;q=0.5", "Spa", None),
        ("fr, nl;q=0.5", "Sauna", "nl"),
        ("x" * 5000, "Spa", None),
        ("", "Spa", None),
    ],
)
def test_a_reward_is_told_in_the_language_asked_for(api, beans, asked, name, language):
    reward(beans, "spa", name="Spa", description="Warm", translations={"nl": {"name": "Sauna"}})

    one = api.get("/api/rewards/spa", HTTP_ACCEPT_LANGUAGE=asked)
    many = api.get("/api/rewards", HTTP_ACCEPT_LANGUAGE=asked)

    assert (one.json()["name"], one.json()["description"], one.get("Content-Language")) == (name, "Warm", language)
    assert "Accept-Language" in one["Vary"] and "Accept-Language" in many["Vary"]
    assert many.json()["results"][0]["name"] == name


def test_a_code_that_two_programs_have_names_neither(operator_client, beans, bistro):
    from programs.membership.operations import create_program

    reward(beans, "mug")
    other = reward(create_program(bistro, code="STEAKS", name="Steaks"), "mug")

    assert refusal(operator_client.get("/api/rewards/mug")) == (409, "reward-ambiguous")
    assert operator_client.get(f"/api/rewards/{other.pk}").status_code == 200
