"""What a program has in its books already, asked in bulk: which acts of a file were carried out before, and what was
sold before a file begins and may still come back in it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from loyalty.http.money import exponent
from programs.activity.acts import EARN, REDEEM, RETURN, RETURN_UNLINKED, Act
from programs.activity.linking import Shelves
from programs.activity.source_files import PRICE_DECIMALS
from programs.membership.models import Program

# Looked up one by one: of tables that are just being filled the planner knows too little to join them well.
CUSTOMER = "(select b.external_id from loyalty_brandmember b where b.brand_id = %(brand)s and b.member_id = {})"
# Of the widest tables only what rows are looked up by: to sort their documents takes longer than all the rest.
FILLED = (
    "loyalty_member", "loyalty_brandmember", "ledger_account", "ledger_balance",
    "ledger_posting (id, public_id, brand_id, unit_id, account_id, kind, key, reference, reverses_id, occurred_at)",
    "ledger_ledgerentry", "ledger_lot", "ledger_lotuse", "programs_membership",
    "programs_purchase (id, program_id, member_id, reference, occurred_at)",
    "programs_return (id, program_id, member_id, purchase_id, reference, occurred_at)",
)  # fmt: skip
PURCHASES = f"""
select p.reference, '', {CUSTOMER.format("p.member_id")}, p.amount_minor, p.occurred_at
from programs_purchase p where p.program_id = %(program)s and p.reference = any(%(references)s)
"""
RETURNS = f"""
select r.reference, coalesce((select p.reference from programs_purchase p where p.id = r.purchase_id), ''),
       {CUSTOMER.format("r.member_id")}, r.amount_minor, r.occurred_at
from programs_return r where r.program_id = %(program)s and r.reference = any(%(references)s)
"""
REDEMPTIONS = f"""
select p.reference, '', {CUSTOMER.format("(select a.owner_id from ledger_account a where a.id = p.account_id)")},
       -p.points, p.occurred_at
from ledger_posting p where p.brand_id = %(brand)s and p.kind = 'redeem' and p.key = any(%(keys)s)
"""
ORIGINALS = f"""
select p.reference, p.id, {CUSTOMER.format("p.member_id")}
from programs_purchase p where p.program_id = %(program)s and p.reference = any(%(references)s)
"""
QUESTIONS = {EARN: PURCHASES, RETURN: RETURNS, RETURN_UNLINKED: RETURNS, REDEEM: REDEMPTIONS}

SOLD = """
select p.id, b.external_id, i.item->>'sku', p.occurred_at, p.reference, (i.n - 1)::int,
       (i.item->>'quantity')::numeric::int,
       (i.item->>'amount_minor')::numeric, i.item->'labels'->>'unit_price'
from programs_purchase p
join loyalty_brandmember b on b.brand_id = %(brand)s and b.member_id = p.member_id
cross join lateral jsonb_array_elements(p.items) with ordinality i (item, n)
join unnest(%(customers)s::text[], %(skus)s::text[]) w (customer, sku)
  on w.customer = b.external_id and w.sku = i.item->>'sku'
where p.program_id = %(program)s and p.occurred_at < %(before)s
order by p.id, i.n desc
"""
CAME_BACK = """
select r.purchase_id, i.item->>'sku', sum((i.item->>'quantity')::numeric)::int
from programs_return r cross join lateral jsonb_array_elements(r.items) i (item)
where r.program_id = %(program)s and r.occurred_at < %(before)s and r.purchase_id is not null group by 1, 2
"""


def known(program: Program, acts: Sequence[Act], keys: Sequence[str]) -> set[tuple]:
    """Those of the acts that the books have, as (kind, reference, original, customer, amount, time). `keys` are the
    ledger's keys of the redemptions among them. One round trip for each kind of act."""
    found = set()
    for kind in {act.kind for act in acts}:
        params = {
            "brand": program.brand_id,
            "program": program.id,
            "references": [act.reference for act in acts if act.kind == kind],
            "keys": keys,
        }
        with connection.cursor() as cursor:
            cursor.execute(QUESTIONS[kind], params)
            found.update((kind, *row) for row in cursor.fetchall())
    return found


def identity(act: Act) -> tuple:
    """What makes an act the one that the books have."""
    return (act.kind, act.reference, act.original, act.customer, act.amount, act.at)


def tell_planner() -> None:
    """Has the database look at the tables that an import fills. It does so by itself a minute later, or at the end of
    the transaction; planned for tables that were empty, an import of thousands can take hours until then."""
    with connection.cursor() as cursor:
        cursor.execute(f"analyze {', '.join(FILLED)}")


def purchases_of(program: Program, references: Sequence[str]) -> dict[str, tuple[UUID, str]]:
    """The purchases with these references: id and the brand's number of the customer."""
    with connection.cursor() as cursor:
        cursor.execute(ORIGINALS, {"brand": program.brand_id, "program": program.id, "references": list(references)})
        return {reference: (id, customer) for reference, id, customer in cursor.fetchall()}


def sold_before(program: Program, before: datetime | None, pairs: Collection[tuple[str, str]]) -> Shelves:
    """What was sold before that instant of these (customer, article) pairs, less what came back before it. An item
    without a unit price counts at its share of the line."""
    shelves = Shelves(pairs)
    if before is None or not pairs:
        return shelves
    decimals = exponent(program.money_currency)
    customers, skus = zip(*sorted(pairs), strict=True)
    params = {
        "brand": program.brand_id,
        "program": program.id,
        "before": before,
        "customers": list(customers),
        "skus": list(skus),
    }
    with connection.cursor() as cursor:
        cursor.execute(CAME_BACK, params)
        back = {(purchase, sku): units for purchase, sku, units in cursor.fetchall()}
        cursor.execute(SOLD, params)
        for purchase, customer, sku, at, reference, item, units, amount_minor, unit_price in cursor:
            gone = min(units, back.get((purchase, sku), 0))
            if gone:
                back[purchase, sku] -= gone
            if units > gone:
                price = Decimal(unit_price) if unit_price else (amount_minor / units).scaleb(-decimals)
                shelves.put(
                    (customer, sku),
                    int(price.scaleb(PRICE_DECIMALS)),
                    at=at,
                    invoice_no=reference,
                    item=item,
                    units=units - gone,
                )
    return shelves
