"""The key ring: what is sealed opens only where it belongs, and with a key of the ring."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from loyalty.sealed.ring import Ring, SealBroken, add_key_to_file, free_name, fresh_key, parse, ring

OLD, NEW, INDEX = os.urandom(32), os.urandom(32), os.urandom(32)
PLACE = "loyalty_member.data_key:1"


@pytest.fixture
def key_file(settings, tmp_path):
    settings.DATA_KEYS = []
    settings.DATA_KEYS_FILE = str(tmp_path / "deep" / "data_keys")
    return tmp_path / "deep" / "data_keys"


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_is_sealed_for_a_place_opens_there(plain, place):
    kept = Ring({"new": NEW}, INDEX)

    assert kept.open(kept.seal(plain, place), place) == plain


def test_every_key_of_the_ring_opens_and_the_first_one_seals():
    sealed = Ring({"old": OLD}, INDEX).seal(b"x", PLACE)
    turned = Ring({"new": NEW, "old": OLD}, INDEX)

    assert turned.open(sealed, PLACE) == b"x"
    assert Ring.key_of(turned.seal(b"x", PLACE)) == "new"


def test_a_key_that_is_gone_opens_nothing():
    sealed = Ring({"old": OLD}, INDEX).seal(b"x", PLACE)

    with pytest.raises(SealBroken, match="'old', which is not in the ring"):
        Ring({"new": NEW}, INDEX).open(sealed, PLACE)


def test_another_key_under_the_same_id_opens_nothing():
    with pytest.raises(SealBroken):
        Ring({"old": NEW}, INDEX).open(Ring({"old": OLD}, INDEX).seal(b"x", PLACE), PLACE)


@pytest.mark.parametrize("place", ["loyalty_member.data_key:2", "loyalty_person.data_key:1", ""])
def test_a_ciphertext_opens_in_no_other_place(place):
    kept = Ring({"new": NEW}, INDEX)

    with pytest.raises(SealBroken):
        kept.open(kept.seal(b"x", PLACE), place)


def test_no_bit_of_a_ciphertext_can_be_turned():
    kept = Ring({"new": NEW}, INDEX)
    sealed = kept.seal(b"secret", PLACE)

    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(SealBroken):
            kept.open(bytes(changed), PLACE)


@pytest.mark.parametrize("length", range(34))
def test_a_ciphertext_cut_short_is_broken(length):
    kept = Ring({"new": NEW}, INDEX)

    with pytest.raises(SealBroken):
        kept.open(kept.seal(b"x", PLACE)[:length], PLACE)


def test_the_same_value_is_never_sealed_alike():
    kept = Ring({"new": NEW}, INDEX)

    assert len({kept.seal(b"x", PLACE) for _ in range(100)}) == 100


def test_a_blind_index_differs_by_purpose_scope_and_key():
    kept, other = Ring({"new": NEW}, INDEX), Ring({"new": NEW}, OLD)
    said = [
        kept.blind_index("member.phone", "+31612345678", scope="cafe"),
        kept.blind_index("member.phone", "+31612345678", scope="bistro"),
        kept.blind_index("member.email", "+31612345678", scope="cafe"),
        kept.blind_index("member.phone", "+31612345679", scope="cafe"),
        other.blind_index("member.phone", "+31612345678", scope="cafe"),
    ]

    assert len(set(said)) == len(said)
    assert said[0] == kept.blind_index("member.phone", "+31612345678", scope="cafe")


def test_the_keys_are_not_shown_with_the_ring():
    assert "keys" not in repr(Ring({"new": NEW}, INDEX))
    assert NEW.hex() not in repr(Ring({"new": NEW}, INDEX))


@pytest.mark.parametrize(
    "keys, index, fault",
    [
        ([], fresh_key(), "DATA_KEYS holds no key"),
        (["no-colon"], fresh_key(), "key no-colon is not 32 random bytes"),
        ([f":{fresh_key()}"], fresh_key(), "each key is written id:key"),
        ([f"a b:{fresh_key()}"], fresh_key(), "each key is written id:key"),
        ([f"{'a' * 41}:{fresh_key()}"], fresh_key(), "each key is written id:key"),
        ([f"a:{fresh_key()}", f"a:{fresh_key()}"], fresh_key(), "with an id of its own"),
        ([f"a:{fresh_key()}"], "", "INDEX_KEY is not 32 random bytes"),
        ([f"a:{fresh_key()}!"], fresh_key(), "key a is not 32 random bytes"),
    ],
    ids=["none", "no-colon", "no-id", "space", "long-id", "same-id", "no-index-key", "no-base64"],
)
def test_a_ring_that_is_badly_written_is_refused(keys, index, fault):
    with pytest.raises(ImproperlyConfigured, match=fault):
        parse(keys, index)


def test_one_key_for_two_uses_is_refused():
    key = fresh_key()

    with pytest.raises(ImproperlyConfigured, match="one key twice"):
        parse([f"a:{key}"], key)
    with pytest.raises(ImproperlyConfigured, match="one key twice"):
        parse([f"a:{key}", f"b:{key}"], fresh_key())


def test_without_keys_a_file_is_made_that_only_its_owner_reads(key_file):
    made = ring()

    assert key_file.stat().st_mode & 0o777 == 0o600
    assert ring() is made


def test_of_many_who_make_the_file_at_once_all_get_the_same_keys(key_file):
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: ring(), range(32)))

    assert len({found.index_key for found in rings}) == 1
    assert list(key_file.parent.iterdir()) == [key_file]


def test_a_key_that_is_added_to_the_file_seals_from_then_on_and_the_others_still_open(key_file):
    sealed = ring().seal(b"x", PLACE)
    names = [ring().newest]
    for _ in range(3):
        add_key_to_file(free_name(ring()))
        names.insert(0, ring().newest)

    assert list(ring().keys) == names
    assert len(set(names)) == 4
    assert ring().open(sealed, PLACE) == b"x"


def test_the_ring_can_be_asked_for_while_its_file_changes(key_file):
    ring()

    def ask(_):
        return [ring().newest for _ in range(300)]

    with ThreadPoolExecutor(5) as pool:
        asking = [pool.submit(ask, n) for n in range(4)]
        for n in range(30):
            add_key_to_file(f"k{n}")
        seen = [name for found in asking for name in found.result()]

    assert ring().newest == "k29"
    assert seen
