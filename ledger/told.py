"""The events of a ledger account: what happened to somebody's points in a program."""

from loyalty.events.catalogue import declare

POSTED = {"transaction_id": "uuid", "points": "integer", "balance_after": "integer", "reference": "text"}
"""`points` is signed: what the balance moved by; `balance_after` are the points left, pending and held ones too, less
debt."""
SHORT = {"shortfall": "integer?"}
OF_ANOTHER = {"reverses": "uuid?"}


def tell(verb: str, title: str, description: str, **more: str) -> None:
    declare(
        f"points.{verb}", title=title, description=description, aggregate="ledger account", data=POSTED | more,
        personal=("reference",),
    )  # fmt: skip


ANOTHER = SHORT | OF_ANOTHER
tell("earned", "Points earned", "A purchase or an act gave points.", **ANOTHER)
tell("deposited", "Points deposited", "Points were given as such.", **ANOTHER)
tell("redeemed", "Points redeemed", "Points were spent.", **ANOTHER)
tell("adjusted", "Points adjusted", "Somebody corrected the balance by hand.", **ANOTHER)
tell("held", "Points held", "Points were set aside until they are captured or released.", **ANOTHER)
tell("captured", "Held points captured", "Points that were set aside were spent.", **ANOTHER)
tell("released", "Held points released", "Points that were set aside count as available again.", **ANOTHER)
tell("reversed", "Movement reversed", "An earlier movement was undone.", **ANOTHER)
tell("returned", "Purchase returned", "Points of a purchase went because it came back, in part or whole.", **ANOTHER)
tell("expired", "Points expired", "Points that were not spent in time are gone.", **ANOTHER)
tell("exchanged_out", "Points exchanged away", "Points left for another program.", exchanged="integer", **ANOTHER)
tell("exchanged_in", "Points exchanged in", "Points came from another program.", **ANOTHER)
tell("matured", "Points matured", "Pending points count from now on.", matured="integer", **ANOTHER)
tell("given", "Points given", "Points left as a gift to another member.", **ANOTHER)
tell("received", "Points received", "Points came as a gift from another member.", **ANOTHER)
