"""Rewards and members' birthdays for the tests of this room."""

from datetime import date

import pytest

from programs.rewards.models import Reward


@pytest.fixture
def coffee(beans):
    """Two euros off, for thirty days."""
    return Reward.objects.create(
        program=beans, code="coffee", name='Two off, "really"\\', kind="discount", discount_kind="amount",
        value_minor=200, status="active", voucher_days=30, skus=["a\tb"],
    )  # fmt: skip


@pytest.fixture
def born():
    """Says when a member was born."""

    def say(member, day: str) -> None:
        member.birth_date = date.fromisoformat(day)
        member.save()

    return say
