"""The mails that a test has asked for: written, and sent to Django's mailbox of tests, when they are looked at; and a
real mail server to send them to."""

import socket
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
from django.core import mail
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from loyalty.identity.mails import send_mail

MAIL_TASKS = ("loyalty.mail_portal_link", send_mail.name)


class Mailbox:
    """Does the waiting jobs of mails when asked for what came."""

    def __init__(self):
        self._done: set[int] = set()

    @property
    def jobs(self) -> list[ProcrastinateJob]:
        """The mail jobs that were asked for, the first one first."""
        return list(ProcrastinateJob.objects.filter(task_name=send_mail.name).order_by("id"))

    def new(self) -> list:
        """The mails that came since the last look, those of jobs that other jobs asked for too."""
        before = len(mail.outbox)
        asked = ProcrastinateJob.objects.filter(task_name__in=MAIL_TASKS).order_by("id")
        while waiting := [job for job in asked.all() if job.id not in self._done]:
            for job in waiting:
                self._done.add(job.id)
                task = app.tasks[job.task_name]
                context = [SimpleNamespace(job=job)] if task.pass_context else []
                task.func(*context, **job.args)
        return mail.outbox[before:]

    def code(self) -> str:
        """The code in the one mail that came."""
        (letter,) = self.new()
        return next(line for line in letter.body.splitlines() if line.isdigit() and len(line) == 6)

    def link(self) -> str:
        """The link in the one mail that came."""
        (letter,) = self.new()
        return next(line for line in letter.body.splitlines() if line.startswith("http"))


@pytest.fixture
def mailbox(db) -> Mailbox:
    """The mails of this test."""
    return Mailbox()


class Post:
    """The inside of a mail server: keeps what it takes as (envelope, message), and says no `refusals` times first."""

    def __init__(self):
        self.taken, self.refusals = [], 0

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        self.taken.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 taken"


@pytest.fixture
def mail_server(settings):
    """A mail server on this machine, which the settings name."""
    from aiosmtpd.controller import Controller

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inside = Post()
    server = Controller(inside, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield inside
    server.stop()
