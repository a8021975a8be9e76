"""Doing the jobs that wait, in the test's own transaction, to see what mails they send."""

from types import SimpleNamespace

from django.core import mail
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

MAIL_TASKS = ("loyalty.mail_portal_link", "loyalty.send_mail")


def mails_sent() -> list:
    """Does the jobs that lead to mails, and those that they lead to; says what has been sent in this test so far."""
    while waiting := list(ProcrastinateJob.objects.filter(task_name__in=MAIL_TASKS, status="todo").order_by("id")):
        for job in waiting:
            task = app.tasks[job.task_name]
            context = [SimpleNamespace(job=job)] if task.pass_context else []
            task.func(*context, **job.args)
        done = [job.pk for job in waiting]
        ProcrastinateJob.objects.filter(pk__in=done)._raw_delete("default")
    return mail.outbox
