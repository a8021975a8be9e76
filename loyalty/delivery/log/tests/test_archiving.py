"""Moving old partitions out: whole, read back, and only what nobody needs here any more."""

import os
import stat
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger.reconciliation import reconcile_each
from loyalty import clock
from loyalty.delivery.log import archiving
from loyalty.delivery.log.asyncapi import example
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.events import archives, catalogue, partitions
from loyalty.events.models import Event, EventArchive, EventHorizon, EventReader
from loyalty.ids import uuid7
from programs.membership.enrolment import enrol

pytestmark = pytest.mark.django_db

TOMORROW = (clock.now() + timedelta(days=1)).date().isoformat()


@pytest.fixture
def first(api, ana, beans):
    """The first partition, with points of ana's in it, as it is when events are numbered beyond it."""
    enrol(beans, ana)
    earned = {"program_id": str(beans.id), "amount": "12.00", "currency": "EUR", "reference": "order-of-ana"}
    assert api.post(f"/api/members/{ana.id}/earn", earned).status_code == 201
    found = partitions.partitions()[0]
    EventHorizon.objects.update_or_create(id=1, defaults={"settled_id": found.last, "mark_id": None, "mark_xid": None})
    return found


@pytest.fixture
def endpoint(cafe, first):
    """An endpoint that was told everything."""
    return WebhookEndpoint.objects.create(
        brand=cafe, url="https://shop.example/hook", events=["*"], secret="whsec_x", position=first.last
    )


def run(command: str, *told: str) -> str:
    out = StringIO()
    call_command(command, *told, stdout=out)
    return out.getvalue()


def refused(folder) -> str:
    with pytest.raises(CommandError) as fault:
        run("archive_events", "--before", TOMORROW, "--to", str(folder))
    return str(fault.value)


def test_a_partition_goes_into_a_file_and_out_of_the_log(first, endpoint, tmp_path):
    before = list(Event.objects.order_by("id").values_list("event_id", flat=True))

    said = run("archive_events", "--before", TOMORROW, "--to", str(tmp_path))

    made = EventArchive.objects.get()
    (path,) = tmp_path.iterdir()
    assert f"moved {len(before):,} events of 1 partitions" in said
    assert [event["event_id"] for event in archives.events_in(path)] == [str(one) for one in before]
    assert (made.events, made.file, made.sha256) == (len(before), path.name, archives.sha256_of(path))
    assert not Event.objects.exists()
    assert first not in partitions.partitions()


def test_what_is_personal_does_not_come_into_the_file(first, endpoint, tmp_path):
    assert Event.objects.get(type="points.earned").data["reference"] == "order-of-ana"

    run("archive_events", "--before", TOMORROW, "--to", str(tmp_path))

    (path,) = tmp_path.iterdir()
    (earned,) = [event for event in archives.events_in(path) if event["type"] == "points.earned"]
    assert earned["data"].keys() == {"transaction_id", "points", "balance_after"}


def test_the_books_are_whole_without_the_events_that_were_moved_out(first, endpoint, tmp_path, api, ana, beans):
    run("archive_events", "--before", TOMORROW, "--to", str(tmp_path))
    with connection.cursor() as cursor:
        cursor.execute("select loyalty_open_event_partition(1, 10000000)")
    assert api.post(f"/api/members/{ana.id}/deposit", {"program_id": str(beans.id), "amount": 5},
                    HTTP_IDEMPOTENCY_KEY="later").status_code == 201  # fmt: skip

    assert [result.invariant.name for result in reconcile_each() if not result.is_ok] == []


def test_read_models_are_made_from_the_file_and_the_log_together(first, endpoint, tmp_path):
    run("archive_events", "--before", TOMORROW, "--to", str(tmp_path))

    assert "5 read models are as the log tells" in run("replay_events", "--archive", str(tmp_path))
    with pytest.raises(CommandError):
        run("replay_events")


def test_a_place_in_the_log_before_what_was_moved_out_is_refused(first, endpoint, tmp_path, api):
    read = api.get("/api/events?page_size=1").json()
    run("archive_events", "--before", TOMORROW, "--to", str(tmp_path))

    answer = api.get(read["next"])

    assert (answer.status_code, answer.json()["code"]) == (409, "events-archived")
    assert api.get("/api/events").json()["results"] == []
    assert api.get(api.get("/api/events").json()["next"]).status_code == 200


def test_a_dry_run_moves_nothing(first, endpoint, tmp_path):
    assert f"{first.name} would go" in run("archive_events", "--before", TOMORROW, "--to", str(tmp_path), "--dry-run")

    assert Event.objects.exists() and not list(tmp_path.iterdir())


def test_events_of_the_day_itself_stay(first, endpoint, tmp_path):
    today = clock.now().date().isoformat()

    assert "moved 0 events" in run("archive_events", "--before", today, "--to", str(tmp_path))


def test_what_a_reader_has_not_read_stays(first, endpoint, tmp_path):
    EventReader.objects.create(name="notifications", position=first.last - 1)

    assert "the reader notifications is at" in refused(tmp_path)
    assert Event.objects.exists()


def test_an_endpoint_of_a_brand_of_which_nothing_happened_keeps_nothing(first, endpoint, bistro, tmp_path):
    WebhookEndpoint.objects.create(brand=bistro, url="https://bistro.example/hook", events=["*"], secret="whsec_x")
    assert not Event.objects.filter(brand_id=bistro.id).exists()

    assert "of 1 partitions" in run("archive_events", "--before", TOMORROW, "--to", str(tmp_path))


def test_what_somebody_comes_to_need_while_the_file_is_written_stays(first, endpoint, tmp_path, monkeypatch):
    read_back = archiving._read_back

    def come_to_need(*args):
        read_back(*args)
        EventReader.objects.create(name="relay:late", position=0)

    monkeypatch.setattr(archiving, "_read_back", come_to_need)

    assert "the reader relay:late is at 0" in refused(tmp_path)
    assert Event.objects.exists()


def test_who_writes_events_waits_for_nothing_that_takes_long(first, endpoint, tmp_path):
    """From the lock on nothing is read of the partition, and of no file."""
    asked: list[str] = []

    def listen(execute, sql, params, many, context):
        asked.append(sql)
        return execute(sql, params, many, context)

    def locked() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "select exists (select from pg_locks where pid = pg_backend_pid() and mode = 'AccessExclusiveLock' "
                "and relation = 'loyalty_event'::regclass)"
            )
            return cursor.fetchone()[0]

    hashed: list[bool] = []
    with pytest.MonkeyPatch.context() as patched, connection.execute_wrapper(listen):
        whole = archives.sha256_of
        patched.setattr(archives, "sha256_of", lambda path: hashed.append(locked()) or whole(path))
        run("archive_events", "--before", TOMORROW, "--to", str(tmp_path))

    (begin,) = [n for n, sql in enumerate(asked) if "detach partition" in sql]
    assert hashed == [False]
    assert not [sql for sql in asked[begin:] if "count(" in sql.lower()]


def test_the_name_of_a_file_is_on_the_disk_before_its_events_are_removed(first, endpoint, tmp_path, monkeypatch):
    synced: list[tuple[bool, bool]] = []
    sync = os.fsync

    def listen(handle: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(handle).st_mode), Event.objects.exists()))
        sync(handle)

    monkeypatch.setattr(archives.os, "fsync", listen)
    run("archive_events", "--before", TOMORROW, "--to", str(tmp_path))

    assert synced == [(False, True), (True, True)]


def test_what_an_endpoint_was_not_told_stays(first, endpoint, tmp_path):
    WebhookEndpoint.objects.update(position=1, status=WebhookEndpoint.Status.PAUSED)

    assert "the webhook endpoint" in refused(tmp_path)


def test_what_is_on_its_way_stays(first, endpoint, tmp_path):
    event = Event.objects.first()
    WebhookDelivery.objects.create(
        endpoint=endpoint, event_number=event.id, event_id=event.event_id, type=event.type,
        aggregate_id=event.aggregate_id, sequence=event.sequence,
    )  # fmt: skip

    assert "is on its way" in refused(tmp_path)


def test_numbers_that_may_still_appear_stay(first, endpoint, tmp_path):
    EventHorizon.objects.update(settled_id=first.last - 1)

    assert "may still appear" in refused(tmp_path)


@pytest.mark.parametrize("told", catalogue.declared(), ids=lambda told: told.name)
def test_of_no_type_what_is_personal_comes_into_a_file(told):
    event = Event(type=told.type, version=told.version, data=example(told)["data"])

    kept = archiving.stripped(event)

    assert told.data.keys() == event.data.keys()
    assert kept.keys() == told.data.keys() - told.personal


def test_of_a_type_that_nobody_declares_ids_and_figures_come_into_a_file():
    event = Event(type="old.kind", data={"points": 5, "actor": "key:1", "name": "Ana", "note": "for Ana"})

    assert archiving.stripped(event) == {"points": 5, "actor": "key:1"}


def test_a_file_that_is_not_whole_removes_nothing(tmp_path):
    file = archives.Counting(tmp_path / "x")
    for number in (1, 2):
        file.write({"id": number, "event_id": str(uuid7())})
    file.close()
    file.events = 3

    with pytest.raises(archiving.ArchiveIsNotWhole):
        archiving._read_back(file.path, file)


def test_partitions_are_opened_ahead_as_large_as_the_last(db):
    *_, beyond, last = partitions.partitions()
    with connection.cursor() as cursor:
        for gone in (beyond, last):
            cursor.execute(f"drop table {gone.name}")
    missing = max(partitions.AHEAD - partitions.ahead(), 0)

    opened = partitions.open_ahead()

    assert (len(opened), partitions.ahead()) == (missing, partitions.AHEAD)
    assert partitions.partitions()[-1].size == beyond.size
    assert partitions.open_ahead() == []
