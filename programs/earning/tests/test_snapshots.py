"""Rules made ready are kept as long as there is room for their documents."""

import pytest

from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.conditions import Context
from programs.earning.rules.document import read_rules
from programs.earning.snapshots import Snapshots


@pytest.fixture
def snapshot():
    return Snapshot(read_rules({"rules": []}, Context(currency="EUR", timezone="UTC")))


def test_what_was_not_asked_for_the_longest_goes_first(snapshot):
    kept = Snapshots(size_max=100, count_max=9)
    for key in "abc":
        kept.keep(key, snapshot, 30)
    assert kept.get("a") is snapshot

    kept.keep("d", snapshot, 30)

    assert [bool(kept.get(key)) for key in "abcd"] == [True, False, True, True]


def test_a_large_document_takes_the_room_of_many(snapshot):
    kept = Snapshots(size_max=100, count_max=9)
    for n in range(10):
        kept.keep(n, snapshot, 10)
    assert len(kept) == 9

    kept.keep("large", snapshot, 85)
    assert len(kept) == 2
    kept.keep("larger", snapshot, 500)

    assert len(kept) == 1 and kept.get("larger") is snapshot


def test_kept_again_it_takes_its_room_once(snapshot):
    kept = Snapshots(size_max=100, count_max=9)
    for _ in range(5):
        kept.keep("a", snapshot, 60)
    kept.keep("b", snapshot, 40)

    assert len(kept) == 2
