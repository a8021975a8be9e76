-- As before; and points that are given away. What may only be passed on so often leaves out what has been.
CREATE OR REPLACE FUNCTION ledger_debit(p_moves ledger_move[]) RETURNS SETOF ledger_answer LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  WITH m AS MATERIALIZED (
    SELECT x.n, x.account_id, x.public_id, abs(x.points) AS points, b.posted, b.version, b.events
    FROM unnest(p_moves) x CROSS JOIN LATERAL (SELECT * FROM ledger_balance y WHERE y.account_id = x.account_id OFFSET 0) b
    WHERE NOT x.is_closed
      AND NOT EXISTS (SELECT FROM ledger_posting p WHERE p.brand_id = x.brand_id AND p.key = x.key)
  ), take AS MATERIALIZED (
    SELECT m.n, t.lot_id, t.points, sum(t.points) OVER (PARTITION BY m.n) AS have
    FROM m, unnest(p_moves) x, LATERAL ledger_lots_to_use(m.account_id, x.at, m.points, false, 0, x.hops_max) t
    WHERE x.n = m.n
  ), enough AS (
    SELECT m.* FROM m WHERE m.points = (SELECT max(t.have) FROM take t WHERE t.n = m.n)
  ), posting AS (
    INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                                shortfall, balance_after, data, occurred_at, recorded_at)
    SELECT x.public_id, x.brand_id, x.unit_id, x.account_id, x.kind, x.key, x.fingerprint, x.actor, x.reference, -g.points,
           0, g.posted - g.points, x.data, x.at, now()
    FROM enough g JOIN unnest(p_moves) x USING (n) ORDER BY x.n
    ON CONFLICT DO NOTHING RETURNING id, public_id
  ), done AS (
    SELECT p.id AS posting_id, g.posted, g.version, g.events, g.points AS taken, x.*
    FROM posting p JOIN enough g USING (public_id) JOIN unnest(p_moves) x USING (n)
  ), balance AS (
    UPDATE ledger_balance b
    SET posted = b.posted - d.taken, version = b.version + 1, events = b.events + 1,
        held = b.held + CASE d.kind WHEN 'hold' THEN d.taken ELSE 0 END,
        redeemed = b.redeemed + CASE WHEN d.kind IN ('redeem', 'exchange_out', 'gift_out') THEN d.taken ELSE 0 END
    FROM done d WHERE b.account_id = d.account_id
  ), entry AS (
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, debit_after, debit_version,
                                    occurred_at, recorded_at)
    SELECT d.posting_id, d.unit_id, d.account_id, d.contra_id, d.taken, d.posted - d.taken, d.version + 1, d.at, now()
    FROM done d ORDER BY d.n RETURNING id, posting_id
  ), emptied AS (
    UPDATE ledger_lot l SET remaining = l.remaining - t.points
    FROM take t JOIN done d USING (n) WHERE l.id = t.lot_id
  ), used AS (
    INSERT INTO ledger_lotuse (entry_id, lot_id, points)
    SELECT e.id, t.lot_id, t.points FROM take t JOIN done d USING (n) JOIN entry e USING (posting_id)
  ), held AS (
    INSERT INTO ledger_hold (posting_id, account_id, points, expires_at)
    SELECT d.posting_id, d.account_id, d.taken, d.expires_at FROM done d WHERE d.kind = 'hold'
  ), event AS (
    INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                               occurred_at)
    SELECT gen_random_uuid(), d.brand_id, ledger_event_type(d.kind), d.stream_id, d.events + 1, d.owner_id, d.program_id,
           d.posting_id, ledger_event_data(d.public_id, -d.taken, d.posted - d.taken, d.reference), d.at
    FROM done d
  )
  SELECT d.n, 'posted', d.posting_id, d.public_id, d.kind, d.account_id, -d.taken, 0::bigint, d.posted - d.taken,
         d.reference, d.actor, NULL::jsonb, d.at, now(), NULL::uuid, NULL::jsonb
  FROM done d;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_debit(p_moves ledger_move[]) RETURNS SETOF ledger_answer LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  WITH m AS MATERIALIZED (
    SELECT x.n, x.account_id, x.public_id, abs(x.points) AS points, b.posted, b.version, b.events
    FROM unnest(p_moves) x CROSS JOIN LATERAL (SELECT * FROM ledger_balance y WHERE y.account_id = x.account_id OFFSET 0) b
    WHERE NOT x.is_closed
      AND NOT EXISTS (SELECT FROM ledger_posting p WHERE p.brand_id = x.brand_id AND p.key = x.key)
  ), take AS MATERIALIZED (
    SELECT m.n, t.lot_id, t.points, sum(t.points) OVER (PARTITION BY m.n) AS have
    FROM m, unnest(p_moves) x, LATERAL ledger_lots_to_use(m.account_id, x.at, m.points, false, 0) t
    WHERE x.n = m.n
  ), enough AS (
    SELECT m.* FROM m WHERE m.points = (SELECT max(t.have) FROM take t WHERE t.n = m.n)
  ), posting AS (
    INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                                shortfall, balance_after, data, occurred_at, recorded_at)
    SELECT x.public_id, x.brand_id, x.unit_id, x.account_id, x.kind, x.key, x.fingerprint, x.actor, x.reference, -g.points,
           0, g.posted - g.points, x.data, x.at, now()
    FROM enough g JOIN unnest(p_moves) x USING (n) ORDER BY x.n
    ON CONFLICT DO NOTHING RETURNING id, public_id
  ), done AS (
    SELECT p.id AS posting_id, g.posted, g.version, g.events, g.points AS taken, x.*
    FROM posting p JOIN enough g USING (public_id) JOIN unnest(p_moves) x USING (n)
  ), balance AS (
    UPDATE ledger_balance b
    SET posted = b.posted - d.taken, version = b.version + 1, events = b.events + 1,
        held = b.held + CASE d.kind WHEN 'hold' THEN d.taken ELSE 0 END,
        redeemed = b.redeemed + CASE WHEN d.kind IN ('redeem', 'exchange_out') THEN d.taken ELSE 0 END
    FROM done d WHERE b.account_id = d.account_id
  ), entry AS (
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, debit_after, debit_version,
                                    occurred_at, recorded_at)
    SELECT d.posting_id, d.unit_id, d.account_id, d.contra_id, d.taken, d.posted - d.taken, d.version + 1, d.at, now()
    FROM done d ORDER BY d.n RETURNING id, posting_id
  ), emptied AS (
    UPDATE ledger_lot l SET remaining = l.remaining - t.points
    FROM take t JOIN done d USING (n) WHERE l.id = t.lot_id
  ), used AS (
    INSERT INTO ledger_lotuse (entry_id, lot_id, points)
    SELECT e.id, t.lot_id, t.points FROM take t JOIN done d USING (n) JOIN entry e USING (posting_id)
  ), held AS (
    INSERT INTO ledger_hold (posting_id, account_id, points, expires_at)
    SELECT d.posting_id, d.account_id, d.taken, d.expires_at FROM done d WHERE d.kind = 'hold'
  ), event AS (
    INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                               occurred_at)
    SELECT gen_random_uuid(), d.brand_id, ledger_event_type(d.kind), d.stream_id, d.events + 1, d.owner_id, d.program_id,
           d.posting_id, ledger_event_data(d.public_id, -d.taken, d.posted - d.taken, d.reference), d.at
    FROM done d
  )
  SELECT d.n, 'posted', d.posting_id, d.public_id, d.kind, d.account_id, -d.taken, 0::bigint, d.posted - d.taken,
         d.reference, d.actor, NULL::jsonb, d.at, now(), NULL::uuid, NULL::jsonb
  FROM done d;
END $$;
