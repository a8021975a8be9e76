"""From the names in a request to where points leave and where they would go: the source is looked up, the target is
known to this process with the rates."""

from dataclasses import dataclass

from exchange.rates import cache
from exchange.rates.cache import ProgramName
from exchange.rates.errors import PairNotOpen
from loyalty.errors import LoyaltyError, NotFound
from loyalty.identity.principals import Principal
from programs.activity.places import Names, Place, refusal_of
from programs.activity.points import find_place
from programs.membership.selectors import find_program


@dataclass(frozen=True, slots=True)
class Sides:
    """The member in the program that points leave; the program that they are to go to, None where no agreed pair leads
    to one of the name `to_ref`."""

    place: Place
    to_program: ProgramName | None
    to_ref: str

    def refusal(self, principal: Principal, permission: str) -> LoyaltyError | None:
        """What stands against it on either side. A program to which no pair leads is there only for those who see it.
        In order of precedence: those of `refusal_of`, NotFound, PairNotOpen."""
        refusal = refusal_of(principal, self.place, permission)
        if refusal or self.to_program:
            return refusal
        try:
            find_program(principal, self.to_ref)
        except NotFound as unknown:
            return NotFound(unknown.detail, pointer="/to_program_id")
        return PairNotOpen(pointer="/to_program_id")


def find_sides(principal: Principal, from_ref: str, to_ref: str, member_ref: str) -> Sides:
    """The sides that the names mean, in one round trip. Refusals: NotFound (source program, member)."""
    try:
        place = find_place(principal, Names(program=from_ref, member=member_ref))
    except NotFound as unknown:
        pointer = "/from_program_id" if unknown.pointer else "/member_id"
        raise NotFound(unknown.detail, pointer=pointer) from None
    return Sides(place, cache.pair_named(place.program.id, to_ref), to_ref)
