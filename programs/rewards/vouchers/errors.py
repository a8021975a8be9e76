"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, LoyaltyError


class CodeTaken(Conflict):
    """There is a voucher with this code already."""

    code = "voucher-code-taken"


class AlreadyGiven(Conflict):
    """The member was given a voucher for this occasion already."""

    code = "voucher-already-given"


class WrongMember(LoyaltyError):
    """The voucher is somebody else's."""

    code = "wrong-member"


class VoucherDisabled(Conflict):
    """The voucher was disabled."""

    code = "voucher-disabled"


class VoucherNotStarted(Conflict):
    """The voucher cannot be used yet."""

    code = "voucher-not-started"


class VoucherExpired(Conflict):
    """The voucher's time is over."""

    code = "voucher-expired"


class VoucherUsedUp(Conflict):
    """The voucher has been used as often as it can be."""

    code = "voucher-used-up"


class MemberUsedUp(Conflict):
    """The member has used the voucher as often as one member can."""

    code = "member-used-up"


class MemberNeeded(LoyaltyError):
    """Say whose voucher it is: it can be used so many times by one member."""

    code = "member-needed"


class WrongLocation(LoyaltyError):
    """The voucher is not taken at this location."""

    code = "wrong-location"


class CurrencyMismatch(LoyaltyError):
    """The order is in another currency than the voucher."""

    code = "currency-mismatch"


class OrderNeeded(LoyaltyError):
    """What the voucher takes off depends on the order: send it along."""

    code = "order-needed"


class OrderTooSmall(LoyaltyError):
    """The order comes to less than the voucher asks."""

    code = "order-too-small"


class NothingToTakeOff(LoyaltyError):
    """There is nothing in the order that the voucher takes something off."""

    code = "nothing-to-take-off"


class TokenUsed(Conflict):
    """This QR code was used before."""

    code = "token-used"


class NotRedeemed(Conflict):
    """There is no use of the voucher that could be taken back."""

    code = "voucher-not-redeemed"


class VoucherInUse(Conflict):
    """The voucher has been used; it stays where it is."""

    code = "voucher-in-use"
