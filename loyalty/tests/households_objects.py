"""What a brand has of gifts and households, for the registries of objects and of calls: enters its makers in the one
when it is imported, and the other takes its IDS and BODIES."""

from datetime import timedelta

from exchange.gifts.models import Gift, TransferPolicy
from exchange.households.models import Household, HouseholdMember, PooledSpend
from loyalty import clock
from loyalty.identity.models import BrandMember, Member
from loyalty.ids import uuid7
from loyalty.tests.backoffice_objects import kind
from programs.membership.enrolment import enrol

ACTOR = "system:test"
IDS = {
    "household": lambda house: [house.objects(Household).get().pk],
    "spend": lambda house: [house.objects(PooledSpend).get().pk],
    "to_member": lambda house: [house.objects(Gift).get().receiver_id],
}
BODIES = {
    "give_points_to_another_member": {"points": 1},
    "redeem_points_of_a_household": {"points": 1},
}


@kind(TransferPolicy, "program__brand")
def make_policy(house) -> None:
    TransferPolicy.objects.create(program=house.program, gift_daily_count=1000)


@kind(Gift, "program__brand")
def make_gift(house) -> None:
    """One to somebody else who takes part in the program."""
    receiver = Member.objects.create(name=f"{house.code} receiver", created_by=house.brand)
    BrandMember.objects.create(brand=house.brand, member=receiver, external_id=f"{house.code}-receiver")
    enrol(house.program, receiver)
    Gift.objects.create(
        program=house.program, giver=house.member, receiver=receiver, points=5, message=f"{house.code} wishes",
        key=f"{house.code}-gift", fingerprint=b"0" * 32, actor=ACTOR, out_id=uuid7(), in_id=uuid7(),
        available_at=clock.now(),
    )  # fmt: skip


@kind(Household, "program__brand")
def make_household(house) -> None:
    """The member's own, which they joined long ago."""
    household = Household.objects.create(program=house.program, owner=house.member)
    HouseholdMember.objects.create(
        household=household, program=house.program, member=house.member, status=HouseholdMember.Status.JOINED,
        joined_at=clock.now() - timedelta(days=9), actor=ACTOR,
    )  # fmt: skip


@kind(PooledSpend, "program__brand")
def make_spend(house) -> None:
    PooledSpend.objects.create(
        household=house.objects(Household).get(), program=house.program, member=house.member, points=5, parts=[],
        description=f"{house.code} supper", key=f"{house.code}-spend", fingerprint=b"0" * 32, actor=ACTOR,
    )  # fmt: skip
