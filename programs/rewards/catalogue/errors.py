"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict


class RewardCodeTaken(Conflict):
    """The program has a reward with this code already."""

    code = "reward-code-taken"


class RewardArchived(Conflict):
    """The reward has been archived; nothing about it changes any more."""

    code = "reward-archived"


class AmbiguousReward(Conflict):
    """Several programs have a reward with this code; name it by its id."""

    code = "reward-ambiguous"


class PoolNotWanted(Conflict):
    """Only a reward of the kind external_code has codes of somebody else."""

    code = "reward-has-no-pool"


class OfferNotOpen(Conflict):
    """The reward cannot be claimed at this time."""

    code = "offer-not-open"


class TierTooLow(Conflict):
    """The reward is for other tiers than the member's."""

    code = "tier-too-low"


class NotInSegment(Conflict):
    """The reward is for a segment that the member is not in."""

    code = "not-in-segment"


class MemberLimit(Conflict):
    """The member has claimed the reward as often as one member can."""

    code = "member-limit"


class OutOfStock(Conflict):
    """There is none of the reward left."""

    code = "out-of-stock"


class StockHoldOver(Conflict):
    """What was set aside has been claimed or has gone back."""

    code = "stock-hold-over"


class ClaimNotCancellable(Conflict):
    """Only a claimed voucher that was not used and has not ended can be cancelled."""

    code = "claim-not-cancellable"
