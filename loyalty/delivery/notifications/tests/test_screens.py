"""The screens of messages: what a brand says, sees and tries."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.delivery.notifications.models import (
    Notification,
    NotificationChoice,
    NotificationSettings,
    NotificationTemplate,
)
from loyalty.delivery.notifications.tests.telling import begin, going, set_up, tell

pytestmark = pytest.mark.django_db
WORDS = {
    "kind": "points.expiring", "channel": "email", "language": "en", "subject": "{{points}} go", "body": "Hi {{name}}",
    "is_active": "on",
}  # fmt: skip
SAID = {
    "is_active": "on", "language": "nl", "timezone": "Europe/Amsterdam", "quiet_from": "22:00", "quiet_until": "08:00",
    "member_daily_max": "3", "member_weekly_max": "10", "brand_daily_max": "1000", "sms_provider": "twilio",
    "new_sms_secret": "zq-token",
}  # fmt: skip


@pytest.fixture
def desk(manager) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def at(model: str, what: str, *args) -> str:
    return reverse(f"admin:loyalty_{model}_{what}", args=args)


def body(answer) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def test_a_brand_says_how_members_are_told_and_its_secret_is_never_shown(cafe, desk):
    made = desk.post(at("notificationsettings", "add"), SAID | {"brand": str(cafe.pk)})
    kept = NotificationSettings.objects.get()
    page = at("notificationsettings", "change", cafe.pk)
    desk.post(page, SAID | {"new_sms_secret": "", "member_daily_max": "5"})

    changed = NotificationSettings.objects.get()
    assert (made.status_code, kept.sms_secret, kept.language) == (302, "zq-token", "nl")
    assert (changed.sms_secret, changed.member_daily_max) == ("zq-token", 5)
    assert "zq-token" not in body(desk.get(page))


def test_a_time_zone_that_is_none_is_told_at_its_field(cafe, desk):
    answer = desk.post(at("notificationsettings", "add"), SAID | {"brand": str(cafe.pk), "timezone": "Mars"})

    assert answer.status_code == 200 and "Europe/Amsterdam" in body(answer)
    assert not NotificationSettings.objects.exists()


def test_a_template_with_an_unknown_name_is_refused_where_it_stands(cafe, desk):
    answer = desk.post(
        at("notificationtemplate", "add"), WORDS | {"brand": str(cafe.pk), "body": "{{settings.SECRET_KEY}}"}
    )

    assert "settings.SECRET_KEY. Known are: balance" in body(answer) or "Known are: brand" in body(answer)
    assert not NotificationTemplate.objects.exists()


def test_a_template_is_written_seen_and_sent_to_oneself(cafe, desk, manager, ana, mail_server):
    set_up(cafe)
    made = desk.post(at("notificationtemplate", "add"), WORDS | {"brand": str(cafe.pk)})
    template = NotificationTemplate.objects.get()
    page = body(desk.get(at("notificationtemplate", "change", template.pk)))
    preview = body(desk.get(reverse("admin:notification_preview", args=[template.pk])))
    of_ana = body(desk.get(reverse("admin:notification_preview", args=[template.pk]) + "?member=ana"))
    nobody = body(desk.get(reverse("admin:notification_preview", args=[template.pk]) + "?member=nobody"))
    button = f"/admin/loyalty/notificationtemplate/{template.pk}/send-test/"
    sent = desk.post(button, {"request_key": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d91", "to": ""})

    assert made.status_code == 302 and "{{expires_on}}" in page
    assert "300 go" in preview and "Hi Ana" in of_ana and "no member with this number" in nobody
    assert sent.status_code == 302
    assert [mail["To"] for _, mail in mail_server.taken] == [manager.email]


def test_a_stranger_sees_no_template(cafe, bistro, desk, barista):
    theirs = NotificationTemplate.objects.create(brand=bistro, kind="tier.up", channel="inbox", body="Secret words")

    preview = desk.get(reverse("admin:notification_preview", args=[theirs.pk]))
    listed = desk.get(at("notificationtemplate", "changelist"))

    assert preview.status_code == 404 and "Secret words" not in body(listed)


def test_the_list_and_the_members_page_tell_why(cafe, ana, ana_beans, beans, desk):
    set_up(cafe, is_active=False)
    begin()
    going(ana, beans)
    tell()
    NotificationChoice.objects.create(member=ana, brand=cafe, channel="email", is_wanted=False)
    Notification.objects.create(
        brand=cafe, member=ana, kind="points.expiring", channel="email", status="dropped", reason="member-cap"
    )

    listed = body(desk.get(at("notification", "changelist")))
    one = body(desk.get(at("notification", "change", Notification.objects.get(channel="email").pk)))
    page = body(desk.get(reverse("admin:loyalty_member_change", args=[ana.pk])))

    assert "The member got as many as you allow" in listed and "Points expire soon" in listed
    assert "The member got as many as you allow" in one
    assert "Not wanted: E-mail" in page and "Points expire soon" in page
