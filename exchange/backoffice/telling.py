"""What happened to exchanges and agreements, in words: for a member's time line."""

from loyalty.events.models import Event

TITLES = {
    "exchange.requested": ("Exchange asked for", "currency_exchange"),
    "exchange.completed": ("Exchange settled", "check_circle"),
    "exchange.failed": ("Exchange failed", "cancel"),
    "exchange.cancelled": ("Exchange cancelled", "block"),
    "exchange.dead": ("Exchange waits for a person", "report"),
    "exchange.revived": ("Exchange tried again", "restart_alt"),
}
KINDS = ("exchange.",)


def details_of(event: Event) -> list[str]:
    """What the event says beside: how many points for how many, and why it failed."""
    data = event.data
    amounts = [data.get("from_amount"), data.get("to_amount")]
    found = [f"{amounts[0]:,} → {amounts[1]:,}"] if all(isinstance(one, int) for one in amounts) else []
    failure = data.get("failure") or data.get("reason")
    return [*found, str(failure).replace("-", " ").capitalize()] if failure else found
