"""What the books keep of somebody: figures under opaque ids, which stay, and words, which can be forgotten."""

from ledger import forgetting
from ledger.models import Account
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_told
from loyalty.identity.privacy.subjects import Subject

POSTINGS = """
select p.public_id, p.kind, u.name as unit, p.points, p.balance_after, p.shortfall, p.reference, p.data,
       p.occurred_at, p.recorded_at
from ledger_posting p join ledger_unit u on u.id = p.unit_id where p.account_id = any(%s) order by p.id
"""
LOTS = """
select u.name as unit, l.points, l.remaining, l.granted_at, l.available_at, l.expires_at
from ledger_lot l join ledger_account a on a.id = l.account_id join ledger_unit u on u.id = a.unit_id
where l.account_id = any(%s) order by l.id
"""
HOLDS = """
select p.public_id, u.name as unit, h.points, h.expires_at, r.captured, r.hold_id is not null as is_resolved
from ledger_hold h join ledger_posting p on p.id = h.posting_id join ledger_unit u on u.id = p.unit_id
left join ledger_holdresolution r on r.hold_id = h.id where h.account_id = any(%s) order by h.id
"""
BALANCES = """
select u.name as unit, b.posted, b.debt, b.held, b.earned, b.redeemed, a.created_at, a.closed_at
from ledger_balance b join ledger_account a on a.id = b.account_id join ledger_unit u on u.id = a.unit_id
where b.account_id = any(%s) order by a.id
"""


def accounts_of(subject: Subject) -> list[int]:
    """The member's accounts; of a brand those in its units."""
    found = Account.objects.filter(owner_id=subject.member_id, kind=Account.Kind.MEMBER)
    found = found.filter(**subject.of_brand("unit__brand"))
    return list(found.values_list("id", flat=True)) if subject.member else []


def export(subject: Subject) -> Told:
    """Every transaction with what it says, the points that are left and on hold, and the balances."""
    accounts = accounts_of(subject)
    sections = {"transactions": POSTINGS, "points_left": LOTS, "holds": HOLDS, "balances": BALANCES}
    return {name: rows_told(query, [accounts]) for name, query in sections.items()}


def erase(erasing: Erasing) -> Counts:
    """Points are forfeited, what is owed is written off, holds go back first; the words of the postings are forgotten,
    and those that name them in other people's. Accounts of somebody erased as a whole are closed; a member whom one
    brand has forgotten may come back to it, and begins at nothing."""
    subject, accounts = erasing.subject, accounts_of(erasing.subject)
    points = forgetting.forfeit(accounts, actor=erasing.actor, for_good=subject.brand is None) if accounts else 0
    words = erasing.traces.all_words
    forgotten = forgetting.forget_words(accounts, words) if accounts else 0
    mentions = forgetting.forget_mentions(erasing.traces.words, brand_id=subject.brand and subject.brand.id)
    return {"points_forfeited": points, "transactions": forgotten + mentions}


register(
    Room(
        name="ledger",
        position=20,
        export=export,
        erase=erase,
        told={
            "ledger.Posting": "transactions",
            "ledger.Lot": "points_left",
            "ledger.Hold": "holds",
            "ledger.Balance": "balances",
        },
        untold={
            "ledger.Account": "told with the balances",
            "ledger.LedgerEntry": "the movements behind the transactions",
            "ledger.LotUse": "the movements behind the transactions",
            "ledger.LotChange": "what changed the points left, told as they are",
            "ledger.HoldResolution": "told with the holds",
            "ledger.Forgotten": "digests of words that are gone",
        },
    )
)
