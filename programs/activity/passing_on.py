"""What purchases earn in the programs of partners, and what goods that come back take back there. The statements that
write purchases and returns leave word of it in an outbox; here the points follow, in transactions of their own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from ledger.posting import Move, Posted, post
from loyalty import sql
from loyalty.http.money import from_minor
from programs.activity.points import fingerprint_of
from programs.activity.records import written
from programs.earning.lifetimes import LifeTerms, extension, life_of
from programs.earning.returns import points_to_take_back
from programs.membership.models import Program

CHUNK = 500
ACTOR = "system:links"
RULE_ID = "link"
SOURCE = "partner"

# Nothing is locked while points are posted: who returns goods holds an account and waits for these rows, so these come
# last here as well. Two who do the same row post under the same keys.
DUE = """
select o.id, o.asked, o.points, o.link_id, o.purchase_id, u.amount_minor, u.refunded_minor, u.occurred_at,
       l.partner_id, l.earn_points, l.earn_per_minor, p.name as program, p.money_currency, s.account_id,
       exists (select from ledger_posting e join ledger_posting r on r.reverses_id = e.id and r.kind = 'reverse'
               where e.public_id = u.id) as is_reversed
from programs_passedon o
join programs_programlink l on l.id = o.link_id
join programs_purchase u on u.id = o.purchase_id
join programs_program p on p.id = u.program_id
join programs_membership s on s.program_id = l.partner_id and s.member_id = u.member_id
where o.asked > o.done order by o.id limit %s
"""
# Locked in the order of their ids, as by whoever returns goods.
MINE = "select from programs_passedon where id = any(%s) order by id for update"
DONE = """
update programs_passedon o set done = greatest(o.done, r.asked), outcome = r.outcome
from unnest(%s::bigint[], %s::int[], %s::text[]) r (id, asked, outcome) where o.id = r.id
"""
RAISE_TIERS = "select programs_raise_tiers(%s::bigint[], %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A row of the outbox, with what its purchase has come to."""

    id: int
    asked: int
    points: int
    link_id: UUID
    purchase_id: UUID
    amount_minor: int
    refunded_minor: int
    occurred_at: datetime
    partner_id: UUID
    earn_points: int
    earn_per_minor: int
    program: str
    money_currency: str
    account_id: int
    is_reversed: bool

    @property
    def taken(self) -> int:
        """How many of the points should have gone back by now, all together."""
        if self.is_reversed:
            return self.points
        return points_to_take_back(self.points, self.amount_minor, self.refunded_minor)


def pass_on_due(*, limit: int | None = None) -> int:
    """Gives partners' points for purchases that were passed on, and takes back those of goods that came back; answers
    how much there was to do. Ended anywhere and done again, by two at once too, each purchase gives and takes once."""
    done = 0
    while limit is None or done < limit:
        found = [_Due(**row) for row in sql.rows(DUE, [CHUNK if limit is None else min(CHUNK, limit - done)])]
        if not found:
            break
        _pass_on(found)
        done += len(found)
    return done


@transaction.atomic
def _pass_on(due: list[_Due]) -> None:
    partners = Program.objects.in_bulk({row.partner_id for row in due})
    given = post([_earn(row, partners[row.partner_id]) for row in due])
    outcomes = [answer.outcome for answer in given]
    back = [n for n, (row, answer) in enumerate(zip(due, given, strict=True)) if answer.is_done and row.taken]
    returns = post([_return(due[n], given[n], partners[due[n].partner_id]) for n in back])
    for n, answer in zip(back, returns, strict=True):
        outcomes[n] = answer.outcome
    outcomes = ["posted" if outcome == "replayed" else outcome for outcome in outcomes]
    accounts = sorted({answer.account_id for answer in given if answer.outcome == "posted"})
    with connection.cursor() as cursor:
        if accounts:
            cursor.execute(RAISE_TIERS, [accounts, max(row.occurred_at for row in due)])
        cursor.execute(MINE, [[row.id for row in due]])
        cursor.execute(DONE, [[row.id for row in due], [row.asked for row in due], outcomes])


def _earn(row: _Due, partner: Program) -> Move:
    # An event that the partner's points wait for tells of purchases there; for these nobody would send it.
    begins, ends = life_of(LifeTerms.of(partner), row.occurred_at, pending_days=partner.pending_days)
    times = row.points // row.earn_points
    per = from_minor(row.earn_per_minor, row.money_currency)
    line = {
        "rule_id": RULE_ID,
        "rule": f"Partner {row.program}",
        "points": row.points,
        # What was paid is between the member and the brand they paid.
        "reason": f"{times} x {row.earn_points} points: {times} full times {per} {row.money_currency}",
    }
    data = {
        "source": SOURCE,
        "breakdown": [line],
        "available_at": written(begins) if begins > row.occurred_at else None,
        "expires_at": written(ends),
    }
    return Move(
        kind="earn",
        account_id=row.account_id,
        key=f"link:{row.link_id}:{row.purchase_id}",
        fingerprint=fingerprint_of("link", row.link_id, row.purchase_id),
        actor=ACTOR,
        points=row.points,
        at=row.occurred_at,
        available_at=begins,
        expires_at=ends,
        extend_to=extension(LifeTerms.of(partner), row.occurred_at),
        program_id=partner.id,
        data={name: value for name, value in data.items() if value is not None},
    )


def _return(row: _Due, given: Posted, partner: Program) -> Move:
    return Move(
        kind="return",
        account_id=row.account_id,
        key=f"link:{row.link_id}:{row.purchase_id}:{row.taken}",
        fingerprint=fingerprint_of("link-return", row.link_id, row.purchase_id, row.taken),
        actor=ACTOR,
        points=row.taken,
        target=given.public_id,
        policy=partner.return_policy,
        program_id=partner.id,
        data={"source": SOURCE, "description": f"Goods bought at {row.program} came back"},
    )
