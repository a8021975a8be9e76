"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.delivery.notifications.kinds import UnknownKind
from loyalty.errors import Conflict, LoyaltyError

__all__ = ["NotSent", "SettingsMissing", "TemplateTaken", "UnknownKind", "UnknownNames"]


class UnknownNames(LoyaltyError):
    """The template holds names that nothing is known of."""

    code = "unknown-names"


class TemplateTaken(Conflict):
    """There is a template of this kind, channel and language already."""

    code = "template-taken"


class NotSent(LoyaltyError):
    """The message could not be sent."""

    code = "message-not-sent"


class SettingsMissing(Conflict):
    """The brand has not said yet how it tells its members things."""

    code = "notifications-not-set-up"
