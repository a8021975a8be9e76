"""What time calls for, by the thousand: members a second whose lapsed points are expired, who are warned of points that
go soon, and whose tiers are assessed; beside how many a second are given points in batches, which is the floor."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from ledger.posting import Move, post
from loyalty import clock
from loyalty.demo.benchmark.measures import BATCH, Series, Stage
from loyalty.identity.models import Brand
from loyalty.identity.operations import ensure_members
from loyalty.ids import uuid7
from programs.activity.expiring import expire_points
from programs.activity.warning import warn_of_expiry
from programs.membership.assessing import reassess_tiers
from programs.membership.enrolment import enrol_many
from programs.membership.models import Membership, Program
from programs.membership.operations import create_program
from programs.membership.validity import TierTerms

TIERS = [TierTerms(code=f"t{n}", name=f"Tier {n}", points_min=n * 100) for n in range(4)]
DAY = timedelta(days=1)


def sweeps(stage: Stage, *, members: int) -> dict[str, Series]:
    """Members a second of each sweep, round by round with that many members who all have something to be done."""
    series: dict[str, Series] = {}
    for number in range(stage.rounds):
        stage.say(f"sweeps of {members:,} members, round {number + 1} of {stage.rounds}")
        for name, seconds in _round(members).items():
            series.setdefault(f"{name} members per s", Series()).values.append(members / seconds)
    return series


def _round(members: int) -> dict[str, float]:
    """Seconds of each."""
    program, accounts = _open(members)
    now = clock.now()
    given = _seconds(_give, program, accounts, at=now - 400 * DAY, until=now - 2 * DAY)
    _give(program, accounts, at=now - 30 * DAY, until=now + 20 * DAY)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    sweep = {"at": clock.now(), "program": program}
    return {
        "deposit": given,
        "expire": _seconds(expire_points, **sweep),
        "warn": _seconds(warn_of_expiry, **sweep),
        "assess": _seconds(reassess_tiers, **sweep),
        "assess again": _seconds(reassess_tiers, **sweep),
    }


def _seconds(run: Callable[..., object], *args, **options) -> float:
    begin = time.perf_counter()
    run(*args, **options)
    return time.perf_counter() - begin


def _open(members: int) -> tuple[Program, list[int]]:
    """A program with tiers and so many members, and their accounts."""
    number = Brand.objects.count()
    brand = Brand.objects.create(code=f"sweep-{number}", name="Sweeps")
    program = create_program(brand, code=f"SWEEP{number}", name="Sweeps", tiers=TIERS)
    for start in range(0, members, BATCH):
        numbers = [f"S{n}" for n in range(start, min(start + BATCH, members))]
        enrol_many(program, ensure_members(brand, numbers).values())
    return program, sorted(Membership.objects.filter(program=program).values_list("account_id", flat=True))


def _give(program: Program, accounts: list[int], *, at: datetime, until: datetime) -> None:
    """A lot for each account, of as many points as reach one tier or another."""
    for start in range(0, len(accounts), BATCH):
        post(
            [
                Move(
                    kind="deposit",
                    account_id=account_id,
                    key=f"sweeps:{uuid7()}",
                    fingerprint=b"sweeps",
                    actor="system:benchmark",
                    points=1 + account_id % 400,
                    at=at,
                    expires_at=until,
                    program_id=program.id,
                )
                for account_id in accounts[start : start + BATCH]
            ]
        )
