"""Questions about households: which of them somebody may see, who belongs to one, what they have together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from exchange.gifts.policies import policy_of
from exchange.households.models import Household, HouseholdMember, PooledSpend
from ledger.selectors import balances
from loyalty import clock, sql
from loyalty.errors import NotFound
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.membership.models import Program

Status = HouseholdMember.Status
THERE = (Status.INVITED, Status.JOINED)

# Those whose points can be spent together: who joined before that instant and takes part in the program.
POOLED = """
select h.household_id, h.member_id, s.account_id from exchange_householdmember h
join programs_membership s on s.program_id = h.program_id and s.member_id = h.member_id and s.status = 'active'
join loyalty_member m on m.id = h.member_id and m.is_active
join ledger_account a on a.id = s.account_id and a.closed_at is null
where h.household_id = any(%(households)s::uuid[]) and h.status = 'joined' and h.joined_at <= %(before)s
order by s.account_id
"""


@dataclass(frozen=True, slots=True)
class Pooled:
    """A member whose points are spent together with the others'."""

    household_id: UUID
    member_id: UUID
    account_id: int


def visible_households(principal: Principal) -> QuerySet[Household]:
    """The households that the principal may see, with who is there now: members those they are in or invited to, brands
    those of their programs, operators all."""
    there = HouseholdMember.objects.filter(status__in=THERE).select_related("member").order_by("id")
    households = Household.objects.select_related("program", "owner").prefetch_related(
        Prefetch("members", there, to_attr="there")
    )
    brands = principal.brands_where("households.view")
    if brands is None:
        return households
    seen = Q(program__brand__in=brands)
    if principal.member_id:
        own = HouseholdMember.objects.filter(
            household=OuterRef("pk"), member=principal.member_id, status__in=THERE
        )  # fmt: skip
        seen |= Q(Exists(own))
    return households.filter(seen)


def find_household(principal: Principal, ref: str | UUID) -> Household:
    """The visible household of that id. Refusals: NotFound."""
    uuid = as_uuid(ref)
    found = visible_households(principal).filter(pk=uuid).first() if uuid else None
    if found is None:
        raise NotFound("There is no such household, or it is not yours to see.")
    return found


def households_of(principal: Principal, member: Member) -> QuerySet[Household]:
    """Those that the member is in or invited to, as far as the principal sees them."""
    theirs = HouseholdMember.objects.filter(household=OuterRef("pk"), member=member, status__in=THERE)
    return visible_households(principal).filter(Exists(theirs))


def find_spend(principal: Principal, ref: str) -> PooledSpend:
    """What a household that the principal sees spent, by its id. Refusals: NotFound."""
    uuid = as_uuid(ref)
    spends = PooledSpend.objects.select_related("program", "household")
    found = spends.filter(pk=uuid, household__in=visible_households(principal)).first() if uuid else None
    if found is None:
        raise NotFound("Nothing was spent under this id, or it is not yours to see.")
    return found


def spends_of(household: Household) -> QuerySet[PooledSpend]:
    return PooledSpend.objects.filter(household=household)


def pooled(households: Iterable[Household], program: Program, *, at: datetime) -> list[Pooled]:
    """Whose points these households of one program spend together at that instant, in the order in which accounts are
    locked."""
    waited = at - timedelta(hours=policy_of(program.pk).household_wait_hours)
    asked = {"households": [household.pk for household in households], "before": waited}
    return [Pooled(**row) for row in sql.rows(POOLED, asked)]


def available_together(household: Household) -> int:
    """Whole points that the household could spend now."""
    theirs = pooled([household], household.program, at=clock.now())
    return sum(view.available for view in balances([one.account_id for one in theirs]).values()) if theirs else 0


def shares_from(household: Household, part: HouseholdMember) -> datetime | None:
    """From when on the member's points are spent together with the others'; None before they joined."""
    if part.joined_at is None:
        return None
    return part.joined_at + timedelta(hours=policy_of(household.program_id).household_wait_hours)
