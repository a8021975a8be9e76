"""Questions to the front door: one transaction, a member's balances, transactions and statement. Nothing here writes,
and nothing is found that the one who asks may not see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from ledger.posting import Posted
from ledger.selectors import balances
from ledger.statements import Statement, statement
from loyalty import clock, sql
from loyalty.errors import Invalid, NotFound
from loyalty.identity.errors import AmbiguousMember
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.activity.models import Submission
from programs.activity.places import is_visible
from programs.activity.records import POSTING_COLUMNS, Recorded, posted_of, written
from programs.membership.models import Membership
from programs.membership.selectors import tiers_of

STATUS = """case
  when exists (select from ledger_posting r where r.reverses_id = p.id and r.kind = 'reverse') then 'reversed'
  when p.kind = 'hold' and not exists (
    select from ledger_hold h join ledger_holdresolution r on r.hold_id = h.id where h.posting_id = p.id) then 'pending'
  else 'completed' end"""

# From when on the points count and until when they last, where that has changed since they were given.
LIVES = """(
  select json_build_object('available_at', (array_agg(l.available_at order by l.id))[1],
                           'expires_at', min(l.expires_at))::text
  from ledger_lot l where p.kind in ('earn', 'deposit', 'adjust') and l.posting_id = p.id
  having bool_or(exists (select from ledger_lotchange c where c.lot_id = l.id)))"""

ONE = f"""
select p.brand_id, a.owner_id, pr.id, {STATUS}, {LIVES}, {POSTING_COLUMNS}
from ledger_posting p
join ledger_account a on a.id = p.account_id
join programs_program pr on pr.unit_id = p.unit_id
left join ledger_posting o on o.id = p.reverses_id
"""

# A page of each account, then the newest of those: no history is read further than a page. The account stands there as
# two bounds, for with an equality the planner may walk all accounts' postings by id, looking for those of this one.
POSTINGS = f"""
select a.owner_id, a.program_id, x.* from unnest(%(accounts)s::bigint[], %(programs)s::uuid[]) k (id, program_id)
join lateral (select k.program_id, c.owner_id from ledger_account c where c.id = k.id) a on true
cross join lateral (
  select {STATUS} as status, {LIVES} as lives, {POSTING_COLUMNS}
  from ledger_posting p left join ledger_posting o on o.id = p.reverses_id
  where (p.account_id, p.id) {{side}} (k.id, %(edge)s) and p.account_id {{other_side}}= k.id
    and (%(kind)s::text is null or p.kind = %(kind)s){{hides}}
  order by p.account_id {{order}}, p.id {{order}} limit %(limit)s
) x (status, lives, id, public_id, kind, account_id, points, shortfall, balance_after, reference, actor, data,
     occurred_at, recorded_at, reverses)
order by x.id {{order}} limit %(limit)s
"""

BACKWARDS = {"side": "<", "other_side": ">", "order": "desc"}
FORWARDS = {"side": ">", "other_side": "<", "order": "asc"}

PARTS = """
select * from programs_member_{what}(%(uuid)s, %(ref)s, %(brands)s, %(self)s, %(program)s, %(program_uuid)s{now})
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A member's part in one program, with its ledger account."""

    member_id: UUID
    account_id: int
    program_id: UUID
    code: str
    currency: str
    timezone: str
    status: str


class Expiring(msgspec.Struct):
    points: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PartBalance:
    """What a member holds in one program, in points."""

    part: Part
    available: int
    pending: int
    held: int
    debt: int
    lifetime_earned: int
    lifetime_redeemed: int
    expiring: list[Expiring]
    tier: str | None


def find_transaction(principal: Principal, transaction_id: UUID) -> Recorded | Submission:
    """The transaction of that id, or the request that is to become one (or failed to). Raises NotFound."""
    found = _one("where p.public_id = %s", [transaction_id])
    if found is None:
        submission = Submission.objects.filter(pk=transaction_id).first()
        if submission is None or not is_visible(principal, submission.brand_id, submission.member_id):
            raise NotFound("There is no such transaction, or it is not yours to see.")
        if submission.status != Submission.Status.COMPLETED:
            return submission
        # Its key had been used at once, meanwhile: that is the transaction it became.
        found = _one("where p.brand_id = %s and p.key = %s", [submission.brand_id, submission.key])
    brand_id, recorded = found
    if not is_visible(principal, brand_id, recorded.member_id):
        raise NotFound("There is no such transaction, or it is not yours to see.")
    return recorded


def find_parts(
    principal: Principal, member: str, *, permission: str, program: str | None = None
) -> tuple[UUID, list[Part]]:
    """The member and the parts they take in programs (in that one only), of brands at which the principal has the
    permission, or their own. One round trip. Raises NotFound, AmbiguousMember."""
    rows = _parts(principal, member, program, permission=permission)
    return rows[0]["member_id"], [_part(row) for row in rows if row["account_id"]]


def member_balances(principal: Principal, member: str, *, program: str | None = None) -> list[PartBalance]:
    """What the member holds now in each program, in one round trip. Raises NotFound, AmbiguousMember."""
    rows = _parts(principal, member, program, permission="balances.view", what="balances", now=", %(now)s")
    return [
        PartBalance(
            _part(row), row["available"], row["pending"], row["held"], row["debt"], row["lifetime_earned"],
            row["lifetime_redeemed"], msgspec.json.decode(row["expiring"], type=list[Expiring]), row["tier"],
        )
        for row in rows
        if row["account_id"]
    ]  # fmt: skip


def member_balances_as_of(
    principal: Principal, member: str, *, at: datetime | None, known_at: datetime | None, program: str | None = None
) -> list[PartBalance]:
    """What the member held in each program at `at` by the time in the world, as the books knew it at `known_at`, and
    the tier that went with it. Raises NotFound, AmbiguousMember."""
    _, parts = find_parts(principal, member, permission="balances.view", program=program)
    at = at or clock.now()
    account_ids = [part.account_id for part in parts]
    views = balances(account_ids, at=at, known_at=known_at)
    memberships = list(Membership.objects.filter(account_id__in=account_ids))
    tiers = tiers_of(memberships, at=at, known_at=known_at)
    tier_of = {membership.account_id: tiers[membership.id] for membership in memberships}
    return [
        PartBalance(
            part, view.available, view.pending, view.held, view.debt, view.lifetime_earned, view.lifetime_redeemed,
            msgspec.convert(view.expiring, list[Expiring]), tier.code if tier else None,
        )
        for part in parts
        for view, tier in [(views[part.account_id], tier_of[part.account_id])]
    ]  # fmt: skip


def transactions_page(
    parts: Sequence[Part], *, kind: str | None, edge: int | None, newer: bool, limit: int
) -> list[Recorded]:
    """At most `limit` transactions of these parts, away from the posting `edge`: older ones, newest first, or if
    `newer` newer ones, oldest first. As fast for a long history as for a short one."""
    given = {
        "accounts": [part.account_id for part in parts],
        "programs": [part.program_id for part in parts],
        "edge": 2**62 if edge is None else edge,
        "kind": kind,
        "limit": limit,
    }
    return [recorded_of(row) for row in _tuples(POSTINGS.format(**side_of(newer), hides=""), given)]


def side_of(newer: bool) -> dict[str, str]:
    """What `POSTINGS` says of the direction, away from its edge."""
    return FORWARDS if newer else BACKWARDS


def recorded_of(columns: Sequence) -> Recorded:
    """A row of `POSTINGS`."""
    member_id, program_id, status, lives, *posting = columns
    return Recorded(_posted(posting, lives), member_id, program_id, status)


def month_statement(
    principal: Principal, member: str, *, program: str | None, year: int, month: int
) -> tuple[Part, Statement]:
    """The member's month in a program, by the program's calendar. Raises NotFound (also: not in the program), Invalid
    (several programs), AmbiguousMember."""
    part = only_part(find_parts(principal, member, permission="statements.view", program=program)[1])
    zone = ZoneInfo(part.timezone)
    starts_at = datetime(year, month, 1, tzinfo=zone)
    ends_at = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return part, statement(part.account_id, starts_at, ends_at)


def only_part(parts: Sequence[Part | PartBalance]) -> Part | PartBalance:
    """The one part of a member; raises NotFound without any, and Invalid (say which program) if there are several."""
    if not parts:
        raise NotFound("The member takes no part in such a program.")
    if len(parts) > 1:
        detail = "The member takes part in several programs: say which."
        raise Invalid([{"pointer": "/program_id", "code": "required", "detail": detail}])
    return parts[0]


def _one(where: str, params: list) -> tuple[UUID, Recorded] | None:
    for brand_id, member_id, program_id, status, lives, *columns in _tuples(ONE + where, params):
        return brand_id, Recorded(_posted(columns, lives), member_id, program_id, status)
    return None


def _posted(columns: Sequence, lives: str | None) -> Posted:
    """The posting, with the times that its points have now."""
    posted = posted_of(columns)
    if lives is None:
        return posted
    now = msgspec.json.decode(lives, type=dict[str, datetime | None])
    return replace(posted, data=posted.data | {name: written(at) for name, at in now.items() if at})


def _tuples(statement: str, params) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


def _parts(
    principal: Principal, member: str, program: str | None, *, permission: str, what: str = "parts", now: str = ""
) -> list[dict]:
    given = {
        "uuid": principal.member_id if member == "me" else as_uuid(member),
        "ref": member,
        "brands": principal.brands_where(permission),
        "self": principal.member_id,
        "program": program,
        "program_uuid": as_uuid(program) if program else None,
        "now": clock.now(),
    }
    rows = sql.rows(PARTS.format(what=what, now=now), given)
    if not rows:
        raise NotFound("There is no such member, or they are not yours to see.")
    if len({row["member_id"] for row in rows}) > 1:
        raise AmbiguousMember()
    return rows


def _part(row: dict) -> Part:
    return Part(
        row["member_id"], row["account_id"], row["program_id"], row["code"], row["currency"], row["timezone"],
        row["status"],
    )  # fmt: skip
