"""What kinds of long work there are. A room registers its own; nothing is done here."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from loyalty.runs.models import Run


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one thing of a step: kept as a RunItem. `before` is what undoing needs, nothing personal."""

    subject_id: object
    outcome: str
    before: dict | None = None


@dataclass(slots=True)
class Step:
    """What one chunk came to: how many things were dealt with, how many of these were refused, counts by name to add to
    the run's summary, refusals as {row, field, code, detail}, what was done to what, and, at the end, a file."""

    dealt: int
    refused: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    mistakes: list[dict] = field(default_factory=list)
    items: list[Done] = field(default_factory=list)
    file: str | None = None
    file_name: str = ""


class Work(ABC):
    """One run being carried out by one process. Made anew whenever a process takes the run up, so that whatever it
    keeps in mind can be lost."""

    is_resumable = True
    """False: what a step did lies in memory until the last one, so that a run taken up again begins anew."""

    def __init__(self, run: Run):
        self.run = run

    @abstractmethod
    def total(self) -> int:
        """How many things there are to do; asked once."""

    @abstractmethod
    def step(self, start: int) -> Step:
        """Deals with the next things from place `start` on, in the caller's transaction. Must be right whichever
        `start` it is asked for, and deal with one thing at least."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`permission` is needed to start it and to take away its file; `undo` is the work that undoes it."""

    name: str
    title: str
    permission: str
    work: type[Work]
    undo: type[Work] | None = None
    makes_file: bool = False


KINDS: dict[str, Kind] = {}


def runs_as(
    name: str, *, title: str, permission: str, undo: type[Work] | None = None, makes_file: bool = False
) -> Callable:
    """Registers a Work class as the kind `name`. Registering the same class again changes nothing."""

    def register(work: type[Work]) -> type[Work]:
        known = KINDS.get(name)
        assert known is None or known.work.__qualname__ == work.__qualname__, f"two kinds of run are called {name}"
        KINDS[name] = Kind(name, title, permission, work, undo, makes_file)
        return work

    return register


def work_of(run: Run) -> Work:
    """The run's work, or of a run that undoes another that which undoes."""
    kind = KINDS[run.kind]
    return kind.undo(run) if run.undoes_id else kind.work(run)
