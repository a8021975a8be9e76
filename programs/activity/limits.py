"""How many points one person gives or takes without a second one: what the brand says, for one act and for all of a day
together, so that many small ones are not a way around it."""

from datetime import timedelta

from loyalty import sql
from loyalty.identity.approvals.errors import ApprovalRequired
from loyalty.identity.models import Brand

WINDOW = timedelta(hours=24)
GIVEN_FOR = "gift-for"
"""The scope of the key under which a person gives away what another member has."""

# Whoever moves points by hand waits for what else they move, so that two at once are not both the last below the limit.
WAIT_FOR_TURN = "select pg_advisory_xact_lock(hashtextextended(%(actor)s || %(brand)s::text, 0))"
# What a second person agreed to, and bulk work, has another key and does not count. The same key again is the same act.
MOVED = """
select exists (select from ledger_posting where brand_id = %(brand)s and key = %(key)s) as is_done,
       (select coalesce(sum(abs(points)), 0)::bigint from ledger_posting
        where brand_id = %(brand)s and actor = %(actor)s and recorded_at > now() - %(window)s
          and actor like 'person:%%'
          and (kind in ('adjust', 'deposit') and starts_with(key, actor || ':')
               or kind = 'gift_out' and starts_with(key, %(given_for)s || actor || ':'))) as points
"""


def refusal_alone(brand: Brand, actor: str, *, points: int, key: str) -> ApprovalRequired | None:
    """What stands against the actor's giving or taking so many points alone; to be asked in the transaction that moves
    them. What was done already under this `key` may be asked for again."""
    limit = brand.approval_points_min
    asked = {"brand": brand.pk, "actor": actor, "key": key, "window": WINDOW, "given_for": f"{GIVEN_FOR}:"}
    sql.rows(WAIT_FOR_TURN, asked)
    (found,) = sql.rows(MOVED, asked)
    if found["is_done"]:
        return None
    if abs(points) >= limit:
        return ApprovalRequired(approval_points_min=limit, requested=points)
    if found["points"] + abs(points) >= limit:
        detail = f"With what you moved alone within 24 hours ({found['points']:,}) it needs a second person."
        return ApprovalRequired(detail, approval_points_min=limit, requested=points, within_a_day=found["points"])
    return None
