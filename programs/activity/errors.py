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


class ApprovalRequired(Conflict):
    """An adjustment this large needs a second person."""

    code = "approval-required"


class OwnRequest(LoyaltyError):
    """Nobody decides on an adjustment that they asked for, or that is for themselves."""

    code = "own-request"
    status = 403


class RequestDecided(Conflict):
    """This adjustment has been decided already."""

    code = "request-decided"
