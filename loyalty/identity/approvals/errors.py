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


class RequestChanged(Conflict):
    """What would happen is not what was looked at any more; look at it again."""

    code = "request-changed"


class RequestOutdated(Conflict):
    """What the request was about has changed since; it can only be rejected."""

    code = "request-outdated"
