"""How points of a program may pass from member to member: what a program says, and how it is changed."""

from uuid import UUID

from django.db import transaction

from exchange.gifts.errors import refuse_field
from exchange.gifts.models import HOURS_MAX, TransferPolicy
from loyalty.events import log
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program

HOPS_MAX = 100
SIZE_MIN, SIZE_MAX = 2, 50
COUNT_MAX = 10_000
FIELDS = tuple(field.name for field in TransferPolicy._meta.concrete_fields if field.name != "program")


def policy_of(program_id: UUID) -> TransferPolicy:
    """What the program says; where it says nothing, what holds then, not saved."""
    found = TransferPolicy.objects.filter(program_id=program_id).first()
    return found or TransferPolicy(program_id=program_id)


@transaction.atomic
def change_policy(program: Program, changes: dict, *, actor: str) -> TransferPolicy:
    """Changes what the program says about gifts and households; what is not among the `changes` stays. Points, hours
    and members are whole numbers. It holds for what is given and spent from now on; points that wait already wait as
    they were told to. Repeating it changes nothing and tells nothing. Refusals: ProgramArchived, Invalid (a gift's
    least above its most)."""
    if Program.objects.select_for_update(no_key=True).get(pk=program.pk).status == Program.Status.ARCHIVED:
        raise ProgramArchived()
    policy = policy_of(program.pk)
    different = {name: value for name, value in changes.items() if getattr(policy, name) != value}
    for name, value in different.items():
        setattr(policy, name, value)
    if policy.gift_max is not None and policy.gift_max < policy.gift_min:
        raise refuse_field("gift_max", "out-of-range", "No less than the fewest points of a gift.")
    if not different:
        return policy
    policy.save()
    log.record(
        "transfer_policy.changed",
        brand_id=program.brand_id,
        aggregate_id=program.pk,
        program_id=program.pk,
        data={"changes": different, "actor": actor},
    )
    return policy


__all__ = ["COUNT_MAX", "FIELDS", "HOPS_MAX", "HOURS_MAX", "SIZE_MAX", "SIZE_MIN", "change_policy", "policy_of"]
