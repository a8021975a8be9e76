"""What is refused about webhooks, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, LoyaltyError


class AddressNotTaken(LoyaltyError):
    """Events are not sent to this address."""

    code = "webhook-address-refused"


class TooManyEndpoints(Conflict):
    """The brand has as many webhook endpoints as a brand may have."""

    code = "too-many-webhooks"


class EndpointNotActive(Conflict):
    """The endpoint is paused or disabled: enable it first."""

    code = "webhook-not-active"


class ReplayTooLarge(LoyaltyError):
    """So many events are not replayed at once: choose a shorter time, or fewer types."""

    code = "replay-too-large"


class EventsArchived(Conflict):
    """Events of this time have been moved out of the log."""

    code = "events-archived"
