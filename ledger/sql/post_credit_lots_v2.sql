-- As before; points that were given keep the lives of their lots, and each lot says how often it changed hands.
CREATE OR REPLACE FUNCTION ledger_credit_lots(p_moves ledger_move[]) RETURNS SETOF ledger_answer LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM unnest(p_moves) x, LATERAL (
      SELECT sum(t.points) AS points, min(t.points) AS least FROM jsonb_to_recordset(x.lots) AS t (points bigint)) t
    WHERE x.kind NOT IN ('earn', 'deposit', 'gift_in') OR (t.points = x.points AND t.least > 0) IS NOT true
  ) THEN
    RAISE EXCEPTION 'the lots of an earn or deposit have points that sum to its own' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY
  WITH m AS (
    SELECT x.*, b.posted, b.version, b.events, least(b.debt, x.points) AS paid, jsonb_array_length(x.lots) AS parts
    FROM unnest(p_moves) x CROSS JOIN LATERAL (SELECT * FROM ledger_balance y WHERE y.account_id = x.account_id OFFSET 0) b
    WHERE NOT x.is_closed AND b.posted + x.points <= 9000000000000000
  ), posting AS (
    INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                                shortfall, balance_after, data, occurred_at, recorded_at)
    SELECT m.public_id, m.brand_id, m.unit_id, m.account_id, m.kind, m.key, m.fingerprint, m.actor, m.reference, m.points,
           0, m.posted + m.points, m.data, m.at, now()
    FROM m ORDER BY m.n
    ON CONFLICT DO NOTHING RETURNING id, public_id
  ), done AS (
    SELECT p.id AS posting_id, m.* FROM posting p JOIN m USING (public_id)
  ), part AS (
    SELECT d.n, d.posting_id, t.place, t.points, coalesce(t.available_at, d.at) AS available_at, t.expires_at, coalesce(t.hops, 0) AS hops,
           (sum(t.points) OVER (PARTITION BY d.n ORDER BY t.place))::bigint AS run
    FROM done d CROSS JOIN LATERAL ROWS FROM (
      jsonb_to_recordset(d.lots) AS (points bigint, available_at timestamptz, expires_at timestamptz, hops int)
    ) WITH ORDINALITY AS t (points, available_at, expires_at, hops, place)
  ), balance AS (
    UPDATE ledger_balance b
    SET posted = b.posted + d.points, debt = b.debt - d.paid, earned = b.earned + d.points, events = b.events + 1,
        version = b.version + d.parts
    FROM done d WHERE b.account_id = d.account_id
  ), entry AS (
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, credit_after, credit_version,
                                    occurred_at, recorded_at)
    SELECT d.posting_id, d.unit_id, d.contra_id, d.account_id, t.points, d.posted + t.run, d.version + t.place, d.at, now()
    FROM done d JOIN part t USING (n) ORDER BY d.n, t.place RETURNING id, posting_id, credit_version
  ), lot AS (
    INSERT INTO ledger_lot (account_id, entry_id, posting_id, points, remaining, expired, returned, withdrawn, refunded,
                            granted_at, available_at, expires_at, hops)
    SELECT d.account_id, e.id, d.posting_id, t.points, least(greatest(t.run - d.paid, 0), t.points), 0, 0, 0, 0,
           d.at, t.available_at, t.expires_at, t.hops
    FROM done d JOIN part t USING (n) JOIN entry e ON e.posting_id = d.posting_id AND e.credit_version = d.version + t.place
    ORDER BY d.n, t.place RETURNING id, entry_id, points - remaining AS paid
  ), paid_debt AS (
    INSERT INTO ledger_lotuse (entry_id, lot_id, points) SELECT l.entry_id, l.id, l.paid FROM lot l WHERE l.paid > 0
  ), event AS (
    INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                               occurred_at)
    SELECT gen_random_uuid(), d.brand_id, ledger_event_type(d.kind), d.stream_id, d.events + 1, d.owner_id, d.program_id,
           d.posting_id, ledger_event_data(d.public_id, d.points, d.posted + d.points, d.reference), d.at
    FROM done d
  )
  SELECT d.n, 'posted', d.posting_id, d.public_id, d.kind, d.account_id, d.points, 0::bigint, d.posted + d.points,
         d.reference, d.actor, NULL::jsonb, d.at, now(), NULL::uuid, NULL::jsonb
  FROM done d;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_credit_lots(p_moves ledger_move[]) RETURNS SETOF ledger_answer LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM unnest(p_moves) x, LATERAL (
      SELECT sum(t.points) AS points, min(t.points) AS least FROM jsonb_to_recordset(x.lots) AS t (points bigint)) t
    WHERE x.kind NOT IN ('earn', 'deposit') OR (t.points = x.points AND t.least > 0) IS NOT true
  ) THEN
    RAISE EXCEPTION 'the lots of an earn or deposit have points that sum to its own' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY
  WITH m AS (
    SELECT x.*, b.posted, b.version, b.events, least(b.debt, x.points) AS paid, jsonb_array_length(x.lots) AS parts
    FROM unnest(p_moves) x CROSS JOIN LATERAL (SELECT * FROM ledger_balance y WHERE y.account_id = x.account_id OFFSET 0) b
    WHERE NOT x.is_closed AND b.posted + x.points <= 9000000000000000
  ), posting AS (
    INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                                shortfall, balance_after, data, occurred_at, recorded_at)
    SELECT m.public_id, m.brand_id, m.unit_id, m.account_id, m.kind, m.key, m.fingerprint, m.actor, m.reference, m.points,
           0, m.posted + m.points, m.data, m.at, now()
    FROM m ORDER BY m.n
    ON CONFLICT DO NOTHING RETURNING id, public_id
  ), done AS (
    SELECT p.id AS posting_id, m.* FROM posting p JOIN m USING (public_id)
  ), part AS (
    SELECT d.n, d.posting_id, t.place, t.points, coalesce(t.available_at, d.at) AS available_at, t.expires_at,
           (sum(t.points) OVER (PARTITION BY d.n ORDER BY t.place))::bigint AS run
    FROM done d CROSS JOIN LATERAL ROWS FROM (
      jsonb_to_recordset(d.lots) AS (points bigint, available_at timestamptz, expires_at timestamptz)
    ) WITH ORDINALITY AS t (points, available_at, expires_at, place)
  ), balance AS (
    UPDATE ledger_balance b
    SET posted = b.posted + d.points, debt = b.debt - d.paid, earned = b.earned + d.points, events = b.events + 1,
        version = b.version + d.parts
    FROM done d WHERE b.account_id = d.account_id
  ), entry AS (
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, credit_after, credit_version,
                                    occurred_at, recorded_at)
    SELECT d.posting_id, d.unit_id, d.contra_id, d.account_id, t.points, d.posted + t.run, d.version + t.place, d.at, now()
    FROM done d JOIN part t USING (n) ORDER BY d.n, t.place RETURNING id, posting_id, credit_version
  ), lot AS (
    INSERT INTO ledger_lot (account_id, entry_id, posting_id, points, remaining, expired, returned, withdrawn, refunded,
                            granted_at, available_at, expires_at)
    SELECT d.account_id, e.id, d.posting_id, t.points, least(greatest(t.run - d.paid, 0), t.points), 0, 0, 0, 0,
           d.at, t.available_at, t.expires_at
    FROM done d JOIN part t USING (n) JOIN entry e ON e.posting_id = d.posting_id AND e.credit_version = d.version + t.place
    ORDER BY d.n, t.place RETURNING id, entry_id, points - remaining AS paid
  ), paid_debt AS (
    INSERT INTO ledger_lotuse (entry_id, lot_id, points) SELECT l.entry_id, l.id, l.paid FROM lot l WHERE l.paid > 0
  ), event AS (
    INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                               occurred_at)
    SELECT gen_random_uuid(), d.brand_id, ledger_event_type(d.kind), d.stream_id, d.events + 1, d.owner_id, d.program_id,
           d.posting_id, ledger_event_data(d.public_id, d.points, d.posted + d.points, d.reference), d.at
    FROM done d
  )
  SELECT d.n, 'posted', d.posting_id, d.public_id, d.kind, d.account_id, d.points, 0::bigint, d.posted + d.points,
         d.reference, d.actor, NULL::jsonb, d.at, now(), NULL::uuid, NULL::jsonb
  FROM done d;
END $$;
