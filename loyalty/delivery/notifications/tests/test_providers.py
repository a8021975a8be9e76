"""Text and push messages, by servers on this machine that speak as Twilio and Firebase document it."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.db import connection

from loyalty import clock
from loyalty.delivery.notifications import fcm
from loyalty.delivery.notifications.models import (
    Notification,
    NotificationChoice,
    NotificationSettings,
    NotificationTemplate,
    PushToken,
)
from loyalty.delivery.notifications.providers import Message, TryLater
from loyalty.delivery.notifications.tests.carriers import (
    ACCOUNT,
    PROJECT,
    TOKEN,
    basic,
    carrier,  # noqa: F401
    fcm_error,
    twilio_error,
)
from loyalty.delivery.notifications.tests.telling import begin, going, set_up, tell_and_send
from loyalty.events.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def texting(cafe, ana, ana_beans, carrier, mail_server):  # noqa: F811
    """The cafe sends text messages in its own words."""
    set_up(cafe, sms_provider="twilio", sms_account=ACCOUNT, sms_sender="+3197010280000", sms_secret=TOKEN)
    NotificationTemplate.objects.create(
        brand=cafe, kind="points.expiring", channel="sms", body="{{name}}: {{points}} {{unit}}"
    )
    ana.phone = "+31612345678"
    ana.save()
    begin()
    return carrier


@pytest.fixture
def pushing(cafe, ana, ana_beans, ana_client, carrier, mail_server):  # noqa: F811
    """The cafe sends push messages to Ana's phone."""
    set_up(cafe, push_provider="fcm", push_account=PROJECT, push_secret=carrier.service_account())
    ana_client.put("/api/members/me/push-tokens", {"token": "token-of-anas-phone"})
    begin()
    return carrier


def of(channel: str) -> Notification:
    return Notification.objects.filter(channel=channel).order_by("-created_at").first()


def test_a_text_message_goes_to_the_members_phone(texting, ana, beans):
    going(ana, beans)

    tell_and_send()

    (asked,) = texting.asked
    kept = of("sms")
    assert asked["path"] == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert asked["said"] == {"To": "+31612345678", "From": "+3197010280000", "Body": "Ana: 40 beans"}
    assert asked["authorization"] == basic()
    assert (kept.status, kept.provider_id) == ("sent", "SM" + "1b" * 16)


def test_there_are_no_text_messages_without_words_for_them(texting, ana, beans):
    NotificationTemplate.objects.all().delete()
    going(ana, beans)

    tell_and_send()

    assert (texting.asked, of("sms")) == ([], None)


def test_who_answered_stop_is_asked_never_again(texting, ana, beans):
    texting.answers = [twilio_error(400, 21610)]
    going(ana, beans)
    tell_and_send()
    going(ana, beans)
    tell_and_send()

    choice = NotificationChoice.objects.get()
    assert (choice.channel, choice.kind, choice.is_wanted, choice.source) == ("sms", "", False, "provider")
    assert (len(texting.asked), of("sms").reason) == (1, "unsubscribed")
    assert Event.objects.get(type="notification.unsubscribed").data["source"] == "provider"


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (twilio_error(400, 21211), "failed", "address-gone"),
        (twilio_error(400, 21606), "failed", "twilio-21606"),
        (twilio_error(401, 20003), "waiting", "provider-refuses-account"),
        (twilio_error(503, 20500), "waiting", "twilio-20500"),
    ],
)
def test_what_is_refused_for_good_is_not_tried_again(texting, ana, beans, answer, status, reason):
    texting.answers = [answer]
    going(ana, beans)

    tell_and_send()

    assert (of("sms").status, of("sms").reason) == (status, reason)


def test_a_provider_that_asks_to_wait_is_left_alone_for_as_long(texting, ana, beans):
    texting.answers = [(429, {"code": 20429}, {"Retry-After": "1800"})]
    going(ana, beans)

    tell_and_send()
    early = tell_and_send(at=clock.now() + timedelta(minutes=20))
    later = tell_and_send(at=clock.now() + timedelta(minutes=31))

    assert (early.total, later.counts["sent"]) == (0, 1)


def test_a_push_message_goes_to_the_members_apps(pushing, ana, beans):
    going(ana, beans)
    going(ana, beans)

    tell_and_send()

    first, _second = pushing.sent
    assert first["path"] == f"/v1/projects/{PROJECT}/messages:send"
    assert first["authorization"] == "Bearer ya29.access"
    assert first["said"]["message"]["token"] == "token-of-anas-phone"
    assert first["said"]["message"]["notification"] == {
        "title": "40 beans expire on 1 Jan 2027",
        "body": "40 beans of yours in Cafe Beans expire on 1 Jan 2027. Use them before that day.",
    }
    assert len(pushing.asked) - len(pushing.sent) == 1
    assert of("push").provider_id.startswith(f"projects/{PROJECT}/messages/")


def test_an_app_that_is_gone_is_forgotten(pushing, ana, beans):
    pushing.answers = [fcm_error(404, "NOT_FOUND", "UNREGISTERED")]
    going(ana, beans)

    tell_and_send()

    assert (of("push").status, of("push").reason, PushToken.objects.count()) == ("failed", "address-gone", 0)


def test_one_app_that_takes_it_is_enough(pushing, ana, ana_client, beans):
    ana_client.put("/api/members/me/push-tokens", {"token": "token-of-anas-tablet"})
    pushing.answers = [fcm_error(404, "NOT_FOUND", "UNREGISTERED")]
    going(ana, beans)

    tell_and_send()

    assert (of("push").status, [one.token for one in PushToken.objects.all()]) == ("sent", ["token-of-anas-tablet"])


def test_an_app_that_may_come_back_is_not_given_up_for_one_that_is_gone(pushing, ana, ana_client, beans):
    ana_client.put("/api/members/me/push-tokens", {"token": "token-of-anas-tablet"})
    pushing.answers = [
        fcm_error(503, "UNAVAILABLE", "UNAVAILABLE"), fcm_error(404, "NOT_FOUND", "UNREGISTERED"),
    ]  # fmt: skip
    going(ana, beans)

    tell_and_send()

    assert (of("push").status, of("push").reason) == ("waiting", "fcm-unavailable")


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), "failed", "fcm-invalid_argument"),
        (fcm_error(503, "UNAVAILABLE", "UNAVAILABLE"), "waiting", "fcm-unavailable"),
        (fcm_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), "waiting", "fcm-quota_exceeded"),
        (fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), "waiting", "provider-refuses-account"),
    ],
)
def test_pushes_are_tried_again_when_it_helps(pushing, ana, beans, answer, status, reason):
    pushing.answers = [answer]
    going(ana, beans)

    tell_and_send()

    assert (of("push").status, of("push").reason, PushToken.objects.count()) == (status, reason, 1)


def test_an_account_that_is_none_is_told(cafe, ana, ana_beans, beans, ana_client, carrier, mail_server):  # noqa: F811
    set_up(cafe, push_provider="fcm", push_account="../../admin", push_secret="{}")
    ana_client.put("/api/members/me/push-tokens", {"token": "token-of-anas-phone"})
    begin()
    going(ana, beans)

    tell_and_send()

    assert (of("push").status, of("push").reason, carrier.asked) == ("failed", "provider-not-set-up", [])


def with_key(account: str, key) -> str:
    """The same account, as it says itself, with another key."""
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return json.dumps(json.loads(account) | {"private_key": pem.decode()})


def test_who_only_names_anothers_account_is_given_none_of_its_tokens(pushing, ana, beans):
    going(ana, beans)
    tell_and_send()
    forged = with_key(pushing.service_account(), rsa.generate_private_key(public_exponent=65537, key_size=2048))

    thief = fcm.Fcm(PROJECT, forged)

    with pytest.raises(TryLater):
        thief.send("token-of-anas-phone", Message(ana.id, "Mine", "now"))
    assert len(pushing.sent) == 1


def test_a_key_that_cannot_sign_is_told_and_holds_nobody_up(pushing, ana, beans, mail_server):
    broken = with_key(pushing.service_account(), ec.generate_private_key(ec.SECP256R1()))
    NotificationSettings.objects.update(push_secret=None, data_key=None)
    settings = NotificationSettings.objects.get()
    settings.push_secret = broken
    settings.save()
    going(ana, beans)

    tell_and_send()

    assert (of("push").status, of("push").reason) == ("failed", "provider-not-set-up")
    assert of("email").status == "sent"


def test_what_breaks_with_one_message_is_tried_again_and_holds_no_other_up(pushing, ana, beans, mail_server):
    with connection.cursor() as cursor:
        cursor.execute("update loyalty_notificationsettings set push_secret = 'broken'")
    going(ana, beans)
    going(ana, beans)

    sent = tell_and_send()

    assert (sent.counts["sent"], sent.counts["waiting"]) == (2, 2)
    assert (of("push").status, of("push").reason) == ("waiting", "internal-error")


def test_a_member_who_cannot_be_read_holds_nobody_up(texting, cafe, ana, ben, ben_beans, beans, mail_server):
    with connection.cursor() as cursor:
        cursor.execute("update loyalty_member set data_key = 'broken' where id = %s", [ana.id])
    going(ana, beans)
    going(ben, beans)

    tell_and_send()

    found = Notification.objects.filter(channel="email").values_list("member_id", "status")
    assert dict(found) == {ana.id: "waiting", ben.id: "sent"}
