"""A coffee card of BEANS, four stamps for a free coffee, and what happens on it."""

import pytest

from programs.rewards.models import Reward
from programs.rewards.stamps import cards, operations


@pytest.fixture
def coffee(beans):
    """The reward that a full card is worth."""
    return Reward.objects.create(
        program=beans, code="free-coffee", name="Free coffee", kind="free_item", status="active"
    )


@pytest.fixture
def card(beans, coffee):
    return cards.create_card(beans, code="coffee", name="Coffee card", reward=coffee, stamps_needed=4, actor="test")


@pytest.fixture
def stamp(card):
    """A function that stamps a member's card by the operation itself."""

    def give(member, reference: str, count: int = 1, **more):
        asked = {"count": count, "reference": reference, "source": "staff", "actor": "test"} | more
        return operations.add_stamps(asked.pop("card", card), member, **asked)

    return give
