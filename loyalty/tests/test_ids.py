"""Identifiers for the outside."""

import time

from loyalty.ids import uuid7


def test_it_is_a_uuid_of_version_7_with_the_time_in_front():
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= made.int >> 80 <= after


def test_what_one_process_makes_sorts_as_it_was_made(monkeypatch):
    now = 1_800_000_000_000_000_000

    def tick() -> int:
        nonlocal now
        now += 1_000
        return now

    monkeypatch.setattr("loyalty.ids.time.time_ns", tick)
    made = [uuid7() for _ in range(5_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)
