"""Server keys: made, recognised, run out, changed for another, taken back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.events.models import Event
from loyalty.identity import keys
from loyalty.identity.models import ServerKey


def test_a_key_stands_for_its_brand_with_its_scopes(cafe):
    key, plain = keys.create_server_key(cafe, name="till", scopes=["read", "earn"], rate="600/m")

    principal = keys.principal_of(plain)

    assert principal.actor == f"key:{key.id}"
    assert principal.brands == {cafe.id: "key"}
    assert principal.scopes == {"read", "earn"}
    assert (principal.rate, principal.member_id, principal.is_operator) == ("600/m", None, False)


def test_only_a_hash_of_the_key_is_kept(cafe):
    key, plain = keys.create_server_key(cafe, name="till", scopes=["read"])

    assert plain.startswith("lk_")
    assert len(plain) == 46
    assert plain not in str(ServerKey.objects.filter(id=key.id).values())
    assert plain[3:] not in str(Event.objects.filter(aggregate_id=key.id).values())


@pytest.mark.parametrize("wrong", ["", "lk_", "lk_" + "x" * 43, "lk_" + "é" * 43, "x" * 46, "lk_\0" + "x" * 42])
def test_what_is_no_key_stands_for_nobody(cafe, wrong):
    assert keys.principal_of(wrong) is None


def test_a_key_costs_one_query_when_new_and_none_within_the_second(cafe):
    plain = keys.create_server_key(cafe, name="till", scopes=["read"])[1]
    keys.forget_recent()

    with CaptureQueriesContext(
        connection,
    ) as cold:
        keys.principal_of(plain)
    with CaptureQueriesContext(connection) as warm:
        keys.principal_of(plain)

    assert (len(cold), len(warm)) == (1, 0)


def test_a_key_changed_elsewhere_is_looked_up_again_after_a_second(cafe, monkeypatch):
    key, plain = keys.create_server_key(cafe, name="till", scopes=["read"])
    keys.principal_of(plain)
    ServerKey.objects.filter(id=key.id).update(revoked_at=clock.now())
    started = keys.time.monotonic()

    monkeypatch.setattr(keys.time, "monotonic", lambda: started + 0.5)
    assert keys.principal_of(plain) is not None

    monkeypatch.setattr(keys.time, "monotonic", lambda: started + 1.5)
    assert keys.principal_of(plain) is None


def test_a_key_taken_back_stops_at_once_in_this_process(cafe):
    key, plain = keys.create_server_key(cafe, name="till", scopes=["read"])
    keys.principal_of(plain)

    keys.revoke_server_key(key)
    keys.revoke_server_key(key)

    assert keys.principal_of(plain) is None
    events = Event.objects.filter(aggregate_id=key.id).order_by("sequence")
    assert list(events.values_list("type", "sequence")) == [
        ("key.created", 1),
        ("key.revoked", 2),
    ]


def test_a_key_stops_the_moment_it_runs_out_even_while_remembered(cafe):
    expires_at = clock.now() + timedelta(hours=1)
    plain = keys.create_server_key(cafe, name="till", scopes=["read"], expires_at=expires_at)[1]

    assert keys.principal_of(plain) is not None
    with clock.at(expires_at):
        assert keys.principal_of(plain) is None
        keys.forget_recent()
        assert keys.principal_of(plain) is None


def test_the_last_use_is_noted_once_a_minute(cafe):
    key, plain = keys.create_server_key(cafe, name="till", scopes=["read"])
    start = clock.now()
    noted = []

    for seconds in (0, 30, 61):
        with clock.at(start + timedelta(seconds=seconds)):
            keys.forget_recent()
            keys.principal_of(plain)
        noted.append((ServerKey.objects.get(id=key.id).last_used_at - start).total_seconds())

    assert noted == [0, 0, 61]


def test_a_rotated_key_works_on_for_the_overlap_beside_its_successor(cafe):
    key, plain = keys.create_server_key(cafe, name="till", scopes=["read", "earn"], rate="5/s")
    start = clock.now()

    with clock.at(start):
        successor, successor_plain = keys.rotate_server_key(key, overlap_seconds=60)

    assert (successor.name, successor.scopes, successor.rate) == ("till", ["earn", "read"], "5/s")
    with clock.at(start + timedelta(seconds=59)):
        assert keys.principal_of(plain) is not None
        assert keys.principal_of(successor_plain) is not None
    with clock.at(start + timedelta(seconds=60)):
        assert keys.principal_of(plain) is None
        assert keys.principal_of(successor_plain) is not None


def test_a_key_taken_back_has_no_successor(cafe):
    key, _ = keys.create_server_key(cafe, name="till", scopes=["read"])
    keys.revoke_server_key(key)

    with pytest.raises(NotFound):
        keys.rotate_server_key(key)


@pytest.mark.parametrize("scopes", [[], ["fly"], ["read", "join"]])
def test_a_key_takes_only_scopes_that_exist(cafe, scopes):
    with pytest.raises(Invalid) as refusal:
        keys.create_server_key(cafe, name="till", scopes=scopes)

    assert refusal.value.errors[0]["code"] == "unknown-scope"
    assert not ServerKey.objects.exists()


def test_the_memory_of_recent_keys_is_bounded(cafe, monkeypatch):
    monkeypatch.setattr(keys, "CACHE_SIZE", 3)
    for number in range(5):
        keys.principal_of(keys.create_server_key(cafe, name=f"till {number}", scopes=["read"])[1])

    assert len(keys._recent) <= 3
