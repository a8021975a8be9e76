"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, LoyaltyError
from loyalty.http.refusals import TooMany


class StampCardCodeTaken(Conflict):
    """The program has a stamp card with this code already."""

    code = "stamp-card-code-taken"


class AmbiguousStampCard(Conflict):
    """More than one of your stamp cards has this code; name the card by id."""

    code = "ambiguous-stamp-card"


class StampCardArchived(Conflict):
    """The stamp card has been archived; nothing about it changes any more."""

    code = "stamp-card-archived"


class StampCardNotActive(Conflict):
    """No stamps are given on this card now."""

    code = "stamp-card-not-active"


class ReferenceStamped(LoyaltyError):
    """This reference was stamped already, for another member or another number of stamps."""

    code = "reference-stamped"


class StampsDayMax(LoyaltyError):
    """More stamps than one member can get on this card in a day."""

    code = "stamps-day-max"


class ScannedLately(TooMany):
    """The member has scanned the code on the counter a short while ago."""

    code = "scanned-lately"


class StampSpent(Conflict):
    """A sheet that the stamps are on has been turned into a voucher."""

    code = "stamp-spent"


class StampCardNotFull(Conflict):
    """The member has no full sheet of this card."""

    code = "stamp-card-not-full"
