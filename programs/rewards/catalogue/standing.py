"""Who a member is in some programs, as rewards ask it: their tier, on which lists they stand, and in which segments by
conditions they are. A few questions for any number of programs and rewards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from loyalty import sql
from loyalty.identity.models import Member
from programs.activity.facts import BIRTHDAY, member_facts
from programs.activity.places import FactsOfMember, Place
from programs.earning.models import Segment
from programs.earning.rules.asking import ask
from programs.earning.rules.catalogue import WHOEVER
from programs.earning.rules.conditions import Conditions, Context
from programs.earning.rules.happening import Happening, Seen
from programs.earning.rules.model import Node
from programs.earning.rules.needing import leaves
from programs.earning.rules.places import Mistakes
from programs.earning.rules.places import Place as At
from programs.rewards.models import Reward

FACTS = """
select x.program_id, programs_member_facts(x.program_id, %(member)s, s, %(at)s, %(needs)s::text[])::text as facts
from unnest(%(programs)s::uuid[]) x (program_id)
left join programs_membership s on s.program_id = x.program_id and s.member_id = %(member)s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The member's tier in a program, and those of the segments asked for that they are in."""

    tier: str = ""
    segments: frozenset[str] = field(default_factory=frozenset)


def standings(places: Sequence[Place], rewards: Collection[Reward], *, at: datetime) -> dict[UUID, Standing]:
    """How the member stands at `at` in those of the programs whose rewards ask it, by program. No query where none
    does, else two, and a third where a birthday is asked."""
    asking = {one.program_id for one in rewards if one.tiers or one.segments}
    places = [place for place in places if place.program.id in asking]
    if not places:
        return {}
    segments = _segments(places, rewards)
    trees = {place.program.id: _trees(segments, place) for place in places}
    read = [tree for of_program in trees.values() for tree in of_program.values() if tree]
    costs = {leaf.fact.costs for tree in read for leaf in leaves(tree)} - {""}
    needs = sorted(costs | {"tier", "segments"})
    member_id = places[0].member_id
    asked = {"member": member_id, "at": at, "needs": needs, "programs": [place.program.id for place in places]}
    facts = {row["program_id"]: row["facts"] for row in sql.rows(FACTS, asked)}
    born = _born(member_id) if BIRTHDAY in costs else None
    found = {}
    for place in places:
        told = msgspec.json.decode(facts[place.program.id], type=FactsOfMember)
        happening = Happening(at=at, member=member_facts(replace(place, facts=told), at, born), trigger=WHOEVER)
        seen = Seen(happening, ZoneInfo(place.program.timezone))
        inside = {key for key, tree in trees[place.program.id].items() if tree and ask(tree)(seen)}
        found[place.program.id] = Standing(told.tier or "", (told.segments or frozenset()) | inside)
    return found


def _segments(places: Sequence[Place], rewards: Collection[Reward]) -> list[Segment]:
    """The segments by conditions that the rewards name."""
    keys = {key for one in rewards for key in one.segments}
    if not keys:
        return []
    brands = {place.program.brand_id for place in places}
    return list(Segment.objects.filter(kind=Segment.Kind.DYNAMIC, brand__in=brands, key__in=keys))


def _trees(segments: Sequence[Segment], place: Place) -> dict[str, Node | None]:
    """The conditions of the brand's segments, by key, ready to be asked; None for those that cannot be read for this
    program: nobody is in them."""
    context = Context(currency=place.program.money_currency, timezone=place.program.timezone)
    found: dict[str, Node | None] = {}
    for one in segments:
        if one.brand_id == place.program.brand_id:
            mistakes = Mistakes()
            tree = Conditions(context, WHOEVER).read(At(one.conditions, mistakes))
            found[one.key] = None if mistakes.found else tree
    return found


def _born(member_id: UUID):
    member = Member.objects.filter(pk=member_id).only("birth_date", "data_key").first()
    return member.birth_date if member else None
