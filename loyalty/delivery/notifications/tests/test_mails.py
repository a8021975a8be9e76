"""Mails to members, by a real mail server on this machine."""

from datetime import timedelta

import pytest
from django.test import Client

from loyalty import clock
from loyalty.delivery.notifications.models import Notification, NotificationChoice, NotificationTemplate
from loyalty.delivery.notifications.tests.telling import begin, going, set_up, tell, tell_and_send
from loyalty.events.models import Event

pytestmark = pytest.mark.django_db
EXPIRING = {"kind": "points.expiring", "channel": "email"}


@pytest.fixture
def told(cafe, ana_beans, mail_server):
    """The cafe tells its members things, from now on."""
    set_up(cafe)
    begin()
    return mail_server


def mails(server) -> list:
    return [mail for _, mail in server.taken]


def test_a_member_is_told_by_mail_with_text_html_and_a_way_out(told, ana, beans):
    going(ana, beans)

    sent = tell_and_send()

    (mail,) = mails(told)
    text = mail.get_body("plain").get_content()
    html = mail.get_body("html").get_content()
    kept = Notification.objects.get(channel="email")
    assert sent.counts["sent"] == 1
    assert mail["Subject"] == "40 beans expire on 1 Jan 2027"
    assert (mail["From"], mail["To"], mail["Reply-To"]) == (
        "Cafe <loyalty@localhost>", "ana@example.com", "hello@cafe.example",
    )  # fmt: skip
    assert "Hello Ana" in text and "Cafe Beans" in text and "Hello Ana" in html
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].replace(" ", "").strip("<>")
    assert link in text.replace("\n", "") and link in html
    assert mail["Message-ID"] == f"<{kept.id}@localhost>"
    assert (kept.status, kept.body, kept.subject, kept.provider_id) == ("sent", "", "", mail["Message-ID"])
    assert set(kept.facts) == {"points", "expires_at", "program_id"}


def test_an_event_is_told_once_however_often_the_log_is_read(told, ana, beans):
    event = going(ana, beans)
    tell_and_send()

    from loyalty.delivery.notifications.making import messages_of

    again = messages_of([event])

    assert (again, tell(), len(mails(told))) == (0, 0, 1)


def test_the_one_click_of_a_mail_program_ends_it(told, ana, beans):
    going(ana, beans)
    tell_and_send()
    link = mails(told)[0]["List-Unsubscribe"].replace(" ", "").strip("<>")
    path = link.removeprefix("http://127.0.0.1:8000")

    shown = Client(enforce_csrf_checks=True).get(path)
    before = NotificationChoice.objects.count()
    clicked = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
    going(ana, beans)
    tell_and_send()

    choice = NotificationChoice.objects.get()
    assert (shown.status_code, before, clicked.status_code) == (200, 0, 200)
    assert (choice.member_id, choice.channel, choice.kind, choice.is_wanted) == (
        ana.id, "email", "points.expiring", False,
    )  # fmt: skip
    assert len(mails(told)) == 1
    told_of = Event.objects.get(type="notification.unsubscribed")
    assert (told_of.member_id, told_of.data["kind"], told_of.data["source"]) == (ana.id, "points.expiring", "link")


def test_who_clicked_by_mistake_takes_it_back(told, ana, beans):
    going(ana, beans)
    tell_and_send()
    path = mails(told)[0]["List-Unsubscribe"].replace(" ", "").strip("<>").removeprefix("http://127.0.0.1:8000")
    Client().post(path, {"answer": "all"})
    assert NotificationChoice.objects.get().kind == ""

    page = Client().post(path, {"answer": "again"})
    going(ana, beans)
    tell_and_send()

    assert "again" in page.content.decode()
    assert (NotificationChoice.objects.count(), len(mails(told))) == (0, 2)


def test_a_link_that_was_tampered_with_opens_nothing(told, ana, beans):
    going(ana, beans)
    tell_and_send()
    path = mails(told)[0]["List-Unsubscribe"].replace(" ", "").strip("<>").removeprefix("http://127.0.0.1:8000")

    answers = [Client().post(path[:-2] + "xx", {"answer": "all"}), Client().get("/unsubscribe/nothing")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not NotificationChoice.objects.exists()


def test_a_mail_server_that_is_busy_is_tried_again_under_the_same_name(told, ana, beans):
    going(ana, beans)
    told.refusals = 2

    first = tell_and_send()
    waiting = Notification.objects.get(channel="email")
    early = tell_and_send(at=clock.now() + timedelta(seconds=50))
    second = tell_and_send(at=clock.now() + timedelta(minutes=2))
    third = tell_and_send(at=clock.now() + timedelta(minutes=9))

    assert (first.counts["waiting"], waiting.status, waiting.tries) == (1, "waiting", 1)
    assert waiting.body.startswith("Hello Ana")
    assert (early.total, second.counts["waiting"], third.counts["sent"]) == (0, 1, 1)
    kept = Notification.objects.get(channel="email")
    assert (kept.status, kept.body, kept.tries) == ("sent", "", 3)
    assert mails(told)[0]["Message-ID"] == f"<{kept.id}@localhost>"


def test_a_mail_server_that_stays_busy_is_given_up(told, ana, beans):
    going(ana, beans)
    told.refusals = 100
    tell()

    at = clock.now()
    for _ in range(8):
        at += timedelta(hours=13)
        last = tell_and_send(at=at)

    kept = Notification.objects.get(channel="email")
    assert (last.total, kept.status, kept.reason, kept.tries, kept.body) == (
        0, "failed", "mail-server-unreachable", 7, "",
    )  # fmt: skip


def test_the_language_is_the_members_then_the_brands(told, ana, ben, ben_beans, cafe, beans):
    cafe.notification_settings.language = "nl"
    cafe.notification_settings.save()
    ana.preferences = {"language": "en-GB"}
    ana.save()
    going(ana, beans)
    going(ben, beans)

    tell_and_send()

    said = {mail["To"]: mail.get_body("plain").get_content() for mail in mails(told)}
    assert said["ana@example.com"].startswith("Hello Ana")
    assert said["ben@example.com"].startswith("Hallo Ben")
    assert "verlopen op 1 januari 2027" in said["ben@example.com"]


def test_what_is_filled_in_is_never_a_template_nor_html_nor_a_header(told, ana, cafe, beans):
    NotificationTemplate.objects.create(
        brand=cafe, **EXPIRING, subject="For {{name}}", body="{{settings.SECRET_KEY}} {{name}} {{ points }}\n\nBye <b>"
    )
    ana.name = "<script>{{points}}</script>\r\nBcc: x@example.com"
    ana.save()
    going(ana, beans, points=1234)

    tell_and_send()

    (mail,) = mails(told)
    text, html = (mail.get_body(kind).get_content() for kind in ("plain", "html"))
    assert mail["Subject"] == "For <script>{{points}}</script> Bcc: x@example.com"
    assert mail["Bcc"] is None
    assert "{{settings.SECRET_KEY}} <script>{{points}}</script> Bcc: x@example.com 1,234" in text
    assert "<script>" not in html and "&lt;script&gt;{{points}}&lt;/script&gt;" in html and "Bye &lt;b&gt;" in html
