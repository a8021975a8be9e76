"""The face of the app for Django: every model of its rooms. Nobody inside imports it."""

from programs.activity.models import AdjustmentRequest, Purchase, Return, Submission
from programs.membership.models import Membership, Program, Tier

__all__ = ["AdjustmentRequest", "Membership", "Program", "Purchase", "Return", "Submission", "Tier"]
