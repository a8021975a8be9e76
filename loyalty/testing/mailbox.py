"""The mails that a test has asked for: written, and sent to Django's mailbox of tests, when they are looked at."""

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from loyalty.identity.mails import send_mail


class _Context:
    """What a job is told of itself."""

    def __init__(self, job):
        self.job = job


class Mailbox:
    """Does the waiting jobs of mails when asked for what came."""

    def __init__(self):
        self._done: set[int] = set()

    @property
    def jobs(self) -> list[ProcrastinateJob]:
        """The mail jobs that were asked for, the first one first."""
        return list(ProcrastinateJob.objects.filter(task_name=send_mail.name).order_by("id"))

    def new(self) -> list:
        """The mails that came since the last look."""
        before = len(mail.outbox)
        for job in self.jobs:
            if job.id not in self._done:
                self._done.add(job.id)
                send_mail.func(_Context(job), **job.args)
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
