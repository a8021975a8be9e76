"""The read models of this app's rooms that can be made anew from the log."""

from programs.membership import replays as membership
from programs.reports import replays as reports
from programs.rewards import replays as rewards

__all__ = ["membership", "reports", "rewards"]
