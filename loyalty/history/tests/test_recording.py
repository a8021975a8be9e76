"""What is recorded of a change: what it was and is, who did it and why; and what is not recorded."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from loyalty import clock
from loyalty.history.acting import acting
from loyalty.history.models import Change
from loyalty.history.tracking import KINDS
from loyalty.identity.keys import create_server_key, principal_of
from loyalty.identity.models import Brand, Member, ServerKey, Staff
from loyalty.identity.operations import ensure_members

pytestmark = pytest.mark.django_db


def newest(kind):
    """The newest record of this kind, as it lies in its table."""
    return KINDS[kind].history._default_manager.order_by("-pgh_id").values()[0]


def changes(kind):
    return list(Change.objects.filter(kind=kind).order_by("id").values_list("label", flat=True))


def test_a_change_is_kept_with_what_was_there_before_who_did_it_and_why(cafe):
    with acting(actor="person:1", reason="They moved, 100%"):
        Brand.objects.filter(pk=cafe.pk).update(name="Kaffee")

    record = newest("loyalty.brand")
    assert (record["name"], record["pgh_before"]) == ("Kaffee", {"name": "Cafe"})
    assert record["pgh_context"] == {"actor": "person:1", "reason": "They moved, 100%"}
    line = Change.objects.get(pk=record["pgh_id"])
    assert (line.label, line.object_id, line.actor, line.brand_ids) == ("update", str(cafe.pk), "person:1", [cafe.pk])


def test_a_save_that_changes_nothing_leaves_no_record(cafe):
    cafe.save()

    assert changes("loyalty.brand") == ["insert"]


def test_what_is_written_all_the_time_leaves_no_record(cafe, barista):
    _, plain = create_server_key(cafe, name="till", scopes=["read"])
    principal_of(plain)
    barista.last_login = clock.now()
    barista.token_version += 1
    barista.save()

    assert ServerKey.objects.get().last_used_at is not None
    assert (changes("loyalty.serverkey"), changes("loyalty.person")) == (["insert"], ["insert"])


def test_of_a_password_and_a_key_only_the_change_is_kept(cafe, barista):
    barista.set_password("another horse battery")
    barista.save()
    create_server_key(cafe, name="till", scopes=["read"])

    assert newest("loyalty.person")["pgh_before"] == {"password": None}
    assert "password" not in newest("loyalty.person")
    assert "key_hash" not in newest("loyalty.serverkey")


def test_personal_data_is_kept_as_the_ciphertext_that_it_is(ana):
    ana.phone = "+31612345678"
    ana.save()
    ana.phone = "+31699999999"
    ana.save()

    record = newest("loyalty.member")
    assert b"+316" not in bytes(record["phone"])
    assert set(record["pgh_before"]) == {"phone"}
    assert "+316" not in str(record["pgh_before"])


def test_members_entered_by_the_thousand_leave_no_records_but_their_changes_do(cafe):
    ensure_members(cafe, ["a", "b"])
    Member.objects.update(name="Somebody")

    assert changes("loyalty.member") == ["update", "update"]
    assert changes("loyalty.brandmember") == []


def test_of_a_membership_only_its_state_is_kept(ana_beans):
    ana_beans.card_number = "1000000000000025"
    ana_beans.save()
    ana_beans.status = "suspended"
    ana_beans.save()

    assert changes("programs.membership") == ["update"]
    assert newest("programs.membership")["pgh_before"] == {"status": "active"}


def test_a_post_that_ends_is_the_brands_history(cafe, barista):
    Staff.objects.filter(person=barista).delete()

    assert Change.objects.get(kind="loyalty.staff", label="delete").brand_ids == [cafe.pk]
    assert newest("loyalty.staff")["role"] == "staff"


def test_without_anybody_who_says_so_the_process_did_it(cafe):
    assert Change.objects.get(kind="loyalty.brand").actor.startswith("process:")


def test_sql_by_hand_is_kept_too(cafe):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local pghistory.context_metadata to ''")
        cursor.execute("update loyalty_brand set name = 'Mine'")

    assert Change.objects.filter(label="update").get().actor.startswith("database:")


def test_what_is_said_inside_holds_inside_only(cafe, bistro):
    with acting(actor="person:1"):
        with acting(reason="Inner"):
            Brand.objects.filter(pk=cafe.pk).update(name="A")
        Brand.objects.filter(pk=cafe.pk).update(name="B")
    Brand.objects.filter(pk=bistro.pk).update(name="C")

    records = KINDS["loyalty.brand"].history._default_manager.filter(pgh_label="update").order_by("pgh_id")
    said = [(record.name, record.pgh_context.get("reason")) for record in records]
    assert said == [("A", "Inner"), ("B", None), ("C", None)]
    assert [record.pgh_context["actor"] for record in records][:2] == ["person:1", "person:1"]
    assert records[2].pgh_context["actor"].startswith("process:")


@pytest.mark.parametrize(
    "sql",
    [
        "update loyalty_brandhistory set name = 'x'",
        "delete from loyalty_brandhistory",
        "truncate loyalty_brandhistory",
        "update loyalty_change set actor = 'x'",
        "delete from loyalty_change",
        "truncate loyalty_change",
    ],
)
def test_records_and_lines_stay_as_they_are(cafe, sql):
    with pytest.raises(DatabaseError, match="is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
