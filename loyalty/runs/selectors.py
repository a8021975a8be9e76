"""Questions about long work."""

from loyalty.runs.kinds import KINDS
from loyalty.runs.models import Run


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
    shown = [(name, count) for name, count in run.summary.items() if not name.startswith("_")]
    return [{"name": name.replace("_", " ").capitalize(), "count": count} for name, count in shown]


def has_file(run: Run) -> bool:
    """Whether it made a file that can still be taken away."""
    kind = KINDS.get(run.kind)
    done = run.status == Run.Status.DONE
    return bool(kind and kind.makes_file and done and Run.objects.filter(pk=run.pk, file__isnull=False).exists())
