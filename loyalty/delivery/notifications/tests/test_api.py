"""Messages through the API: inboxes, choices, apps, settings and templates, and who may see what."""

import pytest

from loyalty.delivery.notifications import previewing
from loyalty.delivery.notifications.models import (
    Notification,
    NotificationChoice,
    NotificationSettings,
    NotificationTemplate,
    PushToken,
)
from loyalty.delivery.notifications.tests.telling import begin, going, set_up, tell, tell_and_send

pytestmark = pytest.mark.django_db
WORDS = {
    "kind": "points.expiring", "channel": "email", "language": "en", "subject": "{{points}} go", "body": "Hi {{name}}",
}  # fmt: skip


@pytest.fixture
def told(cafe, ana_beans):
    """The cafe keeps inboxes, from now on."""
    set_up(cafe, is_active=False)
    begin()


def test_a_member_reads_their_inbox_and_deletes_from_it(told, ana, ana_client, beans):
    going(ana, beans, points=10)
    tell()
    going(ana, beans, points=20)
    tell()

    listed = ana_client.get("/api/members/me/notifications").json()
    newest, oldest = listed["results"]
    one = ana_client.post(f"/api/members/me/notifications/{newest['id']}/read").json()
    left = ana_client.get("/api/members/me/notifications?is_read=false").json()
    everything = ana_client.post("/api/members/me/notifications/read").json()
    gone = ana_client.delete(f"/api/members/me/notifications/{newest['id']}")

    assert (listed["unread"], newest["subject"]) == (2, "20 beans expire on 1 Jan 2027")
    assert "Cafe Beans" in newest["body"] and newest["read_at"] is None
    assert one["read_at"] is not None
    assert (left["unread"], [each["id"] for each in left["results"]]) == (1, [oldest["id"]])
    assert (everything, gone.status_code) == ({"read": 1}, 204)
    assert [each["id"] for each in ana_client.get("/api/notifications").json()["results"]] == [oldest["id"]]
    assert ana_client.delete(f"/api/members/me/notifications/{newest['id']}").status_code == 404


def test_nobody_reads_the_inbox_of_another_member(told, ana, ben, as_person, barista_client, bistro_api, beans):
    going(ana, beans)
    tell()
    one = Notification.objects.get()
    stranger = as_person(ben.person)

    answers = [
        stranger.get(f"/api/members/{ana.id}/notifications"),
        stranger.post(f"/api/notifications/{one.id}/read"),
        stranger.delete(f"/api/members/{ana.id}/notifications/{one.id}"),
        bistro_api.get(f"/api/members/{ana.id}/notifications"),
        barista_client.delete(f"/api/members/{ana.id}/notifications/{one.id}"),
    ]

    assert [each.status_code for each in answers] == [404, 404, 404, 404, 403]
    assert stranger.get("/api/notifications").json()["results"] == []
    assert barista_client.get("/api/members/ana/notifications").json()["unread"] == 1


def test_staff_see_what_was_not_sent_and_why_but_no_words(cafe, ana, ana_beans, beans, barista_client, bistro_api):
    set_up(cafe)
    begin()
    NotificationChoice.objects.create(member=ana, brand=cafe, channel="email", is_wanted=True)
    going(ana, beans)
    tell()
    NotificationChoice.objects.update(is_wanted=False)
    tell_and_send()

    listed = barista_client.get("/api/notifications?member_id=ana&channel=email").json()["results"]

    assert [(each["status"], each["reason"], each["subject"]) for each in listed] == [("dropped", "not-wanted", None)]
    assert bistro_api.get("/api/notifications").json()["results"] == []


def test_the_more_particular_choice_holds(told, ana, ana_client, cafe):
    said = [{"channel": "email", "is_wanted": False}, {"channel": "email", "kind": "tier.up", "is_wanted": True}]

    answer = ana_client.put("/api/members/me/notification-choices", {"choices": said}).json()
    back = ana_client.put(
        "/api/members/me/notification-choices", {"choices": [{"channel": "email", "is_wanted": None}]}
    ).json()

    held = {(each["channel"], each["kind"]): each["is_wanted"] for each in answer["wishes"]}
    assert (held["email", "tier.up"], held["email", "tier.down"], held["sms", "tier.down"]) == (True, False, True)
    assert answer["choices"][0]["source"] == "api"
    assert [each["kind"] for each in back["choices"]] == ["tier.up"]


def test_a_choice_of_no_kind_there_is_is_refused(told, ana_client):
    said = {"choices": [{"channel": "email", "kind": "weather.changed", "is_wanted": False}]}

    answer = ana_client.put("/api/members/me/notification-choices", said)

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-kind")


def test_an_app_is_its_last_members(told, ana, ben, ana_client, as_person):
    token = {"token": "fcm-token-of-a-phone", "platform": "android"}

    first = ana_client.put("/api/members/me/push-tokens", token)
    again = ana_client.put("/api/members/me/push-tokens", token)
    as_person(ben.person).put("/api/members/me/push-tokens", token)

    kept = PushToken.objects.get()
    assert (first.status_code, again.status_code, kept.member_id, kept.token) == (204, 204, ben.id, token["token"])
    ana_client.delete("/api/members/me/push-tokens", {"token": token["token"]})
    assert PushToken.objects.exists()
    as_person(ben.person).delete("/api/members/me/push-tokens", {"token": token["token"]})
    assert not PushToken.objects.exists()


def test_settings_are_put_as_a_whole_and_secrets_are_never_shown(cafe, manager_client, barista_client):
    said = {
        "is_active": True, "timezone": "Europe/Amsterdam", "quiet_from": "22:00", "quiet_until": "08:00",
        "sms_provider": "twilio", "sms_secret": "token-77", "member_daily_max": 5,
    }  # fmt: skip

    first = manager_client.put("/api/notification-settings", said)
    second = manager_client.put("/api/notification-settings", {"is_active": True})
    shown = barista_client.get("/api/notification-settings")

    assert first.json()["quiet_from"] == "22:00" and "token-77" not in first.content.decode()
    assert (second.json()["quiet_from"], second.json()["member_daily_max"], second.json()["has_sms_secret"]) == (
        None, 3, True,
    )  # fmt: skip
    assert shown.json() == second.json()
    assert NotificationSettings.objects.get().sms_secret == "token-77"
    assert barista_client.put("/api/notification-settings", said).status_code == 403


def test_settings_tell_every_mistake(cafe, manager_client):
    said = {"timezone": "Mars/Olympus", "quiet_from": "22:00", "reply_to": "nobody"}

    answer = manager_client.put("/api/notification-settings", said).json()

    assert {each["pointer"] for each in answer["errors"]} == {"/timezone", "/quiet_until", "/reply_to"}


def test_a_template_with_a_name_that_nothing_is_known_of_is_refused(cafe, manager_client):
    answer = manager_client.post("/api/notification-templates", WORDS | {"body": "{{settings.SECRET_KEY}} {{nmae}}"})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-names")
    assert answer.json()["unknown"] == ["settings.SECRET_KEY", "nmae"]
    assert {"name", "brand", "points", "expires_on"} <= set(answer.json()["known"])
    assert not NotificationTemplate.objects.exists()


def test_a_template_is_written_changed_and_removed(cafe, manager_client, barista_client, bistro_api):
    made = manager_client.post("/api/notification-templates", WORDS)
    again = manager_client.post("/api/notification-templates", WORDS)
    path = made["Location"]
    changed = manager_client.patch(path, {"subject": "Soon: {{points}}"})

    assert (made.status_code, again.status_code, again.json()["code"]) == (201, 409, "template-taken")
    assert changed.json()["subject"] == "Soon: {{points}}"
    assert [bistro_api.get(path).status_code, barista_client.delete(path).status_code] == [404, 403]
    assert manager_client.patch(path, {"subject": "two\nlines"}).status_code == 400
    assert (manager_client.delete(path).status_code, manager_client.get(path).status_code) == (204, 404)


def test_a_preview_shows_example_values_or_those_of_a_member(cafe, ana, ana_beans, beans, barista_client, told):
    going(ana, beans, points=77)
    tell()
    words = WORDS | {"body": "Hi {{name}} <b>\n\n{{points}}"}

    example = barista_client.post("/api/notification-templates/preview", words).json()
    real = barista_client.post("/api/notification-templates/preview", words | {"member_id": "ana"}).json()
    refused = barista_client.post("/api/notification-templates/preview", words | {"body": "{{oops}}"})

    assert (example["subject"], example["html"]) == ("300 go", "<p>Hi Ana &lt;b&gt;</p><p>300</p>")
    assert (real["subject"], real["body"]) == ("77 go", "Hi Ana <b>\n\n77")
    assert refused.json()["code"] == "unknown-names"


def test_a_test_goes_to_oneself(cafe, manager_client, mail_server):
    made = manager_client.post("/api/notification-templates", WORDS)

    early = manager_client.post(f"{made['Location']}/test", {})
    set_up(cafe)
    sent = manager_client.post(f"{made['Location']}/test", {"to": "somebody@else.example"})

    assert early.json()["code"] == "notifications-not-set-up"
    assert sent.json() == {"to": "manager@example.com"}
    assert [mail["To"] for _, mail in mail_server.taken] == ["manager@example.com"]


def test_tests_are_bounded_for_each_who_sends_them(cafe, manager_client, mail_server, monkeypatch):
    monkeypatch.setattr(previewing, "TESTS_RATE", "2/h")
    made = manager_client.post("/api/notification-templates", WORDS)
    set_up(cafe)

    codes = [manager_client.post(f"{made['Location']}/test", {}).status_code for _ in range(3)]

    assert (codes, len(mail_server.taken)) == ([200, 200, 429], 2)


def test_the_kinds_tell_their_names(barista_client):
    kinds = {each["kind"]: each for each in barista_client.get("/api/notification-kinds").json()}

    assert {"points.earned", "points.expiring", "tier.up", "tier.down", "voucher.issued", "campaign.started"} <= set(
        kinds
    )
    assert kinds["campaign.started"]["is_promotional"] and not kinds["tier.up"]["is_promotional"]
    assert "expires_on" in kinds["points.expiring"]["names"] and "name" in kinds["tier.up"]["names"]
