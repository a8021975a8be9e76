"""Who is meant to receive a gift. Members name each other without being shown who there is: whoever cannot receive is
not found, whatever the reason, and who guesses waits."""

from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from exchange.gifts.errors import GiftToSelf
from loyalty import sql
from loyalty.errors import NotFound
from loyalty.identity.errors import InvalidCode
from loyalty.identity.guesses import counted
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.activity.places import Place

# By id before external id before card number, as everywhere.
FIND = """
select s.member_id, s.account_id from programs_membership s
join loyalty_member m on m.id = s.member_id and m.is_active
join ledger_account a on a.id = s.account_id and a.closed_at is null
where s.program_id = %(program)s and s.status = 'active' and s.member_id = coalesce(
  (select x.member_id from programs_membership x where x.program_id = %(program)s and x.member_id = %(id)s),
  (select b.member_id from loyalty_brandmember b where b.brand_id = %(brand)s and b.external_id = %(name)s),
  (select x.member_id from programs_membership x where x.program_id = %(program)s and x.card_number = %(name)s))
"""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A member who takes part in the program."""

    member_id: UUID
    account_id: int


def find_receiver(principal: Principal, giver: Place, ref: str) -> Receiver:
    """The member of the giver's program whom `ref` names by id, external id or card number. Members who guess wrong
    too often wait. Refusals: TooMany, NotFound, GiftToSelf."""
    is_guess = principal.member_id == giver.member_id and not principal.is_key
    program = giver.program
    found = find_taking_part(principal, program.id, program.brand_id, ref, is_guess=is_guess, pointer="/to_member")
    if found.member_id == giver.member_id:
        raise GiftToSelf(pointer="/to_member")
    return found


def find_taking_part(
    principal: Principal, program_id: UUID, brand_id: UUID, ref: str, *, is_guess: bool, pointer: str
) -> Receiver:
    """Who takes part in the program and is named `ref`; with `is_guess` a wrong name counts as a try of the principal.
    Refusals: TooMany, NotFound."""
    try:
        with counted("gift-receiver", str(principal.id)) if is_guess else nullcontext():
            found = _find(program_id, brand_id, ref.replace("\0", ""))
            if found is None:
                raise InvalidCode()
    except InvalidCode:
        detail = "Nobody of that name takes part in the program now."
        raise NotFound(detail, pointer=pointer) from None
    return found


def _find(program_id: UUID, brand_id: UUID, name: str) -> Receiver | None:
    found = sql.rows(FIND, {"program": program_id, "brand": brand_id, "id": as_uuid(name), "name": name})
    return Receiver(**found[0]) if found else None
