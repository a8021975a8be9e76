"""The addresses of rule sets."""

import pytest

from programs.earning.models import RuleSet
from programs.earning.tests.rules import fixed
from programs.membership.models import Tier

pytestmark = pytest.mark.django_db
URL = "/api/programs/BEANS/rulesets"


@pytest.fixture(autouse=True)
def a_program(beans):
    return beans


def draft(api, *rules, **more):
    return api.post(URL, {"rules": list(rules), **more})


def test_a_draft_is_answered_with_its_mistakes(api):
    answer = draft(api, fixed("a", trigger="order.payed"), note="Hello")

    assert answer.status_code == 201
    assert answer["Location"].endswith("/rulesets/1")
    body = answer.json()
    assert (body["version"], body["status"], body["note"]) == (1, "draft", "Hello")
    assert [(one["pointer"], one["code"], one["hint"]) for one in body["errors"]] == [
        ("/rules/0/trigger", "unknown_trigger", "Did you mean order.paid?")
    ]
    assert body["document"] == {"rules": [fixed("a", trigger="order.payed")]}


def test_a_body_that_is_no_object_or_too_large_is_refused(api):
    assert api.post(URL, []).status_code == 400
    assert api.post(URL, {"rules": [], "note": 5}).json()["errors"][0]["pointer"] == "/note"
    assert api.post(URL, {"rules": ["x" * 262_144]}).status_code == 413


def test_a_draft_is_changed_part_by_part_and_published(api):
    draft(api, fixed("a"), rounding="up", groups=[{"key": "bonus"}])

    changed = api.patch(f"{URL}/1", {"rules": [fixed("b")], "groups": None, "note": "New"}).json()
    published = api.post(f"{URL}/1/publish", {"reason": "Now"})

    assert changed["document"] == {"rules": [fixed("b")], "rounding": "up"}
    assert (published.status_code, published.json()["status"]) == (200, "published")
    assert api.get(f"{URL}/1").json()["published_at"].endswith("Z")


def test_mistakes_keep_a_draft_from_being_published(api):
    draft(api, fixed("a", group="nowhere"))

    answer = api.post(f"{URL}/1/publish", {})

    assert (answer.status_code, answer.json()["code"]) == (422, "rules-not-valid")
    assert answer.json()["errors"][0] | {"detail": ""} == {
        "pointer": "/rules/0/group", "code": "unknown_group", "detail": "",
    }  # fmt: skip


def test_a_published_version_stays_and_can_be_published_again(api):
    for _ in range(2):
        version = draft(api, fixed()).json()["version"]
        api.post(f"{URL}/{version}/publish", {})

    assert api.patch(f"{URL}/1", {"note": "x"}).json()["code"] == "ruleset-published"
    assert api.delete(f"{URL}/1").status_code == 409
    assert api.post(f"{URL}/1/publish", {}).json()["version"] == 1
    assert [one["status"] for one in api.get(URL).json()["results"]] == ["superseded", "published"]


def test_the_list_is_by_pages_without_documents(api):
    for _ in range(3):
        draft(api, fixed())

    first = api.get(URL, {"page_size": 2}).json()
    second = api.get(first["next"]).json()

    assert [one["version"] for one in first["results"] + second["results"]] == [3, 2, 1]
    assert "document" not in first["results"][0]
    assert api.get(URL, {"status": "published"}).json()["results"] == []


def test_the_same_version_is_not_sent_twice(api):
    draft(api, fixed())
    etag = api.get(f"{URL}/1")["ETag"]

    assert api.get(f"{URL}/1", HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_a_draft_is_thrown_away(api):
    draft(api, fixed())

    assert api.delete(f"{URL}/1").status_code == 204
    assert not RuleSet.objects.exists()


def test_a_repeated_draft_with_a_key_is_one(api):
    answers = [api.post(URL, {"rules": []}, HTTP_IDEMPOTENCY_KEY="k").json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert RuleSet.objects.count() == 1


@pytest.mark.parametrize("version", ["2", "0", "x", "99999999999999", "1.0", "²"])
def test_what_is_not_there_is_not_found(api, version):
    draft(api, fixed())

    assert api.get(f"{URL}/{version}").status_code == 404


def test_others_neither_see_nor_change_the_rules(api, bistro_api, ana_client, barista_client, ana_beans):
    draft(api, fixed())

    assert bistro_api.get(f"{URL}/1").status_code == 404
    assert ana_client.get(URL).status_code == 403
    assert barista_client.get(URL).status_code == 200
    assert barista_client.post(URL, {"rules": []}).status_code == 403
    assert barista_client.post(f"{URL}/1/publish", {}).status_code == 403


def test_the_schema_of_rules_names_what_the_program_has(api, beans):
    Tier.objects.create(program=beans, code="gold", name="Gold", points_min=1)

    answer = api.get(f"{URL}/schema")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert '"gold"' in answer.content.decode()
    assert api.get(f"{URL}/schema", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
