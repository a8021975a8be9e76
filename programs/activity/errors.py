"""What the front door refuses, each refusal with its code and HTTP status. The ledger's own refusals pass through."""

from loyalty.errors import Conflict, LoyaltyError


class MembershipRequired(Conflict):
    """The member does not take part in this program."""

    code = "membership-required"


class BelowMinimum(LoyaltyError):
    """Fewer points than the program lets a member redeem at once."""

    code = "below-minimum"


class ReturnExceedsPurchase(LoyaltyError):
    """More would come back than is left of the purchase."""

    code = "return-exceeds-purchase"


class PaidForVoucher(Conflict):
    """These points paid for a voucher: cancel the voucher, and they come back."""

    code = "paid-for-voucher"


class HoldBound(Conflict):
    """These points are set aside for something else that was asked for, and go with that."""

    code = "hold-bound"
