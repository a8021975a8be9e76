"""The signs by which an operator sees at a glance whether the platform runs: worker, jobs, books."""

from dataclasses import dataclass

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import clock
from loyalty.sql import rows

HEARTBEAT_SECONDS_MAX = 30
SEAL_MINUTES_MAX = 30

STATE = """
select (select max(last_heartbeat) from procrastinate_workers) as heartbeat,
       (select count(*) from procrastinate_jobs where status = 'failed') as failed,
       (select count(*) from procrastinate_jobs
        where status = 'todo' and coalesce(scheduled_at, now()) <= now()) as waiting,
       (select max(sealed_at) from ledger_seal) as sealed_at,
       (select count(*) from programs_submission where status = 'pending') as submissions,
       clock_timestamp() as now
"""


@dataclass(frozen=True)
class Sign:
    """One thing that runs or does not, in words."""

    title: str
    is_good: bool
    state: str
    note: str


def failed_jobs() -> int:
    """How many jobs have failed and were not looked after."""
    return rows("select count(*) as n from procrastinate_jobs where status = 'failed'")[0]["n"]


def signs() -> list[Sign]:
    """Worker, jobs, requests that wait for an answer, and the books. One query."""
    found = rows(STATE)[0]
    age = int((found["now"] - found["heartbeat"]).total_seconds()) if found["heartbeat"] else None
    is_beating = age is not None and age <= HEARTBEAT_SECONDS_MAX
    sealed = found["sealed_at"]
    return [
        Sign(
            _("Worker"), is_beating, _("Runs") if is_beating else _("Away"),
            _("Jobs wait until one runs: manage.py worker") if not is_beating else _("Heard of just now"),
        ),
        Sign(
            _("Jobs"), not found["failed"],
            ngettext("%(n)s has failed", "%(n)s have failed", found["failed"]) % {"n": found["failed"]}
            if found["failed"] else _("None has failed"),
            ngettext("%(n)s waits", "%(n)s wait", found["waiting"]) % {"n": f"{found['waiting']:,}"},
        ),
        Sign(
            _("Requests answered later"), not found["submissions"] or is_beating, f"{found['submissions']:,}",
            _("wait for the worker"),
        ),
        Sign(
            _("Books"), sealed is not None, _("Sealed") if sealed else _("Not sealed yet"),
            _("%(time)s ago") % {"time": timesince(sealed, clock.now())} if sealed else _("The worker seals them"),
        ),
    ]  # fmt: skip
