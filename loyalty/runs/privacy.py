"""What long work keeps about people: files that name them, titles and reasons that do, and what was done to them. Runs
are kept as the record of what somebody asked for, without the words."""

from django.db import connection
from django.db.models import Q

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject
from loyalty.runs.models import Run, RunItem

# A list kept with a run names members by their ids; a text that is said about all of them stands in the same file.
WORDS = """
update loyalty_run set
    title = case when title ilike any(%(patterns)s::text[]) then '' else title end,
    reason = case when reason ilike any(%(patterns)s::text[]) then '' else reason end,
    fault = case when fault ilike any(%(patterns)s::text[]) then '' else fault end,
    file_name = case when file_name ilike any(%(patterns)s::text[]) then '' else file_name end,
    arguments = case when arguments::text ilike any(%(patterns)s::text[]) then '{{}}' else arguments end,
    summary = case when summary::text ilike any(%(patterns)s::text[]) then '{{}}' else summary end,
    mistakes = case when mistakes::text ilike any(%(patterns)s::text[]) then '[]' else mistakes end
where concat_ws(' ', title, reason, fault, file_name, arguments::text, summary::text, mistakes::text)
      ilike any(%(patterns)s::text[]) {brand}
"""
ITEMS = "update loyalty_runitem set before = null where before::text ilike any(%(patterns)s::text[])"


def export(subject: Subject) -> Told:
    """What was done to them, and what they had done; who else was in it is others' data."""
    done = RunItem.objects.filter(subject_id__in=subject.ids, **subject.of_brand("run__brand")).select_related("run")
    asked = (
        Run.objects.filter(started_by=subject.person) if subject.person and not subject.brand else Run.objects.none()
    )
    told = [
        {"kind": item.run.kind, "title": item.run.title, "reason": item.run.reason, "outcome": item.outcome,
         "at": item.run.created_at.isoformat()}
        for item in done
    ]  # fmt: skip
    return {
        "bulk_acts": told,
        "runs": rows_of(asked.defer("file"), without=["file", "arguments", "mistakes", "summary"]),
    }


def erase(erasing: Erasing) -> Counts:
    """Files that name them go at once, though they are encrypted and would go by themselves within a week."""
    subject, traces = erasing.subject, erasing.traces
    asked = {"patterns": traces.patterns, "brand": subject.brand and subject.brand.id}
    brand = "and brand_id = %(brand)s" if subject.brand else ""
    files = [run.pk for run in _with_files(subject) if _names(run.file, traces.words, traces.ids)]
    Run.objects.filter(pk__in=files).update(file=None)
    with connection.cursor() as cursor:
        cursor.execute(WORDS.format(brand=brand), asked)
        runs = cursor.rowcount
        cursor.execute(ITEMS, asked)
    gone = RunItem.objects.filter(subject_id__in=subject.ids, **subject.of_brand("run__brand")).delete()[0]
    return {"files": len(files), "runs": runs, "bulk_acts": gone}


def _with_files(subject: Subject):
    return Run.objects.filter(Q(file__isnull=False), **subject.of_brand()).iterator(chunk_size=5)


def _names(text: str, words: set[str], ids: set[str]) -> bool:
    text = text.casefold()
    return any(word.casefold() in text for word in words | {each for each in ids if "-" in each})


register(
    Room(
        name="runs",
        position=40,
        export=export,
        erase=erase,
        told={"loyalty.Run": "runs", "loyalty.RunItem": "bulk_acts"},
    )
)
