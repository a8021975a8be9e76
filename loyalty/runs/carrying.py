"""Carrying long work out: chunk by chunk, each chunk one transaction that also writes down how far it is. A process
that is killed leaves a run that another takes up exactly there."""

import logging
from time import monotonic

from django.db import InterfaceError, OperationalError, transaction

from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.events import log as event_log
from loyalty.history.acting import acting
from loyalty.identity.principals import Principal
from loyalty.runs.kinds import KINDS, Done, Step, Work, work_of
from loyalty.runs.models import Run, RunItem
from loyalty.runs.operations import LIVE, enqueue, lock

log = logging.getLogger(__name__)

MISTAKES_MAX = 1000
# A long run makes way for others, and for a worker that is to stop, after so long; the next job goes on.
TURN_SECONDS = 15
# Taking work up again can mean reading through all that was done: a turn is worth at least so many times its beginning.
TURN_PER_BEGINNING = 4


def principal_of(run: Run) -> Principal:
    """Whoever started it, as somebody who may at this brand: they were asked when they started it."""
    if run.started_by_id is None:
        return Principal(kind="system", id=run.pk, actor="system:runs", brands={run.brand_id: "admin"})
    actor = f"person:{run.started_by_id}"
    return Principal(kind="person", id=run.started_by_id, actor=actor, brands={run.brand_id: "admin"})


def carry_on(run: Run, *, seconds: int | None = TURN_SECONDS) -> Run:
    """Works on until the end (`seconds` None) or until the time is over, when a job is left for the rest. What goes
    wrong ends the run as failed, with all chunks before it kept; only a lost database is raised, for the job to be
    tried again. Repeating it changes nothing once the run has ended."""
    work: Work | None = None
    began, beginning = monotonic(), None
    run = Run.objects.defer("file").get(pk=run.pk)
    while True:
        try:
            with transaction.atomic(), acting(actor=principal_of(run).actor, reason=run.reason):
                run = lock(run)
                if run.status not in LIVE:
                    return run
                work = work or _taken_up(run)
                work.run = run
                if run.done >= run.total:
                    return _ended(run)
                _keep(run, work.step(run.done))
                if run.done >= run.total:
                    return _ended(run)
                beginning = beginning or monotonic() - began
                turn = max(seconds, TURN_PER_BEGINNING * beginning) if seconds else seconds
                if turn is not None and work.is_resumable and monotonic() - began >= turn:
                    enqueue(run)
                    return run
        except (OperationalError, InterfaceError):
            raise
        except Exception as fault:  # Whatever it is, the person who waits must be told where it stopped.
            if not isinstance(fault, LoyaltyError):
                log.exception("run %s (%s) failed", run.pk, run.kind)
            return fail(run, fault)


def fail(run: Run, fault: Exception) -> Run:
    """Ends the run as failed, saying where and why in words that give nothing away."""
    with transaction.atomic():
        run = lock(run)
        if run.status not in LIVE:
            return run
        why = fault.detail if isinstance(fault, LoyaltyError) else "Something went wrong on our side; it is in the log."
        where = f"Stopped after {run.done:,} of {run.total:,}. " if run.total else ""
        run.status, run.finished_at, run.fault = Run.Status.FAILED, clock.now(), f"{where}{why}"[:400]
        run.save(update_fields=["status", "finished_at", "fault"])
        _record(run, "run.failed")
    return run


def _taken_up(run: Run) -> Work:
    work = work_of(run)
    if run.undoes_id:
        # A chunk of what is undone may still be at work: it holds this row until it ends.
        lock(Run(pk=run.undoes_id))
    if run.total is None:
        run.total = work.total()
    if run.done and not work.is_resumable:
        run.done = run.failed = 0
        run.summary, run.mistakes = {}, []
        run.items.all().delete()
    run.status, run.started_at = Run.Status.RUNNING, run.started_at or clock.now()
    run.save(update_fields=["status", "started_at", "total", "done", "failed", "summary", "mistakes"])
    return work


def _keep(run: Run, step: Step) -> None:
    """Writes down what a chunk came to, in the chunk's own transaction."""
    assert step.dealt >= max(1, len(step.items)), "a step that deals with nothing would go on for ever"
    items = [_item(run, place, done) for place, done in enumerate(step.items, start=run.done)]
    RunItem.objects.bulk_create(items)
    run.done += step.dealt
    run.failed += step.refused
    run.summary = run.summary | {name: run.summary.get(name, 0) + count for name, count in step.counts.items()}
    run.mistakes = [*run.mistakes, *step.mistakes][:MISTAKES_MAX]
    fields = ["done", "failed", "summary", "mistakes"]
    if step.file is not None:
        run.file, run.file_name = step.file, step.file_name
        fields += ["file", "file_name"]
    run.save(update_fields=fields)


def _item(run: Run, position: int, done: Done) -> RunItem:
    return RunItem(
        run=run, position=position, subject_id=done.subject_id, outcome=done.outcome[:40], before=done.before
    )


def _ended(run: Run) -> Run:
    run.status, run.finished_at = Run.Status.DONE, clock.now()
    fields = ["status", "finished_at"]
    if not run.is_dry_run and not KINDS[run.kind].makes_file:
        run.file = ""
        fields.append("file")
    run.save(update_fields=fields)
    _record(run, "run.finished")
    return run


def _record(run: Run, type_: str) -> None:
    data = {"actor": principal_of(run).actor, "kind": run.kind, "done": run.done, "failed": run.failed}
    event_log.record(type_, brand_id=run.brand_id, aggregate_id=run.pk, data=data | {"summary": run.summary})
