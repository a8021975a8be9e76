"""Questions about gifts: which of them somebody may see, who gives or is given much, and points that go from hand to
hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from exchange.gifts.models import Gift
from loyalty import sql
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from programs.membership.models import Program

STEPS_MAX = 6
ROWS_MAX = 200

# What members gave and were given, with how many different others; a name on both sides is where points run in circles.
BUSIEST = """
with told as (
  select g.giver_id as member_id, g.program_id, g.receiver_id as other, g.points as out, 0::bigint as into
  from exchange_gift g where g.created_at >= %(since)s and g.program_id = any(%(programs)s::uuid[])
  union all
  select g.receiver_id, g.program_id, g.giver_id, 0, g.points
  from exchange_gift g where g.created_at >= %(since)s and g.program_id = any(%(programs)s::uuid[])
)
select t.member_id, t.program_id, count(*) filter (where t.out > 0) as given, sum(t.out)::bigint as points_given,
       count(distinct t.other) filter (where t.out > 0) as receivers,
       count(*) filter (where t.into > 0) as received, sum(t.into)::bigint as points_received,
       count(distinct t.other) filter (where t.into > 0) as givers
from told t group by 1, 2 having count(*) >= %(least)s
order by count(*) desc, sum(t.out + t.into) desc, t.member_id limit %(limit)s
"""

# A chain goes on with a gift of whoever was given something, made later in the same program. The longest ones are told,
# not the beginnings of each.
CHAINS = """
with recursive chain as (
  select g.program_id, array[g.giver_id, g.receiver_id] as members, array[g.id] as gifts, g.points as least,
         g.created_at as began, g.created_at as ended
  from exchange_gift g where g.created_at >= %(since)s and g.program_id = any(%(programs)s::uuid[])
  union all
  select c.program_id, c.members || n.receiver_id, c.gifts || n.id, least(c.least, n.points), c.began, n.created_at
  from chain c join exchange_gift n
    on n.giver_id = c.members[cardinality(c.members)] and n.program_id = c.program_id and n.created_at > c.ended
  where cardinality(c.gifts) < %(steps_max)s
    and (n.receiver_id <> all (c.members) or n.receiver_id = c.members[1])
    and c.members[cardinality(c.members)] <> c.members[1]
)
select c.program_id, c.members, c.gifts, c.least, c.began, c.ended from chain c
where cardinality(c.gifts) >= %(steps)s
  and not exists (select from chain o where cardinality(o.gifts) > cardinality(c.gifts) and o.gifts @> c.gifts)
order by cardinality(c.gifts) desc, c.least desc, c.ended desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Busy:
    """What a member gave and was given in a program, in whole points, and with how many different members."""

    member_id: UUID
    program_id: UUID
    given: int
    points_given: int
    receivers: int
    received: int
    points_received: int
    givers: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Gifts of which each was made by whoever was given the one before. `points`: as many as the smallest of them, for
    no more can have gone all the way."""

    program_id: UUID
    members: tuple[UUID, ...]
    gifts: tuple[UUID, ...]
    points: int
    began_at: datetime
    ended_at: datetime

    @property
    def is_circle(self) -> bool:
        """Whether the points came back to where they were."""
        return self.members[0] == self.members[-1]


def gifts_of(principal: Principal, member: Member) -> QuerySet[Gift]:
    """What the member gave and was given, where the principal may see it: members their own, brands what was given in
    their programs."""
    theirs = Gift.objects.filter(Q(giver=member) | Q(receiver=member))
    brands = principal.brands_where("gifts.view")
    if brands is None or principal.member_id == member.pk:
        return theirs
    return theirs.filter(program__brand__in=brands)


def busiest(programs: Sequence[Program], *, since: datetime, least: int = 3, limit: int = ROWS_MAX) -> list[Busy]:
    """Who gave or was given at least `least` gifts in these programs since then, most gifts first. One round trip."""
    asked = {"programs": [program.pk for program in programs], "since": since, "least": least, "limit": limit}
    return [Busy(**row) for row in sql.rows(BUSIEST, asked)]


def chains(programs: Sequence[Program], *, since: datetime, steps: int = 2, limit: int = ROWS_MAX) -> list[Chain]:
    """Points that were passed on from member to member at least `steps` times since then, up to six, the longest first.
    Each gift is followed whether or not it was the very same points. One round trip."""
    asked = {
        "programs": [program.pk for program in programs],
        "since": since,
        "steps": steps,
        "steps_max": STEPS_MAX,
        "limit": limit,
    }
    return [
        Chain(row["program_id"], tuple(row["members"]), tuple(row["gifts"]), row["least"], row["began"], row["ended"])
        for row in sql.rows(CHAINS, asked)
    ]
