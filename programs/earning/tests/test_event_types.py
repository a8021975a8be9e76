"""A brand's own kinds of event, and the rules about them."""

import pytest

from programs.earning.editions import renew
from programs.earning.models import Edition, EventType
from programs.earning.tests.rules import NOBODY, fixed, published

pytestmark = pytest.mark.django_db
URL = "/api/event-types"
REVIEW = {"name": "review.written", "label": "A review", "fields": {"stars": "integer"}}
FIVE = fixed(
    trigger="event:review.written", conditions={"fact": "event.stars", "operator": "equal", "value": 5}
)  # fmt: skip


@pytest.fixture
def review(api):
    return f"{URL}/{api.post(URL, REVIEW).json()['id']}"


@pytest.fixture
def rules(review, beans):
    published(beans, FIVE)
    return renew(beans, reason="A test", actor=NOBODY)


def test_a_kind_of_event_is_made_shown_changed_and_taken_away(api, review):
    assert api.get(review).json()["fields"] == {"stars": "integer"}
    assert api.patch(review, {"label": "Review", "fields": {"stars": "text"}}).json()["fields"] == {"stars": "text"}
    assert [one["name"] for one in api.get(URL).json()["results"]] == ["review.written"]
    assert api.delete(review).status_code == 204
    assert not EventType.objects.exists()


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"name": "Review!"}, "/name"), ({"name": "order.paid"}, "/name"), ({"name": "member.joined"}, "/name"),
        ({"fields": {"Stars": "integer"}}, "/fields/Stars"), ({"fields": {"stars": "float"}}, "/fields/stars"),
        ({"label": "x" * 81}, "/label"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_places(api, given, pointer):
    answer = api.post(URL, {**REVIEW, **given})

    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_a_name_is_used_once_in_a_brand(api, review, bistro_api):
    assert api.post(URL, REVIEW).json()["code"] == "event-type-taken"
    assert bistro_api.post(URL, REVIEW).status_code == 201


def test_a_further_field_makes_the_next_edition(api, review, rules):
    assert api.patch(review, {"fields": {"stars": "integer", "text": "text"}}).status_code == 200
    assert Edition.objects.latest("number").context["events"] == {
        "review.written": {"stars": "integer", "text": "text"}
    }


def test_fields_that_rules_in_force_ask_for_stay(api, review, rules):
    answer = api.patch(review, {"fields": {"text": "text"}})

    assert (answer.status_code, answer.json()["code"]) == (409, "event-type-in-use")
    assert answer.json()["errors"][0]["pointer"] == "/ruleset/rules/0/conditions/fact"
    assert "BEANS" in answer.json()["errors"][0]["detail"]
    assert EventType.objects.get().fields == {"stars": "integer"}


def test_what_rules_in_force_are_about_is_not_taken_away(api, review, rules):
    assert api.delete(review).json()["code"] == "event-type-in-use"


def test_others_neither_see_nor_change_it(api, review, bistro_api, barista_client):
    assert bistro_api.get(review).status_code == bistro_api.delete(review).status_code == 404
    assert barista_client.get(review).status_code == 200
    assert barista_client.delete(review).status_code == 403
