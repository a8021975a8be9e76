-- What a member account holds at p_now, true whether or not sweeps have run: lapsed lots count for nothing and holds that
-- ran out are free again. Reads one balance row and the open lots.
CREATE FUNCTION ledger_balance_now(p_account bigint, p_now timestamptz)
RETURNS TABLE (posted bigint, available bigint, pending bigint, held bigint, debt bigint, earned bigint, redeemed bigint,
               expiring jsonb)
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT b.posted - coalesce(l.lapsed, 0) + coalesce(h.free, 0), coalesce(l.live, 0) + coalesce(h.free, 0), coalesce(l.pending, 0),
         b.held - coalesce(h.all, 0), b.debt, b.earned, b.redeemed, coalesce(l.expiring, '[]')
  FROM ledger_balance b
  LEFT JOIN LATERAL (
    SELECT sum(s.lapsed)::bigint AS lapsed, sum(s.pending)::bigint AS pending, sum(s.live)::bigint AS live,
           jsonb_agg(jsonb_build_object('points', s.live, 'expires_at', s.expires_at) ORDER BY s.expires_at)
             FILTER (WHERE s.live > 0 AND s.expires_at IS NOT NULL) AS expiring
    FROM (SELECT o.expires_at,
                 coalesce(sum(o.remaining) FILTER (WHERE o.expires_at <= p_now), 0) AS lapsed,
                 coalesce(sum(o.remaining) FILTER (WHERE o.available_at > p_now AND coalesce(o.expires_at > p_now, true)), 0) AS pending,
                 coalesce(sum(o.remaining) FILTER (WHERE o.available_at <= p_now AND coalesce(o.expires_at > p_now, true)), 0) AS live
          FROM ledger_lot o WHERE o.account_id = b.account_id AND o.is_open GROUP BY o.expires_at) s
  ) l ON true
  LEFT JOIN LATERAL (
    SELECT sum(u.points)::bigint AS all, coalesce(sum(u.points) FILTER (WHERE coalesce(lot.expires_at > p_now, true)), 0)::bigint AS free
    FROM ledger_hold hold JOIN ledger_ledgerentry e ON e.posting_id = hold.posting_id
    JOIN ledger_lotuse u ON u.entry_id = e.id JOIN ledger_lot lot ON lot.id = u.lot_id
    WHERE b.held > 0 AND hold.account_id = b.account_id AND hold.expires_at <= p_now
      AND NOT EXISTS (SELECT FROM ledger_holdresolution r WHERE r.hold_id = hold.id)
  ) h ON true
  WHERE b.account_id = p_account
$$;

-- The same as it was at p_at by the time in the world, knowing what the books knew at p_known_at. An instant sees what
-- happened before it, and expiries up to it. Reads the account's whole history.
CREATE FUNCTION ledger_balance_as_of(p_account bigint, p_at timestamptz, p_known_at timestamptz)
RETURNS TABLE (posted bigint, available bigint, pending bigint, held bigint, debt bigint, earned bigint, redeemed bigint,
               expired bigint, taken_back bigint, expiring jsonb)
LANGUAGE sql STABLE ROWS 1 AS $$
  WITH posting AS (
    SELECT p.id, p.kind, p.points, p.shortfall, p.reverses_id, p.occurred_at FROM ledger_posting p
    WHERE p.account_id = p_account AND p.recorded_at <= p_known_at
      AND (p.occurred_at < p_at OR p.kind = 'expire' AND p.occurred_at <= p_at)
  ), sums AS (
    SELECT coalesce(sum(p.points), 0)::bigint AS posted,
           coalesce(sum(p.points) FILTER (WHERE p.kind IN ('earn', 'deposit', 'exchange_in') OR p.kind = 'adjust' AND p.points > 0), 0)::bigint AS given,
           coalesce(sum(p.shortfall - p.points) FILTER (WHERE p.kind IN ('return', 'reverse') AND p.points <= 0), 0)::bigint AS taken_back,
           coalesce(-sum(p.points) FILTER (WHERE p.kind IN ('redeem', 'exchange_out')), 0)::bigint
             - coalesce(sum(p.points) FILTER (WHERE p.kind = 'reverse' AND o.kind = 'redeem'), 0)::bigint AS redeemed,
           coalesce(-sum(p.points) FILTER (WHERE p.kind = 'expire'), 0)::bigint AS expired
    FROM posting p LEFT JOIN ledger_posting o ON o.id = p.reverses_id
  ), hold AS (
    SELECT coalesce(sum(h.points) FILTER (WHERE r.id IS NULL), 0)::bigint AS held, coalesce(sum(x.captured), 0)::bigint AS captured
    FROM posting p JOIN ledger_hold h ON h.posting_id = p.id
    LEFT JOIN ledger_holdresolution x ON x.hold_id = h.id AND x.posting_id IN (SELECT q.id FROM posting q)
    LEFT JOIN posting r ON r.id = x.posting_id
  ), lot AS (
    SELECT l.expires_at, l.available_at, l.points - coalesce((
             SELECT sum(u.points) FROM ledger_lotuse u JOIN ledger_ledgerentry e ON e.id = u.entry_id
             WHERE u.lot_id = l.id AND e.posting_id IN (SELECT q.id FROM posting q)), 0) AS remaining
    FROM posting p JOIN ledger_lot l ON l.posting_id = p.id
  ), heap AS (
    SELECT coalesce(sum(l.remaining) FILTER (WHERE l.expires_at <= p_at), 0)::bigint AS lapsed,
           coalesce(sum(l.remaining) FILTER (WHERE l.available_at > p_at AND coalesce(l.expires_at > p_at, true)), 0)::bigint AS pending,
           coalesce(sum(l.remaining) FILTER (WHERE l.available_at <= p_at AND coalesce(l.expires_at > p_at, true)), 0)::bigint AS live
    FROM lot l
  ), due AS (
    SELECT coalesce(jsonb_agg(jsonb_build_object('points', s.points, 'expires_at', s.expires_at) ORDER BY s.expires_at), '[]') AS expiring
    FROM (SELECT l.expires_at, sum(l.remaining) AS points FROM lot l
          WHERE l.expires_at > p_at AND l.available_at <= p_at AND l.remaining > 0 GROUP BY 1) s
  )
  SELECT s.posted - p.lapsed, p.live, p.pending, h.held, greatest(p.lapsed - s.posted, 0), s.given - s.taken_back,
         s.redeemed + h.captured, s.expired + p.lapsed, s.taken_back, d.expiring
  FROM sums s, hold h, heap p, due d
$$;
-- reverse
DROP FUNCTION ledger_balance_as_of(bigint, timestamptz, timestamptz);
DROP FUNCTION ledger_balance_now(bigint, timestamptz);
