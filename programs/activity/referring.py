"""What came of a member's bringing others: how many joined by their code, and what the member got for it."""

from dataclasses import dataclass

from loyalty import sql
from programs.membership.models import Membership

# A rule's gift to who brought the buyer stands on their own account; what came of it later is taken off.
BROUGHT = """
select
  (select count(*) from programs_referral r
   where r.program_id = %(program)s and r.referrer_id = %(member)s) as referred,
  (select count(*) from programs_referral r where r.program_id = %(program)s and r.referrer_id = %(member)s and (
    exists (select from programs_purchase u where u.program_id = r.program_id and u.member_id = r.friend_id
            and u.gifts @> '[{"to": "referrer"}]')
    or exists (select from programs_memberevent e where e.program_id = r.program_id and e.member_id = r.friend_id
               and e.gifts @> '[{"to": "referrer"}]'))) as rewarded,
  (select coalesce(sum(p.points), 0)::bigint from ledger_posting p left join ledger_posting o on o.id = p.reverses_id
   where p.account_id = %(account)s and coalesce(o.kind, p.kind) = 'earn'
     and coalesce(o.key, p.key) like '%%#referrer') as points
"""


@dataclass(frozen=True, slots=True)
class Brought:
    """`referred` friends joined by the member's code, `rewarded` of them brought the member something: `points` in all,
    less what was taken back."""

    referred: int
    rewarded: int
    points: int


def brought_by(membership: Membership) -> Brought:
    """What came of it so far. One query."""
    asked = {"program": membership.program_id, "member": membership.member_id, "account": membership.account_id}
    (row,) = sql.rows(BROUGHT, asked)
    return Brought(**row)
