"""From a request at its place to a decision, by the rules in force there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from loyalty.errors import Invalid
from programs.activity.facts import (
    birthdays_of,
    kept_facts,
    live_at,
    member_facts,
    names_of,
    purchase_happening,
    rules_of,
    used_at,
)
from programs.activity.places import Place
from programs.earning.engine import Decision, decide, used_with
from programs.earning.facts import PurchaseFacts
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.counting import Counter, Used
from programs.earning.rules.happening import Happening

# Before it there was no loyalty program, only a clock that was never set.
EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00")


class Asked(Protocol):
    """A purchase as it is asked for; see `purchases.PurchaseRequest`."""

    amount_minor: int
    currency: str
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, what was decided on and by which edition, and the facts to keep (None: the rate alone decided)."""

    decision: Decision
    happening: Happening
    edition: int
    facts: dict | None
    rules: Snapshot
    used: Mapping[Counter, Used]


class Deciding:
    """Decides what happens at some places side by side: what one adds to a limit the next one finds used."""

    def __init__(self, places: Iterable[Place], *, needs: Iterable[str] | None = None):
        self.birthdays = birthdays_of(places, needs=needs)
        self.used: dict[UUID, Mapping[Counter, Used]] = {}
        self.in_force: dict[UUID, Snapshot] = {}

    def decide(
        self, request: Asked, place: Place, *, now: datetime, latest: datetime, rules: Snapshot | None = None
    ) -> Decided:
        """What the purchase gives at this place, by the rules in force or by those that are given.
        Refusals: Invalid (currency, time), TooManyPoints."""
        purchase = purchase_facts(request, place, now=now, latest=latest)
        member = member_facts(place, purchase.occurred_at, self.birthdays.get(place.member_id))
        return self.decide_happening(place, purchase_happening(purchase, request.tenders, member), rules=rules)

    def decide_happening(self, place: Place, happening: Happening, *, rules: Snapshot | None = None) -> Decided:
        """What anything that happens gives at this place. Refusals: TooManyPoints."""
        program = place.program
        used = {**used_at(place), **self.used.get(program.id, {})}
        if rules is None and (rules := self.in_force.get(program.id)) is None:
            rules = self.in_force[program.id] = rules_of(program)
        decision = decide(
            rules,
            happening,
            used,
            live=live_at(program, happening.at, is_purchase=happening.purchase is not None),
            names=names_of(program.id, program.edition),
        )
        if decision.verdict.used:
            self.used[program.id] = {**self.used.get(program.id, {}), **_together(used, decision.verdict.used)}
        asked = rules.counters(happening) if used else ()
        facts = kept_facts(program, happening.member, {one: used[one] for one in asked if one in used})
        return Decided(
            decision=decision, happening=happening, edition=program.edition, facts=facts, rules=rules, used=used
        )


def purchase_facts(request: Asked, place: Place, *, now: datetime, latest: datetime) -> PurchaseFacts:
    """The purchase as the rules see it. Refusals: Invalid (currency, time)."""
    refuse_what_is_no_purchase(request, place.program.money_currency, latest=latest)
    return PurchaseFacts(
        amount_minor=request.amount_minor,
        currency=request.currency,
        occurred_at=request.occurred_at or now,
        items=tuple(request.items),
        location_id=request.location_id,
        source=request.source,
    )


def refuse_what_is_no_purchase(request: Asked, currency: str, *, latest: datetime) -> None:
    """What no program with that currency counts. Refusals: Invalid (currency, time)."""
    if request.currency != currency:
        detail = f"The program counts purchases in {currency}."
        raise Invalid([{"pointer": "/currency", "code": "currency-mismatch", "detail": detail}])
    if request.occurred_at and not EARLIEST <= request.occurred_at <= latest:
        detail = "A purchase lies in the past, and not before 1990."
        raise Invalid([{"pointer": "/occurred_at", "code": "out-of-range", "detail": detail}])


def _together(used: Mapping[Counter, Used], added: Mapping[Counter, Used]) -> Mapping[Counter, Used]:
    """How much of those limits is used now that were added to."""
    both = used_with(used, added)
    return {counter: both[counter] for counter in added}
