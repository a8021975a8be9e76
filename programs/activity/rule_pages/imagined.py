"""The real member of an order that is tried: as the rules would see them, whatever these rules ask. Reads only."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from loyalty.identity.principals import Principal
from programs.activity.facts import birthdays_of, facts_for, member_facts, used_at
from programs.activity.places import Names, Place, find_places
from programs.earning.rules.counting import Counter, Used
from programs.earning.rules.happening import MemberFacts
from programs.membership.models import Program


def find_place(principal: Principal, program: Program, text: str, at: datetime) -> Place | None:
    """A member of the program by member number, id or card number."""
    asked = [
        Names(program=str(program.pk), member=text),
        Names(program=str(program.pk), card_number="".join(text.split())),
    ]
    found = find_places(principal, asked, ats=[at, at])
    return next((place for place in found if isinstance(place, Place) and place.account_id), None)


def real_member(place: Place, at: datetime, needs: Iterable[str]) -> tuple[MemberFacts, dict[Counter, Used]]:
    """What rules that need this would be told of the member at `at`, and how much of limits is used."""
    needs = set(needs)
    place = replace(place, facts=facts_for(place, at, needs))
    born = birthdays_of([place], needs=needs).get(place.member_id)
    return member_facts(place, at, born), used_at(place)
