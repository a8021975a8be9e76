"""What happened to vouchers, stamps and cards, in words: for a voucher's history and a member's time line."""

from loyalty.events.models import Event

TITLES = {
    "voucher.issued": ("Voucher issued", "confirmation_number"),
    "voucher.claimed": ("Reward claimed", "redeem"),
    "voucher.redeemed": ("Voucher redeemed", "local_activity"),
    "voucher.rolled_back": ("Use of a voucher rolled back", "undo"),
    "voucher.cancelled": ("Claim cancelled", "cancel"),
    "voucher.disabled": ("Voucher disabled", "block"),
    "voucher.expired": ("Voucher expired", "event_busy"),
    "voucher.expiring": ("Told that a voucher expires", "notifications"),
    "voucher.extended": ("Voucher extended", "event_available"),
    "voucher.changed": ("Voucher changed", "edit"),
    "voucher.moved": ("Voucher moved to another program", "move_down"),
    "voucher.guessing": ("Codes were guessed", "warning"),
    "stamps.added": ("Stamps", "approval"),
    "stamps.undone": ("Stamps taken back", "undo"),
    "stamps.full": ("Stamp card full", "verified"),
    "stamps.expired": ("Stamp card expired", "event_busy"),
    "card.joined": ("Stamp card begun", "loyalty"),
    "badge.awarded": ("Badge awarded", "military_tech"),
}
KINDS = ("voucher.", "stamps.", "card.", "badge.")


def title_of(event_type: str) -> str:
    """What an event is called."""
    return TITLES.get(event_type, (event_type.replace(".", ": ").replace("_", " ").capitalize(), ""))[0]


def details_of(event: Event) -> list[str]:
    """What the event says beside: the reward's short name, how many stamps, why."""
    data = event.data
    if event.type == "badge.awarded":
        return [data["name"]]
    found = [str(data[name]) for name in ("reward", "card", "reason") if isinstance(data.get(name), str) and data[name]]
    if isinstance(data.get("count"), int):
        found.insert(0, f"{data['count']:+,}" if event.type == "stamps.added" else f"{data['count']:,}")
    return found
