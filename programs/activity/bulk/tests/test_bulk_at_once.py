"""The page that asks before something is done with many members, sent twice at the same moment with different words."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from ledger.selectors import balances
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.runs.models import Run

WAITING = "select count(distinct pid) from pg_locks where not granted"


def wait_for_both() -> None:
    """Until two others wait for what this connection holds."""
    until = monotonic() + 20
    while monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0] >= 2:
                return
        sleep(0.05)
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_what_was_agreed_or_begun_is_not_exchanged_for_more(manager, cafe, ana, ana_beans):
    cafe.approval_points_min = cafe.approval_bulk_points_min = 1_000
    cafe.save()
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(manager)
    chosen = {"action": "bulk_give_points", ACTION_CHECKBOX_NAME: [str(ana.pk)], "select_across": "0", "index": "0"}
    asking = clients[0].post(reverse("admin:loyalty_member_changelist"), chosen)["Location"]
    form = {"brand": cafe.pk, "reason": "so", "program": ana_beans.program_id}

    def send(n: int) -> int:
        try:
            return clients[n].post(asking, form | {"points": (5, 50_000)[n]}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Run.objects.select_for_update(of=("self",)).get()
            answers = [pool.submit(send, n) for n in range(2)]
            wait_for_both()
        assert [answer.result(timeout=30) for answer in answers] == [302, 302]

    run, given = Run.objects.get(), balances([ana_beans.account_id])[ana_beans.account_id].available
    asked = [request.payload["points"] for request in ApprovalRequest.objects.all()]
    assert (given, asked, run.arguments["points"]) in [(5, [], 5), (0, [50_000], 50_000)]
