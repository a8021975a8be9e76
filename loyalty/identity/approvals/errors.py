"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, LoyaltyError


class ApprovalRequired(Conflict):
    """This needs a second person."""

    code = "approval-required"


class OwnRequest(LoyaltyError):
    """Nobody decides on what they asked for, or on what is for themselves."""

    code = "own-request"
    status = 403


class RequestDecided(Conflict):
    """The request has been decided already."""

    code = "request-decided"


class RequestOutdated(Conflict):
    """What the request was about has changed since; it can only be rejected."""

    code = "request-outdated"
