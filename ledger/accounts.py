"""Opening units and accounts. Balances start at nothing; only `posting.post` changes them."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from ledger.models import Account, Balance, HotRollup, Unit
from loyalty.identity.models import Brand


@transaction.atomic
def open_unit(brand: Brand, *, name: str, decimal_places: int = 0) -> Unit:
    """A new unit with its own accounts (issuance, redemption, breakage, exchange, holding, adjustment,
    transfer). Repeating it opens another unit."""
    unit = Unit.objects.create(brand=brand, name=name, decimal_places=decimal_places)
    kinds = [kind for kind in Account.Kind if kind != Account.Kind.MEMBER]
    accounts = Account.objects.bulk_create(Account(unit=unit, kind=kind) for kind in kinds)
    HotRollup.objects.bulk_create(HotRollup(account=account) for account in accounts)
    return unit


@transaction.atomic
def open_accounts(unit: Unit, owner_ids: Iterable[UUID], *, debt_max: int = 0) -> dict[UUID, Account]:
    """The member accounts of the owners in this unit, opened where they are missing; repeating it changes nothing.
    `debt_max` (points) bounds how far returns may take the new ones below zero. Three round trips for any number."""
    wanted = list(dict.fromkeys(owner_ids))
    Account.objects.bulk_create(
        [Account(unit=unit, kind=Account.Kind.MEMBER, owner_id=owner) for owner in wanted], ignore_conflicts=True
    )
    found = Account.objects.filter(unit=unit, kind=Account.Kind.MEMBER, owner_id__in=wanted)
    accounts = {account.owner_id: account for account in found}
    Balance.objects.bulk_create(
        [Balance(account=account, debt_max=debt_max) for account in accounts.values()], ignore_conflicts=True
    )
    return accounts


@transaction.atomic
def open_clearing(unit: Unit, partner_id: UUID) -> Account:
    """The unit's clearing account with a partner, over which points are exchanged for that one's; repeating it gives
    the same account. `partner_id` is the caller's own name for the partner."""
    account, _ = Account.objects.get_or_create(unit=unit, kind=Account.Kind.EXCHANGE, owner_id=partner_id)
    HotRollup.objects.get_or_create(account=account)
    return account


def lock_accounts(account_ids: Iterable[int]) -> None:
    """Locks the balances of member accounts in the order in which `post` does, until the transaction ends: for what
    takes several moves that depend on each other. One round trip."""
    wanted = Balance.objects.filter(account_id__in=list(account_ids)).order_by("account_id")
    list(wanted.select_for_update().values_list("account_id", flat=True))
