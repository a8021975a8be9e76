"""Every model of configuration, people and permissions has a history, or a reason not to; no change stands without
who made it."""

import subprocess
import sys
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.history.models import Change
from loyalty.history.tracking import KINDS
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.tests.checkout import ROOT, environment
from loyalty.worker import JOBS_WITHOUT_HISTORY

BOOKS = "the books themselves: append-only, sealed, and each posting says who made it"
RECORD = "a record of what happened, never a setting"
WORK = "work at hand, told by its events"
QUEUE = "the queue of jobs, which an operator sees as it is"
SIGNING_IN = "sessions and codes, gone within a day; signing in is an event"
FIGURES = "figures worked out of the books, made anew at will"
UNUSED = "comes with a library and stays empty"

WITHOUT_HISTORY = {
    "auth.group": UNUSED,
    "auth.permission": UNUSED,
    "account.emailaddress": UNUSED,
    "account.emailconfirmation": UNUSED,
    "socialaccount.socialapp": UNUSED,
    "socialaccount.socialtoken": UNUSED,
    "pghistory.context": UNUSED,
    "pghistory.events": UNUSED,
    "pghistory.middlewareevents": UNUSED,
    "admin.logentry": "what somebody pressed last, for their own first page",
    "contenttypes.contenttype": "names of models",
    "sessions.session": SIGNING_IN,
    "token_blacklist.outstandingtoken": SIGNING_IN,
    "token_blacklist.blacklistedtoken": SIGNING_IN,
    "loyalty.device": "the browsers somebody used, theirs to see and to end; new ones are events and mails",
    "loyalty.onetimecode": SIGNING_IN,
    "procrastinate.procrastinateworker": QUEUE,
    "procrastinate.procrastinatejob": QUEUE,
    "procrastinate.procrastinateevent": QUEUE,
    "procrastinate.procrastinateperiodicdefer": QUEUE,
    "loyalty.event": RECORD,
    "loyalty.eventstream": RECORD,
    "loyalty.change": "the history itself",
    "loyalty.historyseal": "the history itself",
    "loyalty.consentchange": "the history of consents itself, never altered; the member's row is tracked too",
    "loyalty.erasure": "the record of erasures itself",
    "loyalty.idempotencyrecord": RECORD,
    "loyalty.membernote": "what colleagues write to each other; its changes are events, and it goes with the member",
    "loyalty.notification": RECORD,
    "loyalty.notificationchoice": "what members say they want; each change is an event",
    "loyalty.pushtoken": "the apps of members, which tell of themselves",
    "loyalty.savedview": "how somebody likes to see a list, which gives nobody anything",
    "exchange.quote": RECORD,
    "exchange.exchange": WORK,
    "exchange.exchangestep": RECORD,
    "exchange.dayusage": FIGURES,
    "exchange.handful": WORK,
    "loyalty.eventarchive": RECORD,
    "loyalty.eventhorizon": FIGURES,
    "loyalty.eventreader": FIGURES,
    "loyalty.webhookdelivery": WORK,
    "programs.inboundevent": WORK,
    "programs.receipt": WORK,
    "loyalty.run": WORK,
    "loyalty.runitem": WORK,
    "exchange.poolchange": "append-only: each payment, its number and who put it in, told by its event",
    "exchange.rate": "append-only: the next one takes over, and each says who set it",
    "exchange.gift": RECORD,
    "exchange.household": "told by its events, who joined and left among them",
    "exchange.householdmember": "told by the household's events",
    "exchange.pooledspend": RECORD,
    "ledger.unit": "made with its program, whose row is tracked; nothing changes it",
    "ledger.account": BOOKS,
    "ledger.balance": BOOKS,
    "ledger.posting": BOOKS,
    "ledger.forgotten": BOOKS,
    "ledger.ledgerentry": BOOKS,
    "ledger.lot": BOOKS,
    "ledger.lotuse": BOOKS,
    "ledger.lotchange": BOOKS,
    "ledger.hold": BOOKS,
    "ledger.holdresolution": BOOKS,
    "ledger.hotrollup": FIGURES,
    "ledger.seal": BOOKS,
    "programs.edition": RECORD,
    "programs.limitcounter": "how much of limits is used, told by what was given",
    "programs.memberevent": RECORD,
    "programs.passedon": WORK,
    "programs.referral": RECORD,
    "programs.segmentmember": "members of a list by the thousand; events tell how many came and went",
    "programs.tierchange": RECORD,
    "programs.stamp": RECORD,
    "programs.stampsheet": "what stamps come to, told by them and by its events",
    "programs.voucher": "vouchers by the million; each change of one is its event",
    "programs.voucheruse": RECORD,
    "programs.voucherbatch": "made once and filled; asked for, made and disabled are its events",
    "programs.grant": WORK,
    "programs.rewardpicture": "a picture as it is; that it was changed is an event of the reward",
    "programs.rewardtaken": "how much of limits is used, told by the vouchers",
    "programs.stockhold": RECORD,
    "programs.poolcode": "codes of somebody else by the thousand; how many were added is an event",
    "programs.codeguesses": "counted wrong codes, gone within the hour; too many are an event",
    "programs.signingkey": "made and retired by a command on the machine; what signs is no setting of a brand",
    "programs.usedtoken": RECORD,
    "programs.offlinescan": RECORD,
    "programs.availabilitymark": FIGURES,
    "programs.expirywarning": WORK,
    "programs.purchase": RECORD,
    "programs.return": RECORD,
    "programs.submission": WORK,
    "programs.quarterhour": FIGURES,
    "programs.activemember": FIGURES,
    "programs.foldmark": FIGURES,
}
"""Models that have no history, and why."""


def models_to_judge() -> set[str]:
    histories = {kind.history for kind in KINDS.values()}
    return {model._meta.label_lower for model in apps.get_models() if model not in histories}


def tracked_models() -> set[str]:
    return {kind.model._meta.concrete_model._meta.label_lower for kind in KINDS.values()} | set(KINDS)


def test_every_model_is_tracked_or_has_a_reason_not_to_be():
    undecided = models_to_judge() - tracked_models() - set(WITHOUT_HISTORY)

    assert undecided == set(), "enter it in WITHOUT_HISTORY with a reason, or set @tracked above the model"


def test_no_reason_is_given_for_what_is_tracked():
    assert set(WITHOUT_HISTORY) & tracked_models() == set()


def test_each_tracked_field_is_kept_or_left_out_knowingly():
    """What a screen can change of a tracked model is in its history."""
    left_out = {
        kind.name: sorted(
            field.name
            for field in kind.model._meta.local_fields
            if field.editable and field.column not in (*kind.columns, *kind.secret)
        )
        for kind in KINDS.values()
    }

    assert {name: fields for name, fields in left_out.items() if fields} == {
        "loyalty.approvalrequest": ["requested_at"],
        "loyalty.person": ["last_login"],
        "loyalty.webhookendpoint": [
            *("created_by", "failing_since", "failures_in_row", "position", "previous_secret", "previous_until"),
            *("resting_until", "status_at", "succeeded_at"),
        ],
        "programs.membership": ["attributes", "joined_at"],
        "programs.reward": ["stock_left"],
        "programs.ruleset": ["document"],
        "programs.tilldevice": ["note"],
    }


@pytest.mark.django_db
class TestSecondFactors:
    def factor(self, person):
        return Authenticator.objects.create(user=person, type="totp", data={"secret": "c2VjcmV0"})

    def test_one_that_is_added_or_taken_away_is_kept_and_its_secret_is_not(self, cafe, barista):
        self.factor(barista).delete()

        lines = Change.objects.filter(kind="loyalty.factor").order_by("id")
        assert [(line.label, line.brand_ids) for line in lines] == [("insert", [cafe.pk]), ("delete", [cafe.pk])]
        assert "c2VjcmV0" not in str(list(KINDS["loyalty.factor"].history._default_manager.values()))

    def test_using_one_leaves_no_record(self, barista):
        factor = self.factor(barista)
        factor.record_usage()

        assert Change.objects.filter(kind="loyalty.factor").count() == 1


class TestWho:
    def test_jobs_without_history_are_jobs_that_there_are(self):
        app.perform_import_paths()

        assert set(app.tasks) >= JOBS_WITHOUT_HISTORY

    def test_a_command_and_whoever_gave_it_stand_beside_what_it_changed(self, transactional_db, database_url, cafe):
        command = [
            sys.executable,
            str(ROOT / "manage.py"),
            "create_server_key",
            "--brand",
            "cafe",
            "--name",
            "till",
            "--scopes",
            "read",
        ]
        done = subprocess.run(
            command,
            env=environment(DATABASE_URL=database_url),
            check=False,
            timeout=120,
            capture_output=True,
            text=True,
        )

        assert done.returncode == 0, done.stderr
        line = Change.objects.get(kind="loyalty.serverkey")
        assert (line.actor, line.source) == ("command:create_server_key", "command")
        record = KINDS["loyalty.serverkey"].history._default_manager.get(pk=line.pk)
        assert record.pgh_context["os_user"]

    def test_a_job_stands_beside_what_it_changed(self, transactional_db, database_url, cafe, barista, ana_beans):
        ApprovalRequest.objects.create(
            brand=cafe, kind="points.adjust", summary="x", requested_by=barista,
            requested_at=clock.now() - timedelta(days=99),
        )  # fmt: skip
        app.configure_task("loyalty.lapse_requests").defer(timestamp=0)
        command = [sys.executable, str(ROOT / "manage.py"), "worker", "--until-empty"]
        subprocess.run(command, env=environment(DATABASE_URL=database_url), check=True, timeout=120)

        line = Change.objects.get(kind="loyalty.approvalrequest", label="update")
        assert (line.actor, line.source) == ("job:lapse_requests", "job")


@pytest.mark.django_db
class TestHotPaths:
    """Where points move nothing is written to the history, and nobody says who acts: the books do."""

    def test_an_earn_and_a_redemption_leave_no_line_and_send_no_word_of_it(self, api, ana_beans):
        before = Change.objects.count()
        for n in range(2):
            purchase = {"program_id": "BEANS", "amount": "9.00", "currency": "EUR", "reference": f"r{n}"}
            spent = {"program_id": "BEANS", "points": 1, "idempotency_key": f"k{n}"}
            with CaptureQueriesContext(connection) as earning:
                assert api.post("/api/members/ana/earn", purchase).status_code == 201
            with CaptureQueriesContext(connection) as redeeming:
                assert api.post("/api/members/ana/redeem", spent).status_code == 201

        assert Change.objects.count() == before
        assert not any("pghistory" in query["sql"] for query in (*earning, *redeeming))
        assert (len(earning), len(redeeming)) <= (4, 4)
