"""The events of long work."""

from loyalty.events.catalogue import declare_each

ASKED = {"actor": "text", "kind": "text", "title": "text", "reason": "text", "done": "integer"}
DONE = {"actor": "text", "kind": "text", "done": "integer", "failed": "integer", "summary": "object"}

declare_each(
    "run",
    {
        "run.asked": ("Work asked for", "Long work waits to be begun.", ASKED),
        "run.cancelled": ("Work cancelled", "Long work was stopped for good.", ASKED),
        "run.resumed": ("Work resumed", "Long work that had stopped goes on.", ASKED),
        "run.file_taken": ("File taken", "Somebody took the file that long work made.", ASKED),
        "run.failed": ("Work failed", "Long work stopped at a mistake.", DONE),
        "run.finished": ("Work finished", "Long work is done.", DONE),
    },
    personal=("title", "reason"),
)
