"""Questions about long work."""

from loyalty.identity.models import Member
from loyalty.identity.selectors import as_uuid
from loyalty.runs.kinds import KINDS
from loyalty.runs.models import Run

ORDER = ("created", "changed", "unchanged", "skipped", "enrolled", "given", "points")
"""What comes first among the counts; all others follow."""


def progress_of(run: Run) -> dict:
    """How far it is, in words and figures, for a page that asks again and again."""
    per_cent = 100 if run.status == Run.Status.DONE else run.done * 100 // run.total if run.total else 0
    return {
        "status": run.status,
        "status_label": str(run.get_status_display()),
        "is_live": run.status in (Run.Status.WAITING, Run.Status.RUNNING),
        "done": run.done,
        "total": run.total,
        "failed": run.failed,
        "per_cent": per_cent,
        "summary": summary_of(run),
    }


def summary_of(run: Run) -> list[dict]:
    """The counts by name, in words; what begins with a low line is not for people."""
    # The database keeps no order of names.
    kept = sorted(run.summary.items(), key=lambda each: ORDER.index(each[0]) if each[0] in ORDER else len(ORDER))
    shown = [(name, count) for name, count in kept if not name.startswith("_")]
    return [{"name": name.replace("_", " ").capitalize(), "count": count} for name, count in shown]


def mistakes_of(run: Run) -> list[dict]:
    """What was refused, each with the column as the file names it; what no file names is a member's id."""
    names = {field: name for name, field in run.arguments.get("columns", {}).items()} if _is_of_a_file(run) else {}
    return [
        {**mistake, "column": names.get(mistake.get("field"), mistake.get("field", ""))} for mistake in run.mistakes
    ]


def with_members(run: Run, mistakes: list[dict]) -> list[dict]:
    """The same, with the member of each that is about one of the brand's."""
    ids = [found for mistake in mistakes if (found := as_uuid(mistake["column"]))]
    known = {str(member.pk): member for member in Member.objects.filter(pk__in=ids, known_to__brand=run.brand_id)}
    return [{**mistake, "member": known.get(mistake["column"])} for mistake in mistakes]


def _is_of_a_file(run: Run) -> bool:
    return isinstance(run.arguments.get("columns"), dict)


def has_file(run: Run) -> bool:
    """Whether it made a file that can still be taken away."""
    kind = KINDS.get(run.kind)
    done = run.status == Run.Status.DONE
    return bool(kind and kind.makes_file and done and Run.objects.filter(pk=run.pk, file__isnull=False).exists())
