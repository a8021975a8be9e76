"""What can go wrong with a broker, and with what comes from one."""

from loyalty.errors import LoyaltyError


class BrokerGone(Exception):
    """The broker does not answer, or does not confirm; connecting again later may help."""


class BrokerUnusable(Exception):
    """No time will help: the address is none, or the broker's client is not installed."""


class SenderClosed(LoyaltyError):
    """Nothing is taken from this sender."""

    code = "sender-closed"
    status = 403


class Unreadable(LoyaltyError):
    """The message is not a CloudEvent."""

    code = "unreadable-message"
