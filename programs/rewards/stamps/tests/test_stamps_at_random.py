"""Whatever is done in whatever order, stamps and sheets tell the same, one sheet at most is open, and what was turned
in stays."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from loyalty import clock
from programs.rewards.stamps import cards, operations
from programs.rewards.stamps.errors import StampCardNotFull, StampSpent
from programs.rewards.stamps.expiring import close_expired_sheets
from programs.rewards.stamps.models import Stamp, StampSheet
from programs.rewards.stamps.tests.collecting import faults_of
from programs.rewards.stamps.turning_in import turn_into_voucher

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
STEPS = 60


@pytest.mark.parametrize("seed", range(8))
def test_after_any_sequence_stamps_and_sheets_tell_the_same(seed, stamp, card, ana, ana_beans):
    chance = random.Random(seed)
    card.stamps_needed, card.expires_after_days = chance.choice([1, 3, 4]), chance.choice([None, 10])
    card.save()
    now, spent = NOON, 0
    for step in range(STEPS):
        now += timedelta(hours=chance.choice([1, 5, 60]))
        with clock.at(now):
            kind = chance.choice(["stamp", "stamp", "stamp", "undo", "undo", "turn", "close", "change"])
            spent += do(kind, chance, card, ana, stamp, step)
        assert faults_of(ana) == [], (seed, step, kind)
    with clock.at(now):
        while (lived := Stamp.objects.filter(undone_at=None)).exists():
            left = [one for one in lived if not is_spent(one)]
            if not left:
                break
            operations.undo_stamps(chance.choice(left), actor="test")
            assert faults_of(ana) == []

    assert StampSheet.objects.filter(status="used").count() == spent
    assert not StampSheet.objects.filter(status="full", stamps__gt=0).exclude(pk__in=where_spent_lie()).exists()


def do(kind, chance, card, member, stamp, step) -> int:
    """Does it, or is refused; how many sheets were turned in."""
    if kind == "stamp":
        card.refresh_from_db()
        stamp(member, f"r-{step}", chance.randint(1, card.stamps_needed * 2 + 1))
    elif kind == "undo":
        if given := list(Stamp.objects.order_by("id")):
            try:
                operations.undo_stamps(chance.choice(given), actor="test")
            except StampSpent:
                return 0
    elif kind == "turn":
        try:
            turn_into_voucher(card, member, actor="test")
        except StampCardNotFull:
            return 0
        return 1
    elif kind == "close":
        close_expired_sheets(at=clock.now())
    else:
        cards.change_card(card, {"stamps_needed": chance.randint(1, 5)}, actor="test")
    return 0


def used_sheets() -> set[str]:
    return {str(pk) for pk in StampSheet.objects.filter(status="used").values_list("pk", flat=True)}


def is_spent(stamp) -> bool:
    used = used_sheets()
    return any(one["sheet"] in used and one["count"] for one in stamp.sheets)


def where_spent_lie() -> set[str]:
    """The sheets on which a part of stamps lies that are partly spent: those cannot be undone."""
    return {one["sheet"] for stamp in Stamp.objects.filter(undone_at=None) if is_spent(stamp) for one in stamp.sheets}
