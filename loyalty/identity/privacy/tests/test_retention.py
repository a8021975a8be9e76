"""What was kept long enough goes, and nothing else does."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from loyalty import clock
from loyalty.events import log
from loyalty.events.models import Event
from loyalty.history import sealing
from loyalty.history.acting import acting
from loyalty.history.tracking import KINDS
from loyalty.identity.devices.models import Device
from loyalty.identity.models import Brand, BrandMember, Member
from loyalty.identity.privacy.models import Erasure
from loyalty.identity.privacy.retention import apply_retention, months_before

pytestmark = pytest.mark.django_db


@pytest.fixture
def brief(cafe):
    """The cafe forgets whom it has not seen for half a year."""
    Brand.objects.filter(pk=cafe.pk).update(retention_months=6)
    return cafe


def months_from_now(months: int):
    return months_before(clock.now(), -months) + timedelta(minutes=1)


def test_who_was_not_seen_for_so_long_is_erased_and_others_are_not(brief, bistro, ana, ben, api, beans, ana_beans):
    BrandMember.objects.create(brand=bistro, member=ben, external_id="b-1")
    with clock.at(months_from_now(5)):
        assert apply_retention(at=clock.now())["members"] == 0
    with clock.at(months_from_now(7)):
        counts = apply_retention(at=clock.now())

    assert counts["members"] == 2
    assert list(Member.objects.filter(erased_at=None).values_list("pk", flat=True).order_by("pk")) == sorted(
        [ana.pk, ben.pk]
    )
    # Both can log in, so the profile is theirs; what the cafe had is gone.
    assert list(BrandMember.objects.values_list("member_id", "brand__code")) == [(ben.pk, "bistro")]
    assert Erasure.objects.filter(brand_id=brief.pk, actor="job:apply_retention").count() == 2


def test_who_did_something_in_time_stays(brief, ana, ben):
    with transaction.atomic():
        log.record("points.earned", brand_id=brief.pk, aggregate_id=ana.pk, member_id=ana.pk)
        log.record("member.contact_shown", brand_id=brief.pk, aggregate_id=ben.pk, member_id=ben.pk)
    for member in (ana, ben):
        Member.objects.filter(pk=member.pk).update(created_at=months_before(clock.now(), 9))
        BrandMember.objects.filter(member=member).update(created_at=months_before(clock.now(), 9))

    assert apply_retention(at=clock.now(), dry_run=True)["members"] == 1
    assert apply_retention(at=clock.now())["members"] == 1
    assert list(brief.known_members.values_list("member_id", flat=True)) == [ana.pk]


def test_a_brand_that_says_nothing_keeps_everybody(cafe, ana):
    assert apply_retention(at=months_from_now(200), dry_run=True)["members"] == 0


def test_a_log_in_counts(brief, ana):
    ana.person.last_login = months_from_now(3)
    ana.person.save(update_fields=["last_login"])

    assert apply_retention(at=months_from_now(7), dry_run=True)["members"] == 0
    assert apply_retention(at=months_from_now(10), dry_run=True)["members"] == 1


def test_devices_and_the_portals_log_go_by_the_settings(settings, ana, manager):
    settings.RETENTION_DEVICE_MONTHS = settings.RETENTION_LOG_MONTHS = 3
    Device.objects.create(person=ana.person, fingerprint="x")
    LogEntry.objects.create(user=manager, object_id="1", object_repr="x", action_flag=2, change_message="")

    assert apply_retention(at=months_from_now(2)) == {**dict.fromkeys(KINDS_OF_THINGS, 0)}
    counts = apply_retention(at=months_from_now(4))
    assert (counts["devices"], counts["portal_log"]) == (1, 1)
    assert (Device.objects.count(), LogEntry.objects.count()) == (0, 0)


KINDS_OF_THINGS = ("members", "devices", "portal_log", "events", "addresses")


def test_old_events_keep_ids_and_figures(settings, cafe, ana):
    settings.RETENTION_EVENT_MONTHS = 12
    with transaction.atomic():
        told = {"points": 5, "reference": "R-1", "actor": "key:x"}
        event = log.record("test.happened", brand_id=cafe.pk, aggregate_id=ana.pk, member_id=ana.pk, data=told)

    assert apply_retention(at=months_from_now(11))["events"] == 0
    assert apply_retention(at=months_from_now(13))["events"] == 1
    assert Event.objects.get(pk=event.pk).data == {"points": 5, "actor": "key:x"}
    assert apply_retention(at=months_from_now(13))["events"] == 0


def test_old_addresses_go_and_the_seals_hold(settings, cafe, rf):
    settings.RETENTION_ADDRESS_MONTHS = 12
    request = rf.post("/admin/x", REMOTE_ADDR="203.0.113.9")
    request.resolver_match = None
    with acting(request, actor="person:x", reason="why"):
        Brand.objects.filter(pk=cafe.pk).update(name="New")
    history = KINDS["loyalty.brand"].history._default_manager
    assert history.filter(pgh_context__address="203.0.113.9").count() == 1

    assert apply_retention(at=months_from_now(13))["addresses"] == 1
    record = history.get(pgh_label="update")
    assert ("address" in record.pgh_context, record.pgh_context["reason"]) == (False, "why")
    assert sealing.verify().broken == ""


@pytest.mark.parametrize(
    "change",
    [
        "update loyalty_event set data = data - 'points'",
        "delete from loyalty_event",
        "update loyalty_brandhistory set pgh_context = pgh_context - 'reason'",
    ],
)
def test_nobody_takes_anything_out_without_an_erasure(cafe, ana, change):
    with acting(actor="x", reason="why"), transaction.atomic():
        log.record("test.happened", brand_id=cafe.pk, aggregate_id=ana.pk, data={"points": 1})
        Brand.objects.filter(pk=cafe.pk).update(name="New")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize("change", ["""data = '{"points": 2}'""", "type = 'y'", """data = data || '{"more": 1}'"""])
def test_an_erasure_puts_nothing_in(cafe, ana, change):
    with transaction.atomic():
        log.record("test.happened", brand_id=cafe.pk, aggregate_id=ana.pk, data={"points": 1})
    Erasure.objects.create(kind="retention", actor="test")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update loyalty_event set {change}")


def test_the_command_looks_ahead_only_when_it_changes_nothing(brief, ana, capsys):
    at = f"{months_from_now(8):%Y-%m-%d}"

    call_command("apply_retention", at=at, dry_run=True)
    assert capsys.readouterr().out.startswith("would take out 1 members, 0 devices")
    with pytest.raises(CommandError, match="future"):
        call_command("apply_retention", at=at)
    call_command("apply_retention")
    assert capsys.readouterr().out.startswith("took out 0 members")
