"""What may change about a unit after it was opened: its name, how it is written, how much its members may owe."""

from django.db import connection

from ledger.models import Balance, Unit
from loyalty.errors import Conflict


class UnitInUse(Conflict):
    """The program's points have been moved already; how many decimals they have cannot change."""

    code = "unit-in-use"


# Balance rows are locked in the order of their ids, as posting does, so that the two never wait for each other.
# Nobody's limit falls below what they owe already: it would make their account impossible rather than bounded.
LIMIT_DEBT = """
with locked as materialized (
  select b.account_id, greatest(%(debt_max)s, -b.posted) as debt_max
  from ledger_balance b join ledger_account a on a.id = b.account_id
  where a.unit_id = %(unit_id)s and a.kind = 'member'
  order by b.account_id for update of b
)
update ledger_balance b set debt_max = l.debt_max
from locked l where b.account_id = l.account_id and b.debt_max <> l.debt_max
"""


def change_unit(unit: Unit, *, name: str, decimal_places: int) -> None:
    """Names the unit and says how its points are written. Runs in the caller's transaction; repeating it changes
    nothing. Refusals: UnitInUse (other decimals once points have moved: every amount would mean another one)."""
    # The row lock waits for postings under way, which hold the unit by its key, so that none is overlooked.
    locked = Unit.objects.select_for_update().get(id=unit.id)
    if decimal_places != locked.decimal_places and has_moved(unit):
        raise UnitInUse(pointer="/decimal_places")
    unit.name, unit.decimal_places = name, decimal_places
    unit.save(update_fields=["name", "decimal_places"])


def has_moved(unit: Unit) -> bool:
    """Whether points of the unit were ever moved."""
    return Balance.objects.filter(account__unit=unit, version__gt=0).exists()


def limit_debt(unit: Unit, *, debt_max: int) -> None:
    """Bounds what the unit's present members may owe, in points, from now on. Repeating it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(LIMIT_DEBT, {"debt_max": debt_max, "unit_id": unit.id})
