"""What gifts are refused for, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, Invalid, LoyaltyError


class GiftsClosed(Conflict):
    """The program does not let members give each other points."""

    code = "gifts-closed"


class GiftBelowMinimum(LoyaltyError):
    """Fewer points than the program lets a member give at once."""

    code = "gift-below-min"


class GiftAboveMaximum(LoyaltyError):
    """More points than the program lets a member give at once."""

    code = "gift-above-max"


class GiftToSelf(LoyaltyError):
    """Nobody gives points to themselves."""

    code = "gift-to-self"


def refuse_field(name: str, code: str, detail: str) -> Invalid:
    """One mistake at one field."""
    return Invalid([{"pointer": f"/{name}", "code": code, "detail": detail}])
