"""Mails: asked for in a transaction, written by the worker, taken by a real mail server, and bent by nobody."""

import pytest
from django.conf import settings as now_in_force
from django.core import mail
from django.core.mail import BadHeaderError
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from loyalty.identity.mails import MAILS_A_DAY, send_mail, send_mail_later, written
from loyalty.identity.models import Person
from loyalty.testing.working import work

EVIL = "{{ settings.SECRET_KEY }}{% debug %}\r\nBcc: all@evil.example\r\n\r\n<script>alert(1)</script>"


def test_a_mail_server_takes_what_the_worker_sends(mail_server, ana, mailbox):
    send_mail_later("password_changed", ana.person_id)
    mailbox.new()

    ((envelope, message),) = mail_server.taken
    assert envelope.rcpt_tos == ["ana@example.com"]
    assert message["Subject"] == "[Loyalty] Your password was changed"
    assert message["From"] == "Loyalty <loyalty@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content() for part in message.iter_parts())
    assert "http://127.0.0.1:8000/password/forgot" in text
    assert '<a href="http://127.0.0.1:8000/password/forgot"' in html


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_what_was_committed_and_nothing_else(ana, settings):
    with transaction.atomic():
        send_mail_later("password_changed", ana.person_id)
    with transaction.atomic():
        send_mail_later("new_device", ana.person_id)
        transaction.set_rollback(True)

    work()

    assert [letter.subject for letter in mail.outbox] == ["[Loyalty] Your password was changed"]


@pytest.mark.django_db(transaction=True)
def test_a_server_that_says_no_is_asked_again_later(mail_server, ana):
    mail_server.refusals = 1
    send_mail_later("password_changed", ana.person_id)

    work()

    job = ProcrastinateJob.objects.get(task_name=send_mail.name)
    assert (job.status, job.attempts, mail_server.taken) == ("todo", 1, [])
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = now() - interval '1 hour'")
    work()
    assert [message["To"] for _, message in mail_server.taken] == ["ana@example.com"]


def test_a_mail_that_is_sent_again_has_the_same_name(ana, mailbox):
    send_mail_later("password_changed", ana.person_id)
    (job,) = mailbox.jobs
    mailbox.new()
    mailbox._done.clear()
    mailbox.new()

    first, again = mail.outbox
    assert (
        first.extra_headers["Message-ID"]
        == again.extra_headers["Message-ID"]
        == f"<{job.id}.password_changed@localhost>"
    )


def test_what_others_wrote_is_a_value_and_never_a_template_or_a_header():
    letter = written("new_device", {"device": EVIL}, to="ana@example.com")

    message = letter.message()
    assert message.keys().count("Bcc") == 0
    assert "{{ settings.SECRET_KEY }}" in letter.body
    assert now_in_force.SECRET_KEY not in message.as_string()
    (html,) = (content for content, kind in letter.alternatives if kind == "text/html")
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_a_name_in_the_subject_stays_on_its_line(settings, cafe):
    settings.SITE_NAME = "Loyalty\nBcc: all@evil.example"
    cafe.name = "Cafe\r\nBcc: all@evil.example"
    cafe.save()

    for facts in ({}, {"brand_id": str(cafe.id)}):
        message = written("password_changed", facts, to="ana@example.com").message()
        assert message.keys().count("Bcc") == 0
        assert "\n" not in message["Subject"]


def test_an_address_with_a_line_in_it_is_never_written_to():
    with pytest.raises((BadHeaderError, ValueError)):
        written("password_changed", {}, to="ana@example.com\nBcc: all@evil.example").message()


def test_it_goes_in_the_name_of_a_brand_where_that_is_said(cafe):
    letter = written("password_changed", {"brand_id": str(cafe.id)}, to="ana@example.com")

    assert letter.subject == "[Cafe] Your password was changed"


def test_a_thousand_of_one_kind_are_twenty(ana, mailbox, caplog):
    for _ in range(50):
        send_mail_later("password_changed", ana.person_id)
    send_mail_later("registered", ana.person_id)

    assert len(mailbox.new()) == MAILS_A_DAY + 1
    assert "ana@example.com" not in caplog.text


def test_who_is_gone_gets_none(ana, mailbox):
    send_mail_later("password_changed", ana.person_id)
    ana.person_id, person = None, ana.person
    ana.save(update_fields=["person"])
    person.delete()

    assert mailbox.new() == []


@pytest.mark.parametrize(
    "kind",
    ["password_reset", "password_changed", "new_device", "email_changed", "contact_changed", "step_up_code",
     "email_code", "registered", "registered_already"],
)  # fmt: skip
def test_every_mail_of_ours_says_hello_and_has_a_subject(db, kind):
    facts = {"link": "https://loyalty.example/x", "minutes": 60, "device": "Firefox on Linux", "code": "042137"}

    letter = written(kind, facts, to="ana@example.com")

    assert letter.body.startswith("Hello,")
    assert 5 < len(letter.subject) < 80
    assert "{" not in letter.body and "&" not in letter.body


def test_no_person_is_written_to_by_name(ana, mailbox):
    """A name is what somebody typed, and mails go to addresses that nobody has proven."""
    Person.objects.filter(id=ana.person_id).update(name="Click https://evil.example")
    send_mail_later("registered", ana.person_id)

    assert "evil" not in mailbox.new()[0].body
