"""The first page's figures: true whether or not they were folded, and the same after it."""

import time
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from ledger.posting import Move, post_one
from ledger.sweeping import roll_up
from loyalty import clock
from loyalty.backoffice_charts import chart_of, round_up
from programs.reports.figures import Measure, figures_of, fold
from programs.reports.models import ActiveMember, QuarterHour

# A Tuesday.
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def move(membership, kind, points, at=NOON, **more):
    key = f"{membership.pk}:{kind}:{points}:{at.isoformat()}"
    return post_one(
        Move(
            kind=kind, account_id=membership.account_id, key=key, fingerprint=sha256(key.encode()).digest(),
            actor="system:test", points=points, at=at, program_id=membership.program_id, **more,
        )
    )  # fmt: skip


@pytest.fixture
def busy(transactional_db, ana_beans, ben_beans):
    """Ana and Ben on two Tuesdays: ten in the morning, and eight in the evening of the first."""
    with clock.at(NOON):
        move(ana_beans, "earn", 100, NOON - WEEK - timedelta(hours=2))
        move(ben_beans, "earn", 1_000, NOON - WEEK + timedelta(hours=8))
        move(ana_beans, "earn", 250, NOON - timedelta(hours=2), expires_at=NOON + timedelta(days=5))
        move(ana_beans, "redeem", 30, NOON - timedelta(hours=1))
        move(ana_beans, "deposit", 7, NOON - timedelta(hours=1))
        yield ana_beans


def told(beans) -> tuple:
    found = figures_of(beans, now=NOON)
    return (found.issued, found.redeemed, found.active, found.outstanding, found.days[-1], found.days[-8])


def test_today_stands_beside_the_same_weekday_by_the_same_time(busy, beans):
    found = figures_of(beans, now=NOON)

    assert (found.issued, found.redeemed, found.active) == (Measure(257, 100), Measure(30, 0), Measure(1, 1))
    assert (found.days[-8].day, found.days[-8].issued) == (date(2026, 3, 3), 1_100)
    assert (found.outstanding, found.expiring, found.members) == (1_327, 220, 2)
    assert len(found.days) == 30
    assert not found.is_quiet


def fold_all(entries: int) -> int:
    """Folds until so many were folded: what runs in the server's other databases may keep the newest back a while."""
    folded = 0
    for _ in range(600):
        folded += fold()
        if folded >= entries:
            break
        time.sleep(0.1)
    return folded


def test_folding_changes_no_figure_and_repeating_it_folds_nothing(busy, beans):
    before = told(beans)

    assert fold_all(5) == 5
    assert fold() == 0
    roll_up()

    assert told(beans) == before
    assert QuarterHour.objects.count() == 4


def test_what_comes_after_folding_is_counted_too_even_when_it_happened_before(busy, beans, ben_beans):
    fold_all(5)
    move(ben_beans, "earn", 40, NOON - timedelta(hours=2))
    move(ben_beans, "earn", 3, NOON - timedelta(days=20))
    unfolded = told(beans)

    assert unfolded[0] == Measure(297, 100)
    assert unfolded[2] == Measure(2, 1)
    assert figures_of(beans, now=NOON).days[-21].issued == 3
    fold_all(2)
    assert told(beans) == unfolded


def test_a_hold_is_redeemed_when_it_is_captured_and_owed_until_then(busy, beans):
    held = move(busy, "hold", 50, NOON - timedelta(minutes=5), expires_at=NOON + timedelta(hours=1))

    assert (figures_of(beans, now=NOON).redeemed.now, figures_of(beans, now=NOON).outstanding) == (30, 1_327)
    move(busy, "capture", 20, NOON - timedelta(minutes=1), target=held.public_id)
    assert (figures_of(beans, now=NOON).redeemed.now, figures_of(beans, now=NOON).outstanding) == (50, 1_307)
    fold()
    assert (figures_of(beans, now=NOON).redeemed.now, figures_of(beans, now=NOON).outstanding) == (50, 1_307)


def test_days_begin_when_they_begin_for_the_program(busy, beans):
    beans.timezone = "Pacific/Kiritimati"
    beans.save()

    found = figures_of(beans, now=NOON)

    # There it is two in the morning of the 11th, and what happened at ten belongs to the first hour of that day.
    assert (found.days[-1].day, found.issued.now, found.redeemed.now) == (date(2026, 3, 11), 257, 30)


def test_who_was_active_long_ago_is_forgotten(busy, beans):
    fold_all(5)
    with clock.at(NOON + timedelta(days=30)):
        fold()

    assert not ActiveMember.objects.exists()


def test_a_program_of_another_brand_adds_nothing(busy, beans, bistro):
    from programs.membership.operations import create_program

    other = create_program(bistro, code="OTHER", name="Other")

    found = figures_of(other, now=NOON)

    assert (found.issued, found.outstanding, found.members, found.is_quiet) == (Measure(0, 0), 0, 0, True)


@pytest.mark.parametrize(
    ("now", "before", "percent", "direction"),
    [(12, 10, 20, "up"), (5, 10, -50, "down"), (3, 3, 0, "same"), (3, 0, None, "up")],
)
def test_a_measure_says_how_it_changed(now, before, percent, direction):
    measure = Measure(now, before)

    assert (measure.percent, measure.direction) == (percent, direction)


@pytest.mark.parametrize(
    ("most", "ceiling"), [(0, 2), (1, 2), (7, 10), (11, 20), (450, 500), (1_000, 1_000), (1_001, 2_000)]
)
def test_the_chart_ends_at_a_round_number(most, ceiling):
    assert round_up(most) == ceiling


def test_a_bar_of_something_is_never_too_low_to_be_seen():
    chart = chart_of([(date(2026, 3, 1), 100_000, 1), (date(2026, 3, 2), 0, 0)], step=24, bar=9)

    assert [(bar.first_height, bar.second_height) for bar in chart.pairs] == [(160, 1), (0, 0)]
    assert (chart.width, chart.ceiling, chart.middle) == (48, 100_000, 50_000)
