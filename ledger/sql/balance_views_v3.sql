-- As before; what members gave each other counts as points that came and went.
CREATE OR REPLACE FUNCTION ledger_balance_as_of(p_account bigint, p_at timestamptz, p_known_at timestamptz)
RETURNS TABLE (posted bigint, available bigint, pending bigint, held bigint, debt bigint, earned bigint, redeemed bigint,
               expired bigint, taken_back bigint, expiring jsonb)
LANGUAGE sql STABLE ROWS 1 AS $$
  WITH posting AS (
    SELECT p.id, p.kind, p.points, p.shortfall, p.reverses_id FROM ledger_posting p
    WHERE p.account_id = p_account AND p.recorded_at <= p_known_at AND p.occurred_at < p_at
  ), sums AS (
    SELECT coalesce(sum(p.points), 0)::bigint AS posted,
           coalesce(sum(p.points) FILTER (WHERE p.kind IN ('earn', 'deposit', 'exchange_in', 'gift_in') OR p.kind = 'adjust' AND p.points > 0), 0)::bigint AS given,
           coalesce(sum(p.shortfall - p.points) FILTER (WHERE p.kind IN ('return', 'reverse') AND p.points <= 0), 0)::bigint AS taken_back,
           coalesce(-sum(p.points) FILTER (WHERE p.kind IN ('redeem', 'exchange_out', 'gift_out')), 0)::bigint
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
    SELECT coalesce(c.expires_at, l.expires_at) AS expires_at, coalesce(c.available_at, l.available_at) AS available_at,
           greatest(l.points - coalesce(u.points, 0) + coalesce(b.points, 0), 0) AS remaining
    FROM posting p JOIN ledger_lot l ON l.posting_id = p.id
    LEFT JOIN used u ON u.lot_id = l.id LEFT JOIN back b ON b.lot_id = l.id
    LEFT JOIN LATERAL (
      SELECT coalesce(min(x.available_after) FILTER (WHERE x.occurred_at < p_at AND x.recorded_at <= p_known_at),
                      max(x.available_before)) AS available_at,
             coalesce(max(x.expires_after) FILTER (WHERE x.occurred_at < p_at AND x.recorded_at <= p_known_at),
                      min(x.expires_before)) AS expires_at
      FROM ledger_lotchange x WHERE x.lot_id = l.id
    ) c ON true
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
CREATE OR REPLACE FUNCTION ledger_balance_as_of(p_account bigint, p_at timestamptz, p_known_at timestamptz)
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
    SELECT coalesce(c.expires_at, l.expires_at) AS expires_at, coalesce(c.available_at, l.available_at) AS available_at,
           greatest(l.points - coalesce(u.points, 0) + coalesce(b.points, 0), 0) AS remaining
    FROM posting p JOIN ledger_lot l ON l.posting_id = p.id
    LEFT JOIN used u ON u.lot_id = l.id LEFT JOIN back b ON b.lot_id = l.id
    LEFT JOIN LATERAL (
      SELECT coalesce(min(x.available_after) FILTER (WHERE x.occurred_at < p_at AND x.recorded_at <= p_known_at),
                      max(x.available_before)) AS available_at,
             coalesce(max(x.expires_after) FILTER (WHERE x.occurred_at < p_at AND x.recorded_at <= p_known_at),
                      min(x.expires_before)) AS expires_at
      FROM ledger_lotchange x WHERE x.lot_id = l.id
    ) c ON true
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
