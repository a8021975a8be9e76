"""Long work: in chunks that are each one transaction, taken up where it stopped, cancelled, undone, resumed."""

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from loyalty import clock
from loyalty.errors import Conflict, Forbidden
from loyalty.events.models import Event
from loyalty.identity.models import MemberNote
from loyalty.identity.selectors import person_principal
from loyalty.runs import operations
from loyalty.runs.carrying import carry_on
from loyalty.runs.errors import FileGone, NothingToUndo, RunEnded
from loyalty.runs.jobs import tidy_runs
from loyalty.runs.kinds import KINDS, Done, Step, Work, runs_as
from loyalty.runs.models import Run, RunItem

CHUNK = 3


class Unwriting(Work):
    def total(self):
        return self.run.undoes.items.count()

    def step(self, start):
        items = list(RunItem.objects.filter(run=self.run.undoes).order_by("position")[start : start + CHUNK])
        MemberNote.objects.filter(pk__in=[item.before["note"] for item in items]).delete()
        return Step(dealt=len(items), counts={"removed": len(items)})


class Writing(Work):
    """Writes as many notes as it is told, and stumbles where it is told to."""

    def total(self):
        return self.run.arguments["notes"]

    def step(self, start):
        items = []
        for n in range(start, min(start + CHUNK, self.total())):
            if n == self.run.arguments.get("stumbles_at"):
                raise Conflict("There is a stone.")
            if n == self.run.arguments.get("loses_the_database_at"):
                raise OperationalError("gone")
            note = MemberNote.objects.create(
                brand=self.run.brand, member_id=self.run.arguments["member"], text=f"note {n}"
            )
            items.append(Done(note.member_id, "written", {"note": str(note.pk)}))
        return Step(dealt=len(items), counts={"written": len(items)}, items=items)


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setattr("loyalty.runs.kinds.KINDS", KINDS)
    runs_as("test.notes", title="Notes", permission="members.export", undo=Unwriting, makes_file=False)(Writing)
    yield "test.notes"
    del KINDS["test.notes"]


@pytest.fixture
def chief(manager):
    return person_principal(manager.id, token_version=manager.token_version)


@pytest.fixture
def begun(kind, cafe, chief, ana):
    """A function that starts a run of so many notes about Ana."""

    def begin(notes, **arguments):
        return operations.start(kind, cafe, chief, {"notes": notes, "member": str(ana.id)} | arguments)

    return begin


def notes() -> list[str]:
    return sorted(MemberNote.objects.values_list("text", flat=True))


def jobs_of(run) -> int:
    return ProcrastinateJob.objects.filter(lock=f"run:{run.pk}", status="todo").count()


def test_it_is_done_chunk_by_chunk_to_the_end(begun):
    run = carry_on(begun(7))

    assert (run.status, run.done, run.total, run.summary) == ("done", 7, 7, {"written": 7})
    assert notes() == [f"note {n}" for n in range(7)]
    assert list(run.items.order_by("position").values_list("position", flat=True)) == list(range(7))


def test_the_job_is_there_exactly_when_the_run_is(begun, kind, cafe, chief):
    assert jobs_of(begun(1)) == 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        operations.start(kind, cafe, chief, {"notes": 1})
        raise ZeroDivisionError

    assert Run.objects.count() == 1


def test_who_may_not_start_a_kind_is_refused(kind, cafe, barista):
    person = person_principal(barista.id, token_version=barista.token_version)

    with pytest.raises(Forbidden):
        operations.start(kind, cafe, person, {"notes": 1})


def test_a_refusal_in_the_middle_keeps_what_is_done_and_says_where(begun):
    run = carry_on(begun(7, stumbles_at=4))

    assert (run.status, run.done) == ("failed", 3)
    assert run.fault == "Stopped after 3 of 7. There is a stone."
    assert notes() == ["note 0", "note 1", "note 2"]


def test_a_lost_database_is_left_to_the_job_to_try_again_from_the_same_place(begun):
    run = begun(7, loses_the_database_at=4)
    with pytest.raises(OperationalError):
        carry_on(run)
    Run.objects.filter(pk=run.pk).update(arguments=run.arguments | {"loses_the_database_at": None})

    run = carry_on(run)

    assert (run.status, run.done) == ("done", 7)
    assert notes() == [f"note {n}" for n in range(7)]


def test_it_makes_way_after_its_turn_and_leaves_a_job_for_the_rest(begun):
    run = begun(7)

    run = carry_on(run, seconds=0)

    assert (run.status, run.done) == ("running", 3)
    assert jobs_of(run) == 2


def test_repeating_it_after_its_end_changes_nothing(begun):
    run = carry_on(begun(2))
    carry_on(run)

    assert notes() == ["note 0", "note 1"]


def test_a_cancelled_run_does_no_more(begun, chief):
    run = carry_on(begun(7), seconds=0)
    operations.cancel(chief, run)

    run = carry_on(run)

    assert (run.status, run.done) == ("cancelled", 3)
    with pytest.raises(RunEnded):
        operations.resume(chief, run)


def test_a_failed_run_goes_on_where_it_stopped(begun, chief):
    run = carry_on(begun(7, stumbles_at=4))
    Run.objects.filter(pk=run.pk).update(arguments=run.arguments | {"stumbles_at": None})

    run = carry_on(operations.resume(chief, run))

    assert (run.status, run.done, run.fault) == ("done", 7, "")
    assert notes() == [f"note {n}" for n in range(7)]


def test_what_was_done_is_undone_once(begun, chief):
    run = carry_on(begun(7))

    undoing = carry_on(operations.undo(chief, run, reason="wrong list"))

    assert (undoing.status, undoing.summary, notes()) == ("done", {"removed": 7}, [])
    with pytest.raises(NothingToUndo):
        operations.undo(chief, run, reason="again")


def test_a_dry_run_is_done_for_real_once(kind, cafe, chief, ana):
    told = operations.start(kind, cafe, chief, {"notes": 0, "member": str(ana.id)}, file="secret", is_dry_run=True)
    carry_on(told)

    real = operations.run_for_real(chief, told)

    assert (real.is_dry_run, Run.objects.get(pk=real.pk).file) == (False, "secret")
    with pytest.raises(FileGone):
        operations.run_for_real(chief, told)
    assert carry_on(real).status == "done"
    assert Run.objects.get(pk=real.pk).file == ""


def test_files_are_deleted_after_a_week_and_lost_jobs_are_found(begun, chief, kind, cafe):
    old = operations.start(kind, cafe, chief, {"notes": 0}, file="secret", is_held=True)
    Run.objects.filter(pk=old.pk).update(created_at=clock.now() - timedelta(days=7))
    lost = carry_on(begun(7), seconds=0)
    ProcrastinateJob.objects.filter(lock=f"run:{lost.pk}").update(status="failed")

    tidy_runs(0)

    old.refresh_from_db()
    assert (old.file, old.status) == ("", "cancelled")
    assert jobs_of(lost) == 1


def test_what_happened_is_told_in_events(begun, chief):
    run = carry_on(begun(1))

    told = Event.objects.filter(aggregate_id=run.pk).order_by("sequence").values_list("type", flat=True)

    assert list(told) == ["run.asked", "run.finished"]
