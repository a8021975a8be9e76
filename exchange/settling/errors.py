"""What is refused about exchanges that could not be settled."""

from loyalty.errors import Conflict


class ExchangeNotDead(Conflict):
    """The exchange waits for nobody: it is settled by itself, or has ended."""

    code = "exchange-not-dead"
