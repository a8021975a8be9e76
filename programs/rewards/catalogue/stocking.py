"""More of a reward comes in."""

from django.db import transaction

from loyalty.errors import Conflict
from programs.rewards.catalogue.operations import change_reward, lock_reward
from programs.rewards.models import Reward


class RewardChangedMeanwhile(Conflict):
    """The reward was changed since you looked; see what it is now."""

    code = "reward-changed"


@transaction.atomic
def add_stock(reward: Reward, count: int, *, version: int, actor: str) -> int:
    """Adds `count` to what is left of the reward at that moment, whatever is claimed meanwhile, and says how many there
    are then; a stock without end stays so. `version` is the reward's as who asks saw it, so that asking twice adds
    once: repeating it is refused. Refusals, in order of precedence: ProgramArchived, RewardArchived,
    RewardChangedMeanwhile, Invalid (too many)."""
    locked = lock_reward(reward)
    if locked.version != version:
        raise RewardChangedMeanwhile()
    if locked.stock_left is None:
        return 0
    return change_reward(locked, {"stock_left": locked.stock_left + count}, actor=actor).stock_left
