"""Rewards on the shelf: what the tests of this room make and ask in one line."""

from programs.membership.models import Program
from programs.rewards.models import Reward


def reward(program: Program, code: str = "coffee", **terms) -> Reward:
    """An active reward of the program, for nothing unless told otherwise."""
    usual = {"program": program, "code": code, "name": "Free coffee", "status": "active"}
    return Reward.objects.create(**usual | terms)
