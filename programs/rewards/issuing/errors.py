"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, LoyaltyError


class BatchDisabled(Conflict):
    """The batch was disabled; no more codes are made of it."""

    code = "voucher-batch-disabled"


class RewardNotIssuable(LoyaltyError):
    """No codes are issued for this reward."""

    code = "reward-not-issuable"
