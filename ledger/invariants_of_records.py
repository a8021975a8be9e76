"""Invariants of single records: lots, postings, entries, holds, events. See `ledger.invariants`."""

from ledger.invariants import Invariant

LOTS = [
    Invariant(
        "lots-are-what-was-not-used",
        "What remains of a lot is its points less what entries took from it, between nothing and all.",
        """
        select l.account_id, l.id as lot_id, l.points, l.remaining, coalesce(u.points, 0) as used
        from lot l left join (select lot_id, sum(points) as points from use group by 1) u on u.lot_id = l.id
        where l.remaining <> l.points - coalesce(u.points, 0) or l.remaining < 0 or l.remaining > l.points
        """,
    ),
    Invariant(
        "lots-come-from-their-entry",
        "Points that came in are a lot of the same posting, account and size, and no other lot is.",
        """
        select coalesce(s.account_id, l.account_id) as account_id, l.id as lot_id, s.entry_id, s.change, l.points
        from (select s.* from member_side s where s.change > 0 and s.reverses_id is null) s
        full join lot l on l.entry_id = s.entry_id
        where (s.account_id, s.posting_id, s.change) is distinct from (l.account_id, l.posting_id, l.points)
        """,
    ),
    Invariant(
        "lots-counters-are-bounded",
        "What is left of a lot, expired and was taken back out of it is at most its points, and so are its returns.",
        """
        select l.account_id, l.id as lot_id, l.points, l.remaining, l.expired, l.withdrawn, l.refunded, l.returned
        from lot l
        where l.remaining + l.expired + l.withdrawn > l.points or l.withdrawn + l.refunded > l.returned
           or l.returned > l.points or least(l.expired, l.withdrawn, l.refunded) < 0
        """,
    ),
    Invariant(
        "lots-counters-are-what-the-postings-say",
        "What of a lot expired, was withdrawn and refunded, and of a posting's lots returned, is what postings say.",
        """
        select l.account_id, l.id as lot_id, l.expired, l.withdrawn, l.refunded, l.returned,
               coalesce(u.expired, 0) as expired_by_postings, coalesce(u.withdrawn, 0) as withdrawn_by_postings,
               coalesce(t.taken, 0) - coalesce(u.withdrawn, 0) as refunded_by_postings,
               coalesce(r.returned, 0) as returned_by_postings
        from (select l.*, sum(l.returned) over (partition by l.posting_id) as all_returned from lot l) l left join (
          select u.lot_id, sum(u.points) filter (where p.kind = 'expire') as expired,
                 sum(u.points) filter (where e.reverses_id = u.lot_entry_id) as withdrawn
          from use u join ledger_ledgerentry e on e.id = u.entry_id join ledger_posting p on p.id = e.posting_id
          group by 1
        ) u on u.lot_id = l.id left join (
          select e.reverses_id, sum(e.points) as taken from entry e where e.reverses_id is not null group by 1
        ) t on t.reverses_id = l.entry_id left join (
          select p.reverses_id, sum(p.shortfall - p.points) as returned
          from posting p where p.kind in ('return', 'reverse') group by 1
        ) r on r.reverses_id = l.posting_id
        where l.expired <> coalesce(u.expired, 0) or l.withdrawn <> coalesce(u.withdrawn, 0)
           or l.refunded <> coalesce(t.taken, 0) - coalesce(u.withdrawn, 0)
           or l.all_returned <> coalesce(r.returned, 0) or l.returned < coalesce(t.taken, 0)
        """,
    ),
    Invariant(
        "lots-times-are-what-postings-changed",
        "A lot's times are what its newest change made them, and each change begins where the one before it ended.",
        """
        select c.account_id, c.lot_id, c.id as change_id, c.posting_id
        from (select c.*, lead(c.available_before, 1, c.available_at) over later as available_next,
                     lead(c.expires_before, 1, c.expires_at) over later as expires_next
              from change c window later as (partition by c.lot_id, c.expires_before is null order by c.id)) c
        join ledger_posting p on p.id = c.posting_id
        where p.account_id <> c.account_id
           or c.available_after is not null and c.available_next <> c.available_after
           or c.expires_after is not null and c.expires_next is distinct from c.expires_after
        """,
    ),
    Invariant(
        "debits-are-drawn-from-lots",
        "What leaves a member's account is taken from the member's own lots; a return may leave the rest as debt.",
        """
        select s.account_id, s.entry_id, -s.change as points, coalesce(u.points, 0) as used
        from member_side s join ledger_posting p on p.id = s.posting_id left join (
          select entry_id, account_id, sum(points) as points, min(points) as least from use group by 1, 2
        ) u on u.entry_id = s.entry_id and u.account_id = s.account_id
        where s.change < 0
          and (-s.change < coalesce(u.points, 0) or u.least < 0
               or -s.change > coalesce(u.points, 0) and p.kind not in ('return', 'reverse'))
        """,
    ),
    Invariant(
        "credits-fill-lots-or-pay-debt",
        "What comes back to a member's account fills the lots it came from and pays debt, and nothing else.",
        """
        select s.account_id, s.entry_id, s.change as points, coalesce(u.points, 0) as used
        from member_side s left join (
          select entry_id, account_id, sum(points) as points, min(points) as least, max(points) as greatest
          from use group by 1, 2
        ) u on u.entry_id = s.entry_id and u.account_id = s.account_id
        where s.change > 0
          and (case when s.reverses_id is null then u.least < 0 or u.points > s.change
                    else u.greatest > 0 or -u.points > s.change end)
        union all
        select u.account_id, u.entry_id, null, u.points
        from use u left join member_side s on s.entry_id = u.entry_id and s.account_id = u.account_id
        where s.entry_id is null
        """,
    ),
]

POSTINGS = [
    Invariant(
        "postings-are-the-sum-of-their-entries",
        "A posting's points are the sum of its entries on its account, which go one way, and touch no other member's.",
        """
        select p.account_id, p.id as posting_id, p.points, coalesce(s.total, 0) as entries
        from posting p left join (
          select posting_id, account_id, sum(change) as total, sum(abs(change)) as moved, count(*) as n
          from member_side group by 1, 2
        ) s on s.posting_id = p.id
        where p.points <> coalesce(s.total, 0) or s.account_id <> p.account_id or s.moved <> abs(s.total)
           or s.n > 1 and p.kind not in ('earn', 'deposit', 'gift_in', 'return', 'reverse')
        """,
    ),
    Invariant(
        "answers-run-on",
        "Each posting's balance after it is the one after the posting before it, plus its own points.",
        """
        select account_id, id as posting_id, balance_after, before, points
        from (select p.*, lag(balance_after, 1, 0::bigint) over (partition by account_id order by id) as before
              from posting p) p
        where balance_after <> before + points
        """,
    ),
    Invariant(
        "keys-have-one-effect",
        "No idempotency key has two postings in a brand, and no reference earned twice in a unit.",
        """
        select p.account_id, p.id as posting_id, p.key, p.reference
        from (select p.*, count(*) over (partition by brand_id, key) as same_key,
                     count(*) filter (where kind = 'earn') over (partition by unit_id, reference) as same_reference
              from posting p) p
        where p.same_key > 1 or p.kind = 'earn' and p.reference <> '' and p.same_reference > 1
        """,
    ),
    Invariant(
        "reversals-are-bounded",
        "An entry's reversals go back between its two accounts and sum to at most its points.",
        """
        select p.account_id, e.id as entry_id, e.points, r.points as reversed
        from entry e join ledger_posting p on p.id = e.posting_id
        join (select reverses_id, sum(points) as points,
                     array_agg(distinct debit_id) as debits, array_agg(distinct credit_id) as credits
              from entry where reverses_id is not null group by 1) r on r.reverses_id = e.id
        where r.points > e.points or r.debits <> array[e.credit_id] or r.credits <> array[e.debit_id]
        """,
    ),
    Invariant(
        "reversals-are-not-reversed",
        "A posting is reversed once at most, after which nothing of it is returned; no reversal is itself reversed.",
        """
        select o.account_id, o.id as posting_id, o.kind
        from posting r join ledger_posting o on o.id = r.reverses_id
        where r.kind = 'reverse' and exists (
                select from posting x where x.reverses_id = o.id and x.id > r.id and x.kind <> 'mature')
           or o.kind in ('reverse', 'return', 'capture', 'release', 'expire') or o.account_id <> r.account_id
        union all
        select p.account_id, p.id, p.kind from entry e
        join ledger_ledgerentry o on o.id = e.reverses_id join ledger_posting p on p.id = o.posting_id
        where o.reverses_id is not null
        """,
    ),
]

HOLDS = [
    Invariant(
        "holds-are-what-was-set-aside",
        "A hold is of its posting's account and has the points that its posting took.",
        """
        select p.account_id, p.id as posting_id, -p.points as points, h.points as held
        from posting p full join hold h on h.posting_id = p.id
        where (p.kind = 'hold' or h.id is not null)
          and (p.kind, p.account_id, -p.points) is distinct from ('hold', h.account_id, h.points)
        """,
    ),
    Invariant(
        "holds-are-resolved-once",
        "A hold has one end at most, which gives back what it did not capture and moves what it did.",
        """
        select h.account_id, h.id as hold_id, h.points, h.captured,
               p.points as given_back, coalesce(m.points, 0) as moved
        from hold h left join posting p on p.id = h.resolution_id
        left join (select e.posting_id, sum(e.points) as points from entry e
                   join ledger_account a on a.id = e.debit_id join ledger_account c on c.id = e.credit_id
                   where a.kind = 'holding' and c.kind in ('redemption', 'exchange') group by 1
        ) m on m.posting_id = h.resolution_id
        where h.is_resolved
          and ((p.kind in ('capture', 'release', 'exchange_out'), p.reverses_id, p.points, coalesce(m.points, 0))
               is distinct from (true, h.posting_id, h.points - h.captured, h.captured)
               or h.captured > h.points or p.kind = 'release' and h.captured > 0
               or p.kind = 'exchange_out' and h.captured < h.points)
        union all
        select p.account_id, p.reverses_id, null, null, p.points, null
        from posting p left join ledger_holdresolution r on r.posting_id = p.id
        where r.hold_id is null
          and (p.kind in ('capture', 'release') or p.kind = 'exchange_out' and p.reverses_id is not null)
        """,
    ),
]

EVENTS = [
    Invariant(
        "postings-have-their-event",
        "Every posting on a member's account has one event on that account, of its brand and with its points; those as "
        "old as the events that were moved out may have theirs in a file.",
        """
        select p.account_id, p.id as posting_id, coalesce(e.n, 0) as events
        from posting p left join (
          select posting_id, count(*) as n, min(account_id) as account_id, max(account_id) as other_id,
                 bool_and((data->>'points')::bigint = points and brand_id = p_brand_id) as is_same
          from (select e.*, p.points, p.brand_id as p_brand_id
                from event e join ledger_posting p on p.id = e.posting_id) e
          group by 1
        ) e on e.posting_id = p.id
        where (e.n, e.account_id, e.other_id, e.is_same) is distinct from (1, p.account_id, p.account_id, true)
          and (e.n is not null or not exists (
            select from loyalty_eventarchive a where a.last_at >= p.recorded_at))
        """,
    ),
    Invariant(
        "events-have-no-gap",
        "The events of an account are numbered 1, 2, 3, ... up to the balance's count; the first of them may have been "
        "moved out into files.",
        """
        select account_id, event_id, sequence, place
        from (
          select e.*, row_number() over (partition by account_id order by sequence) + case
                   when exists (select from loyalty_eventarchive)
                   then min(sequence) over (partition by account_id) - 1 else 0 end as place
          from event e
        ) e
        where sequence <> place
        union all
        select b.account_id, null, b.events, coalesce(e.newest, 0)
        from balance b left join (
          select account_id, greatest(max(sequence), count(*)) as newest from event group by 1
        ) e using (account_id)
        where b.events <> coalesce(e.newest, 0)
          and not (e.newest is null and exists (select from loyalty_eventarchive))
        """,
    ),
]

DUE = [
    Invariant(
        "lapsed-lots-are-swept",
        "Lots past their expiry hold nothing once the sweep has been; these wait for it.",
        "select account_id, id as lot_id, remaining, expires_at from lot where is_open and expires_at <= %(now)s",
        informational=True,
    ),
    Invariant(
        "holds-that-ran-out-are-released",
        "Holds that ran out go back once the sweep has been; these wait for it.",
        """
        select account_id, id as hold_id, points, expires_at
        from hold where not is_resolved and expires_at <= %(now)s
        """,
        informational=True,
    ),
]
