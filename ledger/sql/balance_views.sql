-- What holds that ran out by p_at and are not resolved give back to which lot: as a release at that instant would, in
-- order of their ends, debt paid first out of what lapses soonest (`kept` is what reaches the lot).
CREATE FUNCTION ledger_freed(p_account bigint, p_at timestamptz)
RETURNS TABLE (hold_id bigint, freed_at timestamptz, lot_id bigint, points bigint, kept bigint) LANGUAGE sql STABLE AS $$
  SELECT f.id, f.freed_at, f.lot_id, f.points, (f.points - greatest(least(b.debt - f.run + f.points, f.points), 0))::bigint
  FROM ledger_balance b, LATERAL (
    SELECT hold.id, hold.expires_at AS freed_at, u.lot_id, u.points,
           sum(u.points) OVER (ORDER BY hold.expires_at, hold.id, lot.expires_at NULLS LAST, lot.granted_at, lot.id) AS run
    FROM ledger_hold hold JOIN ledger_ledgerentry e ON e.posting_id = hold.posting_id
    JOIN ledger_lotuse u ON u.entry_id = e.id JOIN ledger_lot lot ON lot.id = u.lot_id
    WHERE b.held > 0 AND hold.account_id = b.account_id AND hold.expires_at <= p_at
      AND NOT EXISTS (SELECT FROM ledger_holdresolution r WHERE r.hold_id = hold.id)
  ) f
  WHERE b.account_id = p_account
$$;

-- What a member account holds at p_now, true whether or not sweeps have run: lapsed lots count for nothing and holds that
-- ran out are free again. Reads one balance row and the open lots.
CREATE FUNCTION ledger_balance_now(p_account bigint, p_now timestamptz)
RETURNS TABLE (posted bigint, available bigint, pending bigint, held bigint, debt bigint, earned bigint, redeemed bigint,
               expiring jsonb)
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT b.posted + coalesce(h.points, 0) - coalesce(l.lapsed, 0), coalesce(l.live, 0), coalesce(l.pending, 0),
         b.held - coalesce(h.points, 0), b.debt - coalesce(h.points - h.kept, 0), b.earned, b.redeemed, coalesce(l.expiring, '[]')
  FROM ledger_balance b
  LEFT JOIN LATERAL (
    SELECT sum(f.points)::bigint AS points, sum(f.kept)::bigint AS kept FROM ledger_freed(b.account_id, p_now) f WHERE b.held > 0
  ) h ON true
  LEFT JOIN LATERAL (
    SELECT sum(s.lapsed)::bigint AS lapsed, sum(s.pending)::bigint AS pending, sum(s.live)::bigint AS live,
           jsonb_agg(jsonb_build_object('points', s.live, 'expires_at', s.expires_at) ORDER BY s.expires_at)
             FILTER (WHERE s.live > 0 AND s.expires_at IS NOT NULL) AS expiring
    FROM (SELECT o.expires_at,
                 coalesce(sum(o.remaining) FILTER (WHERE o.expires_at <= p_now), 0) AS lapsed,
                 coalesce(sum(o.remaining) FILTER (WHERE o.available_at > p_now AND coalesce(o.expires_at > p_now, true)), 0) AS pending,
                 coalesce(sum(o.remaining) FILTER (WHERE o.available_at <= p_now AND coalesce(o.expires_at > p_now, true)), 0) AS live
          FROM (SELECT open.expires_at, open.available_at, open.remaining
                FROM ledger_lot open WHERE open.account_id = b.account_id AND open.is_open
                UNION ALL
                SELECT again.expires_at, again.available_at, f.kept
                FROM ledger_freed(b.account_id, p_now) f JOIN ledger_lot again ON again.id = f.lot_id WHERE b.held > 0) o
          GROUP BY o.expires_at) s
  ) l ON true
  WHERE b.account_id = p_account
$$;

-- The postings that time calls for and that nothing has written yet, up to p_until: holds that ran out, lots that lapsed.
CREATE FUNCTION ledger_due(p_account bigint, p_until timestamptz)
RETURNS TABLE (due_at timestamptz, kind text, points bigint) LANGUAGE sql STABLE AS $$
  SELECT f.freed_at, 'release', sum(f.points)::bigint FROM ledger_freed(p_account, p_until) f GROUP BY f.hold_id, f.freed_at
  UNION ALL
  SELECT o.due_at, 'expire', -sum(o.points)::bigint
  FROM (SELECT l.expires_at AS due_at, l.remaining AS points
        FROM ledger_lot l WHERE l.account_id = p_account AND l.is_open AND l.expires_at <= p_until
        UNION ALL
        SELECT greatest(l.expires_at, f.freed_at), f.kept
        FROM ledger_freed(p_account, p_until) f JOIN ledger_lot l ON l.id = f.lot_id WHERE l.expires_at <= p_until AND f.kept > 0) o
  GROUP BY o.due_at
$$;

-- What the account held at p_at by the time in the world, knowing what the books knew at p_known_at. An instant sees what
-- happened before it, and what lapsed or ran out up to it, swept or not. Reads the account's whole history. Where something
-- was recorded late, lots may have been used before their time: then what is left over of `posted` is what counts.
CREATE FUNCTION ledger_balance_as_of(p_account bigint, p_at timestamptz, p_known_at timestamptz)
RETURNS TABLE (posted bigint, available bigint, pending bigint, held bigint, debt bigint, earned bigint, redeemed bigint,
               expired bigint, taken_back bigint, expiring jsonb)
LANGUAGE sql STABLE ROWS 1 AS $$
  WITH posting AS (
    SELECT p.id, p.kind, p.points, p.shortfall, p.reverses_id FROM ledger_posting p
    WHERE p.account_id = p_account AND p.recorded_at <= p_known_at AND p.occurred_at < p_at
  ), sums AS (
    SELECT coalesce(sum(p.points), 0)::bigint AS posted,
           coalesce(sum(p.points) FILTER (WHERE p.kind IN ('earn', 'deposit', 'exchange_in') OR p.kind = 'adjust' AND p.points > 0), 0)::bigint AS given,
           coalesce(sum(p.shortfall - p.points) FILTER (WHERE p.kind IN ('return', 'reverse') AND p.points <= 0), 0)::bigint AS taken_back,
           coalesce(-sum(p.points) FILTER (WHERE p.kind IN ('redeem', 'exchange_out')), 0)::bigint
             - coalesce(sum(p.points) FILTER (WHERE p.kind = 'reverse' AND o.kind = 'redeem'), 0)::bigint AS redeemed,
           coalesce(-sum(p.points) FILTER (WHERE p.kind = 'expire'), 0)::bigint AS expired
    FROM posting p LEFT JOIN ledger_posting o ON o.id = p.reverses_id
  ), hold AS (
    SELECT h.id, h.posting_id, h.points, h.expires_at, r.id IS NOT NULL AS is_resolved, CASE WHEN r.id IS NOT NULL THEN x.captured END AS captured
    FROM posting p JOIN ledger_hold h ON h.posting_id = p.id AND p.kind = 'hold'
    LEFT JOIN ledger_holdresolution x ON x.hold_id = h.id LEFT JOIN posting r ON r.id = x.posting_id
  ), freed AS (
    SELECT h.id AS hold_id, u.lot_id, u.points,
           sum(u.points) OVER (ORDER BY h.expires_at, h.id, l.expires_at NULLS LAST, l.granted_at, l.id) AS run
    FROM hold h JOIN ledger_ledgerentry e ON e.posting_id = h.posting_id
    JOIN ledger_lotuse u ON u.entry_id = e.id JOIN ledger_lot l ON l.id = u.lot_id
    WHERE NOT h.is_resolved AND h.expires_at <= p_at
  ), used AS (
    SELECT u.lot_id, sum(u.points) AS points
    FROM posting p JOIN ledger_ledgerentry e ON e.posting_id = p.id JOIN ledger_lotuse u ON u.entry_id = e.id GROUP BY 1
  ), back AS (
    SELECT f.lot_id, sum(f.points - greatest(least(greatest(-s.posted, 0) - f.run + f.points, f.points), 0)) AS points
    FROM freed f, sums s GROUP BY 1
  ), lot AS (
    SELECT l.expires_at, l.available_at, greatest(l.points - coalesce(u.points, 0) + coalesce(b.points, 0), 0) AS remaining
    FROM posting p JOIN ledger_lot l ON l.posting_id = p.id
    LEFT JOIN used u ON u.lot_id = l.id LEFT JOIN back b ON b.lot_id = l.id
  ), heap AS (
    SELECT coalesce(sum(l.remaining) FILTER (WHERE l.expires_at <= p_at), 0)::bigint AS lapsed,
           coalesce(sum(l.remaining) FILTER (WHERE l.available_at > p_at AND coalesce(l.expires_at > p_at, true)), 0)::bigint AS pending
    FROM lot l
  ), due AS (
    SELECT coalesce(jsonb_agg(jsonb_build_object('points', s.points, 'expires_at', s.expires_at) ORDER BY s.expires_at), '[]') AS expiring
    FROM (SELECT l.expires_at, sum(l.remaining) AS points FROM lot l
          WHERE l.expires_at > p_at AND l.available_at <= p_at AND l.remaining > 0 GROUP BY 1) s
  ), total AS (
    SELECT (s.posted + coalesce((SELECT sum(f.points) FROM freed f), 0) - p.lapsed)::bigint AS posted,
           coalesce((SELECT sum(h.points) FROM hold h WHERE NOT h.is_resolved AND h.expires_at > p_at), 0)::bigint AS held,
           coalesce((SELECT sum(h.captured) FROM hold h), 0)::bigint AS captured
    FROM sums s, heap p
  )
  SELECT t.posted, greatest(t.posted - p.pending, 0), p.pending, t.held, greatest(p.pending - t.posted, 0), s.given - s.taken_back,
         s.redeemed + t.captured, s.expired + p.lapsed, s.taken_back, d.expiring
  FROM sums s, heap p, due d, total t
$$;
-- reverse
DROP FUNCTION ledger_balance_as_of(bigint, timestamptz, timestamptz);
DROP FUNCTION ledger_due(bigint, timestamptz);
DROP FUNCTION ledger_balance_now(bigint, timestamptz);
DROP FUNCTION ledger_freed(bigint, timestamptz);
