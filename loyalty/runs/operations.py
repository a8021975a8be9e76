"""What can be done to long work: start it, stop it between two chunks, take it up again, undo it. The work itself goes
on in `carrying`."""

from django.db import transaction

from loyalty import clock
from loyalty.events import log
from loyalty.identity.models import Brand, Person
from loyalty.identity.principals import Principal
from loyalty.runs.errors import FileGone, NothingToUndo, RunEnded, RunGoesOn
from loyalty.runs.kinds import KINDS
from loyalty.runs.models import Run

LIVE = (Run.Status.WAITING, Run.Status.RUNNING)


@transaction.atomic
def start(
    kind: str,
    brand: Brand,
    principal: Principal,
    arguments: dict | None = None,
    *,
    reason: str = "",
    title: str = "",
    file: str = "",
    file_name: str = "",
    is_dry_run: bool = False,
    is_held: bool = False,
) -> Run:
    """Writes down a piece of work and the job for it, in one transaction. `arguments` are ids and choices, nothing
    personal; `file` is kept encrypted until the work is done. `is_held` writes down the work only: `begin` sets it
    going. Repeating it starts it again. Refusals: Forbidden (the kind's permission at the brand)."""
    known = KINDS[kind]
    principal.require(known.permission, brand.id)
    run = Run.objects.create(
        brand=brand,
        kind=kind,
        title=title or known.title,
        arguments=arguments or {},
        reason=reason,
        is_dry_run=is_dry_run,
        file=file,
        file_name=file_name,
        started_by=_person(principal),
    )
    _record("run.asked", run, principal.actor)
    if not is_held:
        enqueue(run)
    return run


def begin(run: Run) -> None:
    """Sets work going that was only written down. Repeating it does no harm: only one process works on a run at a time.
    Refusals: RunEnded."""
    with transaction.atomic():
        run = lock(run)
        if run.status not in LIVE:
            raise RunEnded()
        enqueue(run)


@transaction.atomic
def run_for_real(principal: Principal, dry_run: Run, *, is_held: bool = False) -> Run:
    """Does what a dry run only told; the file moves from one to the other, so a dry run is good once. Refusals:
    Forbidden, RunGoesOn, FileGone (or used already)."""
    dry_run = lock(dry_run)
    if dry_run.status in LIVE:
        raise RunGoesOn()
    if not dry_run.is_dry_run or dry_run.status != Run.Status.DONE or not dry_run.file:
        raise FileGone()
    run = start(
        dry_run.kind, dry_run.brand, principal, dry_run.arguments | {"dry_run_id": str(dry_run.id)},
        reason=dry_run.reason, title=dry_run.title, file=dry_run.file, file_name=dry_run.file_name, is_held=is_held,
    )  # fmt: skip
    dry_run.file = ""
    dry_run.save(update_fields=["file"])
    return run


@transaction.atomic
def cancel(principal: Principal, run: Run) -> Run:
    """Stops the work after the chunk at hand; what is done stays done. Repeating it changes nothing. Refusals:
    Forbidden, RunEnded."""
    principal.require("runs.cancel", run.brand_id)
    run = lock(run)
    if run.status == Run.Status.CANCELLED:
        return run
    if run.status not in LIVE:
        raise RunEnded()
    run.status, run.finished_at, run.file = Run.Status.CANCELLED, clock.now(), ""
    run.save(update_fields=["status", "finished_at", "file"])
    _record("run.cancelled", run, principal.actor)
    return run


@transaction.atomic
def resume(principal: Principal, run: Run) -> Run:
    """Takes work that failed up again where it stopped. Repeating it does no harm. Refusals: Forbidden (the kind's
    permission), RunEnded."""
    principal.require(KINDS[run.kind].permission, run.brand_id)
    run = lock(run)
    if run.status in LIVE:
        return run
    if run.status != Run.Status.FAILED:
        raise RunEnded()
    run.status, run.finished_at, run.fault = Run.Status.RUNNING, None, ""
    run.save(update_fields=["status", "finished_at", "fault"])
    _record("run.resumed", run, principal.actor)
    enqueue(run)
    return run


@transaction.atomic
def undo(principal: Principal, run: Run, *, reason: str) -> Run:
    """Starts the work that undoes what another has done, as far as it can be undone. Refusals: Forbidden, RunGoesOn,
    NothingToUndo (a dry run, a kind that cannot be, or undone before)."""
    principal.require("runs.undo", run.brand_id)
    run = lock(run)
    if run.status in LIVE:
        raise RunGoesOn()
    if not is_undoable(run):
        raise NothingToUndo()
    undoing = Run.objects.create(
        brand=run.brand,
        kind=run.kind,
        title=f"Undo: {run.title}"[:200],
        arguments=run.arguments,
        reason=reason,
        undoes=run,
        started_by=_person(principal),
    )
    _record("run.asked", undoing, principal.actor)
    enqueue(undoing)
    return undoing


def is_undoable(run: Run) -> bool:
    """Whether there is something to undo, and nobody has done so yet."""
    if run.is_dry_run or run.undoes_id or run.status in LIVE or KINDS[run.kind].undo is None:
        return False
    return run.items.filter(before__isnull=False).exists() and not Run.objects.filter(undoes=run).exists()


def take_file(principal: Principal, run: Run) -> str:
    """The file that the work made; who took it is recorded. Refusals: Forbidden, FileGone."""
    principal.require(KINDS[run.kind].permission, run.brand_id)
    if not KINDS[run.kind].makes_file or run.status != Run.Status.DONE or not run.file:
        raise FileGone("The file has been deleted, as all are after a week.")
    with transaction.atomic():
        _record("run.file_taken", run, principal.actor)
    return run.file


def lock(run: Run) -> Run:
    """The run as it is now, and nobody else's until the transaction ends."""
    return Run.objects.select_for_update(of=("self",)).select_related("brand").defer("file").get(pk=run.pk)


def enqueue(run: Run) -> None:
    """A job for the work. One job of a run runs at a time."""
    # The job knows the work, and the work this module, so it is only looked for when there is something to enqueue.
    from loyalty.runs.jobs import carry_on_run

    carry_on_run.configure(lock=f"run:{run.pk}").defer(run_id=str(run.pk))


def _person(principal: Principal) -> Person | None:
    return Person.objects.filter(pk=principal.id).first() if principal.kind == "person" else None


def _record(type_: str, run: Run, actor: str) -> None:
    data = {"actor": actor, "kind": run.kind, "title": run.title, "reason": run.reason, "done": run.done}
    log.record(type_, brand_id=run.brand_id, aggregate_id=run.pk, data=data)
