"""What happens when others use up a limit while something is decided: it is decided again, and not for ever."""

from loyalty.errors import LoyaltyError

# How often something is decided again because others used up its limits meanwhile; each time some of them were done.
TRIES_MAX = 50


class LimitsBusy(LoyaltyError):
    """Others use up the same limits at this moment; send it again."""

    code = "limits-busy"
    status = 409
