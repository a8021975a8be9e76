"""What is signed of an item, byte for byte, and what its place in the queue means."""

import pytest

from programs.rewards.offline.chain import Step, bytes_of, canonical, digest_of, is_signed, spelled, step
from programs.rewards.offline.tests.counter import Counter

ITEM = {
    "token": 'LY1:6B"É\u2028\\', "sequence": 7, "device_id": "a", "previous": "",
    "order": {"currency": "EUR", "amount": "1.00", "items": [{"sku": "\x1f\n", "quantity": 2, "amount": "1.00"}]},
    "signature": "not signed",
}  # fmt: skip


def test_the_signed_bytes_are_the_canonical_form_of_the_item_without_its_signature():
    assert (
        canonical(ITEM)
        == (
            '{"device_id":"a","order":{"amount":"1.00","currency":"EUR","items":[{"amount":"1.00","quantity":2,'
            '"sku":"\\u001f\\n"}]},"previous":"","sequence":7,"token":"LY1:6B\\"É\u2028\\\\"}'
        ).encode()
    )
    assert digest_of(ITEM) == "4c0b5eaf53bbbed60923edcf31e247c561e405f53f6af2cbd94b5ce803cedc74"


def test_only_the_keys_own_signature_over_these_bytes_is_taken():
    counter, other = Counter(), Counter()
    signature = counter.sign(b"text")

    assert is_signed(b"text", signature=signature, public_key=counter.public_key)
    assert not is_signed(b"text.", signature=signature, public_key=counter.public_key)
    assert not is_signed(b"text", signature=signature, public_key=other.public_key)
    for wrong in ("", signature + "=", signature[:-1], signature + "A", "é" * 86, " " + signature):
        assert not is_signed(b"text", signature=wrong, public_key=counter.public_key)
        assert not is_signed(b"text", signature=signature, public_key=wrong)


def test_bytes_are_spelled_in_one_way_only():
    assert bytes_of(spelled(b"\xff" * 32), 32) == b"\xff" * 32
    # The last character has bits that stand for nothing.
    assert bytes_of("_" * 42 + "9", 32) is None
    assert bytes_of(spelled(b"x" * 31), 32) is None


@pytest.mark.parametrize(
    ("sequence", "previous", "found"),
    [(3, "b", Step.NEXT), (3, "a", Step.FORK), (3, "", Step.FORK), (4, "b", Step.GAP), (2, "b", Step.FORK)],
)
def test_the_place_after_the_second_item(sequence, previous, found):
    assert step(last_sequence=2, last_digest="b", sequence=sequence, previous=previous) is found


def test_the_first_item_follows_nothing():
    assert step(last_sequence=0, last_digest="", sequence=1, previous="") is Step.NEXT
    assert step(last_sequence=0, last_digest="", sequence=1, previous="0" * 64) is Step.FORK
