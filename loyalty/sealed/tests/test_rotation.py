"""Turning the key ring while people change what it sealed, and others read it."""

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from loyalty import diagnosis
from loyalty.identity.devices.models import OneTimeCode
from loyalty.identity.models import BrandMember, Member, Person
from loyalty.identity.operations import create_member
from loyalty.sealed import rotation
from loyalty.sealed.ring import Ring, add_key_to_file, fresh_key, ring
from loyalty.sealed.rotation import Keeper


@pytest.fixture(autouse=True)
def key_file(settings, tmp_path):
    settings.DATA_KEYS = []
    settings.DATA_KEYS_FILE = str(tmp_path / "data_keys")
    return tmp_path / "data_keys"


def rotate(*arguments, **options) -> str:
    said = io.StringIO()
    call_command("rotate_data_keys", *arguments, stdout=said, **options)
    return said.getvalue()


def keys_of_members() -> Counter:
    return Counter(Ring.key_of(bytes(key)) for key in Member.objects.values_list("data_key", flat=True) if key)


def addresses() -> dict:
    return {member.name: (member.email, member.phone) for member in Member.objects.all()}


@pytest.fixture
def members(cafe):
    made = [create_member(cafe, name=f"M{n}", email=f"m{n}@example.com", phone=f"+3161234{n:04}") for n in range(12)]
    Member.objects.create(name="Bare")
    return made


def test_everything_is_sealed_with_the_new_key_and_reads_as_before(members):
    before, lying = addresses(), Member.objects.values_list("id", "email")
    ciphertexts = {pk: bytes(email) for pk, email in lying if email}
    said = rotate()

    assert keys_of_members() == {ring().newest: 12}
    assert addresses() == before
    assert {pk: bytes(email) for pk, email in lying if email} == ciphertexts
    assert "12 rows" in said
    assert "first: in no row; take it out once every process has restarted" in said


def test_each_run_takes_another_key_and_the_old_ones_can_go(members, key_file):
    rotate()
    rotate()
    index, newest, *_old = key_file.read_text().split()
    key_file.write_text(f"{index}\n{newest}\n")

    assert len(ring().keys) == 1
    assert addresses()["M3"] == ("m3@example.com", "+31612340003")


def test_a_run_that_was_broken_off_is_taken_up_with_the_same_key(members):
    said = rotate(limit=5)
    key = ring().newest
    assert keys_of_members() == {"first": 7, key: 5}
    assert "sealed 5 rows" in said
    assert "7 are left" in said

    rotate()

    assert keys_of_members() == {key: 12}
    assert ring().newest == key


def test_a_dry_run_only_counts(members, key_file):
    before = key_file.read_text()

    assert "first: 12 rows (loyalty.Member 12) - the newest" in rotate(dry_run=True)
    assert key_file.read_text() == before


def test_keys_that_are_given_are_not_made(members, settings, key_file):
    index, first = (line.partition(":")[2] for line in key_file.read_text().split())
    settings.DATA_KEYS, settings.INDEX_KEY = [f"2027:{fresh_key()}", f"first:{first}"], index

    said = rotate()

    assert keys_of_members() == {"2027": 12}
    assert "2027: 12 rows (loyalty.Member 12) - the newest" in said
    assert addresses()["M1"] == ("m1@example.com", "+31612340001")


def test_rows_of_a_key_that_is_gone_are_told_and_stay(members, settings, key_file):
    broken = members[0]
    Member.objects.filter(pk=broken.pk).update(
        data_key=Ring({"lost": b"x" * 32}, b"").seal(b"k" * 32, f"loyalty_member.data_key:{broken.pk}")
    )

    with pytest.raises(CommandError, match="1 rows were sealed with keys that are not in the ring"):
        rotate()
    assert keys_of_members() == {"lost": 1, ring().newest: 11}
    found = diagnosis.check_data_keys()
    assert (found.is_ok, found.detail) == (False, "data is sealed with lost, which is not in the ring")


def test_the_doctor_says_how_far_the_ring_is_turned(members):
    assert diagnosis.check_data_keys().detail == "1 in the ring, the newest is first"
    add_key_to_file("second")

    found = diagnosis.check_data_keys()

    assert found.is_ok
    assert found.detail == "2 in the ring, the newest is second; 12 rows wait for rotate_data_keys"


def test_every_model_with_sealed_fields_is_reached(db):
    person = Person.objects.create_user("ana@example.com", "correct horse battery")
    OneTimeCode.objects.create(person=person, address="a@example.com", expires_at=person.created_at)
    rotate()

    assert {found.name for found in rotation.keepers()} >= {"loyalty.Person", "loyalty.Member", "loyalty.OneTimeCode"}
    assert rotation.tally().by_key == {ring().newest: 2}
    assert OneTimeCode.objects.get().address == "a@example.com"


def test_who_keeps_other_ciphertexts_is_reached_by_registering(db, monkeypatch):
    monkeypatch.setattr(rotation, "_registered", {})
    kept = {n: ring().seal(b"x", f"drawer:{n}") for n in range(7)}

    def reseal(limit):
        old = [n for n, sealed in kept.items() if Ring.key_of(sealed) != ring().newest][:limit]
        kept.update({n: ring().seal(ring().open(kept[n], f"drawer:{n}"), f"drawer:{n}") for n in old})
        return len(old)

    used = lambda: Counter(rotation.key_of_text(sealed) for sealed in kept.values())  # noqa: E731
    rotation.register(Keeper("drawer", used, reseal))
    said = rotate()

    assert f"{ring().newest}: 7 rows (drawer 7)" in said


def test_a_new_key_for_the_settings_is_printed_and_kept_nowhere(db, key_file):
    ring()
    before = key_file.read_text()
    name, _, key = rotate(new_key=True).strip().partition(":")

    assert len(key) == 44
    assert name not in ring().keys
    assert key_file.read_text() == before


def test_a_new_index_key_takes_effect_by_indexing_anew(members, cafe, settings, key_file):
    person = Person.objects.create_user("ana@example.com", "correct horse battery")
    (first,) = (line.partition(":")[2] for line in key_file.read_text().split()[1:])
    settings.DATA_KEYS, settings.INDEX_KEY = [f"first:{first}"], fresh_key()
    assert not Person.objects.filter(email="ana@example.com").exists()

    said = rotate(reindex=True)

    assert said == "indexed 13 rows anew\n"
    assert Person.objects.get(email="ana@example.com") == person
    field = BrandMember._meta.get_field("email_index")
    assert BrandMember.objects.get(email_index=field.index_of("m7@example.com", cafe.id)).member.name == "M7"
    assert rotate(reindex=True) == "indexed 0 rows anew\n"


def test_a_row_that_was_erased_while_its_key_was_wrapped_stays_erased(members):
    add_key_to_file("second")
    rows = rotation._Rows(Member)
    swaps = [rows._swap(pk, bytes(old)) for pk, old in rows._older()]
    Member.objects.filter(pk=members[0].pk).update(data_key=None)

    assert rows._write(swaps) == 11
    assert Member.objects.get(pk=members[0].pk).data_key is None


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_being_written_is_left_for_the_next_run_and_nobody_waits(members):
    locked, released = Event(), Event()

    def hold():
        try:
            with transaction.atomic():
                Member.objects.select_for_update().get(pk=members[0].pk)
                locked.set()
                assert released.wait(60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert locked.wait(60)
        said = rotate()
        released.set()
        holding.result()

    assert "sealed 11 rows" in said
    assert "1 are left" in said
    assert "0 are left" in rotate()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_the_ring_turns_while_people_write_and_read(members):
    """Writers change e-mails from readings that may be older than the turn, and readers read, while it turns thrice."""
    done, acknowledged = Event(), {member.pk: member.email for member in members}

    def write(mine):
        for n in count():
            member = Member.objects.get(pk=mine[n % len(mine)])
            member.email = f"w{n}.{member.name}@example.com".lower()
            with transaction.atomic():
                member.save()
            acknowledged[member.pk] = member.email
            if done.is_set():
                return n

    def read():
        for n in count():
            for member in Member.objects.exclude(name="Bare"):
                assert member.email.endswith("@example.com")
                assert member.phone.startswith("+3161234")
            if done.is_set():
                return n

    def closing(work, *arguments):
        try:
            return work(*arguments)
        finally:
            connection.close()

    ids = [member.pk for member in members]
    with ThreadPoolExecutor(4) as pool:
        at_work = [pool.submit(closing, write, ids[:6]), pool.submit(closing, write, ids[6:])]
        at_work += [pool.submit(closing, read) for _ in range(2)]
        for _ in range(3):
            rotate()
        done.set()
        rounds = [each.result() for each in at_work]
    rotate()

    assert min(rounds) > 0
    assert {member.pk: member.email for member in Member.objects.exclude(name="Bare")} == acknowledged
    assert keys_of_members() == {ring().newest: 12}
