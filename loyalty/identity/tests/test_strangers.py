"""The addresses of members, of staff, of people switched off and of strangers are answered alike at every door: in
words, in the work done for them, and in time. The time is measured by hand, for other work on the machine shows in it:

    STRANGERS=measure pytest -n0 -s loyalty/identity/tests/test_strangers.py"""

import os
import random
import time
from itertools import count
from statistics import median

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import settings as shipped
from loyalty.identity.models import Person, Staff
from loyalty.identity.tests.doors import PASSWORD, STATUSES, doors, hashes_counted, knocked, told
from loyalty.testing.statements import beginnings

CALLS = int(os.environ.get("STRANGERS_CALLS") or 200)
LEAST_MS = 1.5
"""A difference of medians that is too small to be told apart over a network, however often one asks politely."""

_numbers = count(1)


@pytest.fixture
def people(ana, ben, manager, cafe, settings):
    """Somebody of each kind with a login, whose passwords are hashed as they are in production."""
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    gone = Person.objects.create_user("gone@example.com", PASSWORD, is_active=False)
    Staff.objects.create(person=gone, brand=cafe)
    Person.objects.create_user("sso@example.com", None)
    Person.objects.exclude(email="sso@example.com").update(password=make_password(PASSWORD))
    return ["ana@example.com", "manager@example.com", "gone@example.com", "sso@example.com"]


def stranger() -> str:
    """An address that was never named before."""
    return f"nobody{next(_numbers)}@example.com"


def test_every_door_says_the_same_to_a_stranger(people, ben):
    wrong = []
    for name, knock in doors(ben.person).items():
        unknown = stranger()
        expected = told(knocked(knock, unknown), unknown)
        assert (name, expected[0]) == (name, STATUSES[name])
        wrong += [f"{name}: {email}" for email in people if told(knocked(knock, email), email) != expected]

    assert wrong == []


def test_every_door_does_the_same_for_a_stranger(people, ben):
    """As many hashes, the same statements in the same order. How a savepoint ends is no work to speak of."""
    wrong = []
    for name, knock in doors(ben.person).items():
        knocked(knock, stranger())
        expected = work_of(knock, stranger())
        for email in people:
            if (done := work_of(knock, email)) != expected:
                wrong.append((name, email, done, expected))

    assert wrong == []


def work_of(knock, email: str) -> tuple[int, list[str]]:
    with hashes_counted() as hashed, CaptureQueriesContext(connection) as queries:
        knock_at = knocked(knock, email)
    assert knock_at.status_code < 500
    kinds = beginnings(queries)
    return len(hashed), [kind for kind in kinds if not kind.startswith(("RELEASE", "ROLLBACK", "SAVEPOINT"))]


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("STRANGERS") != "measure", reason="takes minutes: STRANGERS=measure runs it")
def test_every_door_takes_as_long_for_a_stranger(people, ben):
    """Members and strangers in random order; by the clock on the wall, and by what the processor did, which a busy
    machine blurs less. A difference of medians counts when it is larger than chance makes it, by the spread of the
    times themselves, and large enough to be of use to anybody."""
    slower = []
    for name, knock in doors(ben.person).items():
        for clock, (known, unknown) in measured(knock, people[0], STATUSES[name]).items():
            noise = noise_of(known, unknown)
            line = f"{name}, {clock}: {median(known):.2f} ms known, {median(unknown):.2f} ms unknown, noise {noise:.2f}"
            print(f"{line}, {len(known) + len(unknown)} calls", flush=True)
            if abs(median(known) - median(unknown)) > LEAST_MS + noise:
                slower.append(line)

    assert slower == []


def measured(knock, email: str, status: int) -> dict[str, tuple[list[float], list[float]]]:
    """Milliseconds by each clock: of half of the calls with the address that is known, and of the other half with
    strangers'."""
    asked = [email] * (CALLS // 2) + [stranger() for _ in range(CALLS // 2)]
    random.shuffle(asked)
    for warm in (email, stranger()):
        knocked(knock, warm)
    clocks = {"wall": time.perf_counter, "processor": time.process_time}
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in clocks}
    for one in asked:
        cache.clear()
        begun = {name: read() for name, read in clocks.items()}
        assert knock(one).status_code == status
        for name, read in clocks.items():
            times[name][one != email].append((read() - begun[name]) * 1000)
    return times


def noise_of(*samples: list[float]) -> float:
    """Three standard errors of the difference of the medians, from the median distance to the median."""
    squares = 0.0
    for sample in samples:
        spread = 1.4826 * median(abs(one - median(sample)) for one in sample)
        squares += (1.2533 * spread) ** 2 / len(sample)
    return 3 * squares**0.5
