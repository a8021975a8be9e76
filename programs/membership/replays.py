"""The state and the tier of memberships as they follow from their events."""

from loyalty.events.replay import ReadModel, register

KEPT = """
select m.id, m.status, (programs_tier_written(m)).code as tier, m.program_id
from programs_membership m join programs_program p on p.id = m.program_id
where (%(brand)s::uuid is null or p.brand_id = %(brand)s)
  and not exists (select from loyalty_event e where e.aggregate_id = m.id and e.id > %(upto)s)
  and not exists (select from loyalty_member x where x.id = m.member_id and x.erased_at is not null)
"""
STATES = """
select distinct on (aggregate_id) aggregate_id, coalesce(data->>'to', 'active') as status
from replayed where type in (
  'membership.created', 'membership.closed', 'membership.reopened', 'membership.suspended', 'membership.reinstated'
) order by aggregate_id, id desc
"""
TIERS = """
select distinct on (aggregate_id) aggregate_id, data->>'after' as tier
from replayed where type = 'tier.changed' order by aggregate_id, id desc
"""
COUNT = f"select count(*) from ({KEPT}) k"

register(
    ReadModel(
        name="memberships",
        title="states of memberships",
        types=[
            *("membership.created", "membership.closed", "membership.reopened"),
            *("membership.suspended", "membership.reinstated"),
        ],
        compare=f"""
            select k.id::text as membership, k.status, s.status as log_status
            from ({KEPT}) k left join ({STATES}) s on s.aggregate_id = k.id
            where k.status is distinct from s.status
            """,
        count=COUNT,
    )
)
# A membership begins in the tier that asks for nothing, where there is one; that is told by no event of its own.
register(
    ReadModel(
        name="tiers",
        title="tiers of memberships",
        types=["tier.changed"],
        compare=f"""
            select k.id::text as membership, k.tier, t.tier as log_tier
            from ({KEPT}) k left join ({TIERS}) t on t.aggregate_id = k.id
            where k.tier is distinct from t.tier and not (
              t.aggregate_id is null and k.tier in (
                select x.code from programs_tier x where x.program_id = k.program_id and x.points_min = 0
              )
            )
            """,
        count=COUNT,
    )
)
