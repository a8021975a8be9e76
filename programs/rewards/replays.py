"""The state of vouchers as it follows from their events and those of their batches."""

from loyalty.events.replay import ReadModel, register

KEPT = """
select v.id, v.status, v.batch_id from programs_voucher v
where (%(brand)s::uuid is null or v.brand_id = %(brand)s)
  and not exists (select from loyalty_event e where e.aggregate_id in (v.id, v.batch_id) and e.id > %(upto)s)
"""
STATES = """
select distinct on (aggregate_id) aggregate_id, case type
         when 'voucher.issued' then 'issued' when 'voucher.claimed' then 'claimed' when 'voucher.expired' then 'expired'
         when 'voucher.disabled' then 'disabled' else data->>'status' end as status
from replayed where type in (
  'voucher.issued', 'voucher.claimed', 'voucher.redeemed', 'voucher.rolled_back', 'voucher.expired', 'voucher.disabled'
) order by aggregate_id, id desc
"""
BATCHES = """
select aggregate_id, bool_or(type = 'vouchers.disabled') as is_disabled, sum((data->>'issued')::bigint) as issued
from replayed where type in ('vouchers.issued', 'vouchers.disabled') group by 1
"""

register(
    ReadModel(
        name="vouchers",
        title="states of vouchers",
        types=[
            *("voucher.issued", "voucher.claimed", "voucher.redeemed", "voucher.rolled_back", "voucher.expired"),
            *("voucher.disabled", "vouchers.issued", "vouchers.disabled"),
        ],
        # Of a batch one event tells of all; which of its vouchers were used by the time it was disabled their own say.
        compare=f"""
            select k.id::text as voucher, k.status, coalesce(s.status, 'issued') as log_status, null::bigint as made,
                   null::bigint as log_made
            from ({KEPT}) k left join ({STATES}) s on s.aggregate_id = k.id
            left join ({BATCHES}) b on b.aggregate_id = k.batch_id
            where (s.aggregate_id is null and b.issued is null)
               or k.status <> coalesce(s.status, 'issued')
                  and not (k.status = 'disabled' and coalesce(b.is_disabled, false))
            union all
            select m.batch_id::text, 'batch', 'batch', m.made, b.issued
            from (select k.batch_id, count(*) as made from ({KEPT}) k where k.batch_id is not null group by 1) m
            left join ({BATCHES}) b on b.aggregate_id = m.batch_id where b.issued is distinct from m.made
            """,
        count=f"select count(*) from ({KEPT}) k",
    )
)
