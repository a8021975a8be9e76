"""What can be done to households: one is begun, members are invited, join, decline, leave or are removed. What they
spend together is `spending`."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from exchange.gifts.models import TransferPolicy
from exchange.gifts.policies import policy_of
from exchange.gifts.receivers import find_taking_part
from exchange.households.errors import (
    AlreadyInHousehold,
    HouseholdEnded,
    HouseholdFull,
    HouseholdsClosed,
    NotInHousehold,
    NotInvited,
)
from exchange.households.models import Household, HouseholdMember
from exchange.households.selectors import THERE, Status, find_household
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.events import log
from loyalty.identity.devices.stepping_up import refusal_to_spend
from loyalty.identity.models import BrandMember
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.activity.places import Names, Place, refusal_of
from programs.activity.points import find_place

JOIN = "households.join"


@transaction.atomic
def create_household(principal: Principal, names: Names) -> Household:
    """Begins a household of the member in the program, which they own. Members are in it at once; for whom somebody
    else begins one is invited to it. Repeating it gives the household that the member owns. Refusals, in order of
    precedence: NotFound (program, member), Forbidden, ScopeMissing, ProgramNotActive, MembershipRequired,
    MembershipSuspended, MembershipClosed, HouseholdsClosed, StepUpRequired, AlreadyInHousehold."""
    place = _place(principal, names)
    _open_policy(place)
    is_own = principal.member_id == place.member_id
    owned = Household.objects.filter(program=place.program.id, owner=place.member_id, ended_at=None)
    there = HouseholdMember.objects.filter(household__in=owned, member=place.member_id, status__in=THERE)
    if there.exists():
        return owned.get(pk=there[0].household_id)
    if is_own:
        _refuse_cool_down(principal, place)
    household = Household.objects.create(program_id=place.program.id, owner_id=place.member_id)
    _tell("household.created", household, place.member_id, principal.actor)
    part = _part(household, place.member_id, principal)
    if is_own:
        _join(part)
        _tell("household.joined", household, place.member_id, principal.actor)
    return household


def invite(principal: Principal, household_ref: str, member_ref: str) -> Household:
    """Invites a member of the program, named by id, external id or card number; the owner does, or the brand on their
    behalf. Repeating it changes nothing. Not to be asked within a transaction, for wrong names are counted whatever
    comes of it. Refusals, in order of precedence: NotFound (household), Forbidden, ScopeMissing, ProgramNotActive,
    HouseholdsClosed, TooMany, NotFound (member), HouseholdEnded, HouseholdFull."""
    found = find_household(principal, household_ref)
    place = _owner_place(principal, found)
    policy = _open_policy(place)
    is_guess = principal.member_id == found.owner_id and not principal.is_key
    invited = find_taking_part(
        principal, found.program_id, place.program.brand_id, member_ref, is_guess=is_guess, pointer="/member_id"
    )
    with transaction.atomic():
        household = _locked(principal, found.pk)
        there = household.members.filter(status__in=THERE)
        if not there.filter(member=invited.member_id).exists():
            if there.count() >= policy.household_size_max:
                raise HouseholdFull(size_max=policy.household_size_max)
            _part(household, invited.member_id, principal)
            _tell("household.invited", household, invited.member_id, principal.actor)
    return find_household(principal, household.pk)


@transaction.atomic
def join(principal: Principal, household_ref: str) -> Household:
    """Accepts the member's invitation; nobody does it for them. Their points are spent together with the others' once
    the policy's hours are over. Repeating it changes nothing. Refusals, in order of precedence: NotFound, Forbidden,
    ProgramNotActive, MembershipSuspended, MembershipClosed, HouseholdsClosed, HouseholdEnded, StepUpRequired,
    NotInvited, HouseholdFull, AlreadyInHousehold."""
    household = _locked(principal, household_ref)
    place = _own_place(principal, household)
    policy = _open_policy(place)
    _refuse_cool_down(principal, place)
    part = household.members.filter(member=place.member_id, status__in=THERE).first()
    if part is None:
        raise NotInvited()
    if part.status == Status.JOINED:
        return find_household(principal, household.pk)
    if household.members.filter(status=Status.JOINED).count() >= policy.household_size_max:
        raise HouseholdFull(size_max=policy.household_size_max)
    _join(part)
    _tell("household.joined", household, place.member_id, principal.actor)
    return find_household(principal, household.pk)


@transaction.atomic
def decline(principal: Principal, household_ref: str) -> None:
    """Turns the member's invitation down. Refusals, in order of precedence: NotFound, Forbidden, NotInvited (also when
    it was turned down before)."""
    household = _locked(principal, household_ref, is_ended_too=True)
    member_id = _own_member(principal)
    part = household.members.filter(member=member_id, status=Status.INVITED).first()
    if part is None:
        raise NotInvited()
    end_part(part, Status.DECLINED, actor=principal.actor)


@transaction.atomic
def leave(principal: Principal, household_ref: str) -> None:
    """The member leaves, from when on their points are their own. Of an owner's household the one who joined first
    becomes the owner; without members it ends. Refusals, in order of precedence: NotFound, Forbidden, NotInHousehold
    (also when they left before)."""
    household = _locked(principal, household_ref, is_ended_too=True)
    member_id = _own_member(principal)
    part = household.members.filter(member=member_id, status=Status.JOINED).first()
    if part is None:
        raise NotInHousehold()
    end_part(part, Status.LEFT, actor=principal.actor)


@transaction.atomic
def remove(principal: Principal, household_ref: str, member_ref: str) -> None:
    """Takes a member, or an invitation, out of the household; the owner does, or the brand. Refusals, in order of
    precedence: NotFound (household), Forbidden, ScopeMissing, NotFound (nobody of that name is
    in it or invited, also when they were removed before)."""
    household = _locked(principal, household_ref, is_ended_too=True)
    brand_id = household.program.brand_id
    principal.require("households.change", brand_id, member_id=household.owner_id)
    uuid = as_uuid(member_ref)
    known = BrandMember.objects.filter(brand=brand_id, external_id=member_ref.replace("\0", ""))
    named = Q(member=uuid) if uuid else Q(member__in=known.values("member"))
    part = household.members.filter(named, status__in=THERE).first()
    if part is None:
        raise NotFound("There is no such member in this household.", pointer="/member_id")
    end_part(part, Status.REMOVED, actor=principal.actor)


def end_part(part: HouseholdMember, status: str, *, actor: str) -> None:
    """Ends somebody's part, whoever wants it: the owner's passes to the one who joined first, and a household without
    members ends with its invitations. In the caller's transaction."""
    household = Household.objects.select_for_update().select_related("program").get(pk=part.household_id)
    now = clock.now()
    household.members.filter(pk=part.pk).update(status=status, ended_at=now)
    _tell(f"household.{status}", household, part.member_id, actor)
    if household.ended_at or part.member_id != household.owner_id:
        return
    heir = household.members.filter(status=Status.JOINED).order_by("joined_at", "id").first()
    if heir:
        household.owner_id = heir.member_id
    else:
        household.ended_at = now
        household.members.filter(status=Status.INVITED).update(status=Status.REMOVED, ended_at=now)
    household.save(update_fields=["owner", "ended_at"])
    if household.ended_at:
        _tell("household.ended", household, part.member_id, actor)


def _locked(principal: Principal, ref: str | UUID, *, is_ended_too: bool = False) -> Household:
    """The visible household, nobody else changing it until the transaction ends. Refusals: NotFound, HouseholdEnded."""
    found = find_household(principal, ref)
    household = Household.objects.select_for_update(of=("self",)).select_related("program").get(pk=found.pk)
    if household.ended_at and not is_ended_too:
        raise HouseholdEnded()
    return household


def _place(principal: Principal, names: Names, permission: str = "households.change") -> Place:
    place = find_place(principal, names)
    refusal = refusal_of(principal, place, permission)
    if refusal:
        raise refusal
    return place


def _own_member(principal: Principal) -> UUID:
    """Members do this by themselves. Refusals: Forbidden."""
    principal.require(JOIN, member_id=principal.member_id)
    return principal.member_id


def _own_place(principal: Principal, household: Household) -> Place:
    """Where the member stands who asks; nobody else asks for them."""
    return _place(principal, Names(str(household.program_id), str(_own_member(principal))), JOIN)


def _owner_place(principal: Principal, household: Household) -> Place:
    """Where the household's owner stands, for who may act for them."""
    return _place(principal, Names(str(household.program_id), str(household.owner_id)))


def _open_policy(place: Place) -> TransferPolicy:
    policy = policy_of(place.program.id)
    if not policy.households_are_open:
        raise HouseholdsClosed()
    return policy


def _refuse_cool_down(principal: Principal, place: Place) -> None:
    refusal = refusal_to_spend(principal, brand_id=place.program.brand_id, member_id=place.member_id)
    if refusal:
        raise refusal


def _part(household: Household, member_id: UUID, principal: Principal) -> HouseholdMember:
    return HouseholdMember.objects.create(
        household=household, program_id=household.program_id, member_id=member_id, actor=principal.actor,
        invited_at=clock.now(),
    )  # fmt: skip


def _join(part: HouseholdMember) -> None:
    part.status, part.joined_at = Status.JOINED, clock.now()
    try:
        with transaction.atomic():
            part.save(update_fields=["status", "joined_at"])
    except IntegrityError:
        raise AlreadyInHousehold() from None


def _tell(type: str, household: Household, member_id: UUID, actor: str) -> None:
    log.record(
        type, brand_id=household.program.brand_id, aggregate_id=household.pk, member_id=member_id,
        program_id=household.program_id, data={"actor": actor},
    )  # fmt: skip
