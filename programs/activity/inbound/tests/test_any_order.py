"""The same recorded stream, shuffled and told twice, ends in the same state as in order and once.

Order cannot matter where a decision rests on the event and its member alone: rates, lines, channels, labels, fields of
an event, the day of joining, returns of whole points, tiers by what counts today. By their nature other rules depend on
what came before, and so on the order of arrival, and are not part of this: limits ("three times a month" counts the
three that come first), orders before, first purchases and multipliers of a tier (they see the books as they are), which
of several parts of a return bears the rounding of a point (their sum does not depend on it), and when a tier was
reached, which is when it was seen to be.
"""

import random
from collections import Counter

import msgspec
import pytest
from django.db import transaction

from loyalty.identity.operations import create_server_key
from loyalty.roles import SCOPES
from loyalty.testing.clients import with_key
from programs.activity.inbound.cloudevents import BATCH, BATCH_MAX
from programs.activity.inbound.doors import take_in
from programs.activity.inbound.tests.stream import MEMBERS, open_shop, picture, recorded, welcome

pytestmark = pytest.mark.django_db
SEEDS, DOUBLED = range(4), range(100, 102)
_expected: list[dict] = []


@pytest.fixture
def expected(db):
    """The state that the stream ends in when it arrives in order and once; the same for all tests of a process."""
    if not _expected:
        with transaction.atomic():
            _expected.append(state_after(recorded()))
            transaction.set_rollback(True)
    return _expected[0]


def state_after(stream) -> dict:
    brand = open_shop()
    for told in stream:
        take_in(brand, told)
    welcome(brand)
    return picture(brand)


def shuffled(seed: int, *, times: int = 1) -> list:
    stream = recorded() * times
    random.Random(seed).shuffle(stream)
    return stream


def test_the_stream_holds_what_it_is_to_show(expected):
    stream = recorded()
    types, inbox = Counter(told.type for told in stream), expected["inbox"]

    assert len(stream) >= 300 and len(expected["members"]) == MEMBERS
    assert set(types) == {
        "guest.registered", "order.paid", "checkout.completed", "order.returned", "review.written", "cart.left",
    }  # fmt: skip
    assert min(types.values()) >= 10
    assert {status for _, _, status, *_ in inbox} == {"done", "ignored", "waiting"}
    assert {tier for *_, tier in expected["members"].values()} == {"green", "silver", "gold"}
    backs = Counter(reference for reference, *_ in expected["returns"])
    assert {1, 2, 3} <= set(backs.values())
    assert any(lot[6] == lot[4] for lot in expected["lots"]) and any(0 < lot[6] < lot[4] for lot in expected["lots"])


@pytest.mark.parametrize("seed", SEEDS)
def test_shuffled_it_ends_in_the_same_state(expected, seed):
    assert state_after(shuffled(seed)) == expected


@pytest.mark.parametrize("seed", DOUBLED)
def test_doubled_and_shuffled_it_ends_in_the_same_state(expected, seed):
    assert state_after(shuffled(seed, times=2)) == expected


def test_backwards_it_ends_in_the_same_state(expected):
    assert state_after(reversed(recorded())) == expected


def test_through_the_door_it_ends_in_the_same_state(expected):
    """One by one and in batches, by key."""
    brand = open_shop()
    door = with_key(create_server_key(brand, name="shop", scopes=SCOPES, rate="")[1])
    stream = [told.document() for told in shuffled(200, times=2)]
    singles, rest = stream[:150], stream[150:]

    answers = [door.post("/api/events", one) for one in singles]
    for first in range(0, len(rest), BATCH_MAX):
        batch = msgspec.json.encode(rest[first : first + BATCH_MAX])
        answers.append(door.generic("POST", "/api/events", batch, BATCH))
    welcome(brand)

    assert {answer.status_code for answer in answers} <= {201, 202}
    assert picture(brand) == expected
