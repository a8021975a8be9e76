-- As before; but whether something lapsed is asked of the index alone, however many lots an account has open.
CREATE OR REPLACE FUNCTION ledger_expire(p_moves ledger_move[], p_not_before timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH due AS (
    SELECT l.id, l.account_id, least(l.expires_at, m.at) AS expires_at, l.remaining,
           m.unit_id, m.brand_id, m.owner_id, m.stream_id, m.program_id
    FROM unnest(p_moves) m CROSS JOIN LATERAL (
      SELECT * FROM ledger_lot y WHERE y.account_id = m.account_id AND y.is_open AND y.expires_at <= m.at
      UNION ALL
      SELECT * FROM ledger_lot y WHERE y.account_id = m.account_id AND y.is_open AND m.policy = 'forfeit'
        AND (y.expires_at > m.at OR y.expires_at IS NULL)) l
  ), heap AS (
    SELECT d.account_id, d.expires_at, d.unit_id, d.brand_id, d.owner_id, d.stream_id, d.program_id,
           sum(d.remaining)::bigint AS points,
           (sum(sum(d.remaining)) OVER w)::bigint AS run, row_number() OVER w AS k, gen_random_uuid() AS public_id,
           greatest(d.expires_at, p_not_before) AS at
    FROM due d GROUP BY 1, 2, 3, 4, 5, 6, 7 WINDOW w AS (PARTITION BY d.account_id ORDER BY d.expires_at)
  ), posting AS (
    INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                                shortfall, balance_after, data, occurred_at, recorded_at)
    SELECT h.public_id, h.brand_id, h.unit_id, h.account_id, 'expire', 'expire:' || h.public_id, '', 'system:expiry', '',
           -h.points, 0, b.posted - h.run, '{}', h.at, now()
    FROM heap h JOIN ledger_balance b USING (account_id) ORDER BY h.account_id, h.k
    RETURNING id, public_id
  ), entry AS (
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, debit_after, debit_version,
                                    occurred_at, recorded_at)
    SELECT p.id, h.unit_id, h.account_id, c.id, h.points, b.posted - h.run, b.version + h.k, h.at, now()
    FROM heap h JOIN posting p USING (public_id) JOIN ledger_balance b USING (account_id)
    JOIN ledger_account c ON c.unit_id = h.unit_id AND c.kind = 'breakage'
    RETURNING id, posting_id
  ), event AS (
    INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                               occurred_at)
    SELECT gen_random_uuid(), h.brand_id, 'points.expired', h.stream_id, b.events + h.k, h.owner_id, h.program_id, p.id,
           jsonb_build_object('transaction_id', h.public_id, 'points', -h.points, 'balance_after', b.posted - h.run), h.at
    FROM heap h JOIN posting p USING (public_id) JOIN ledger_balance b USING (account_id)
  ), emptied AS (
    UPDATE ledger_lot l SET remaining = 0, expired = l.expired + d.remaining FROM due d WHERE l.id = d.id
  ), used AS (
    INSERT INTO ledger_lotuse (entry_id, lot_id, points)
    SELECT e.id, d.id, d.remaining
    FROM due d JOIN heap h USING (account_id, expires_at) JOIN posting p USING (public_id) JOIN entry e ON e.posting_id = p.id
  )
  UPDATE ledger_balance b SET posted = b.posted - t.points, version = b.version + t.n, events = b.events + t.n
  FROM (SELECT h.account_id, sum(h.points)::bigint AS points, count(*) AS n FROM heap h GROUP BY 1) t
  WHERE b.account_id = t.account_id;
END $$;

CREATE OR REPLACE FUNCTION ledger_lapse(p_moves ledger_move[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE m ledger_move; o ledger_posting; h record;
BEGIN
  IF EXISTS (SELECT FROM unnest(p_moves) x, LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.account_id AND b.held > 0 OFFSET 0) b) THEN
    FOREACH m IN ARRAY p_moves LOOP
      FOR h IN SELECT p.id, p.public_id, hold.expires_at FROM ledger_hold hold JOIN ledger_posting p ON p.id = hold.posting_id
               WHERE hold.account_id = m.account_id AND hold.expires_at <= m.at
                 AND NOT EXISTS (SELECT FROM ledger_holdresolution r WHERE r.hold_id = hold.id)
                 AND (m.kind NOT IN ('capture', 'release') OR p.public_id <> m.target)
               ORDER BY hold.expires_at, hold.id
      LOOP
        SELECT * INTO STRICT o FROM ledger_posting WHERE id = h.id;
        -- What lapsed before the hold's end is dated then, and not swept up with what the hold gives back.
        m.at := h.expires_at; m.policy := 'debt';
        PERFORM ledger_expire(ARRAY[m], '-infinity');
        m.kind := 'release'; m.public_id := gen_random_uuid(); m.key := 'lapse:' || h.public_id; m.fingerprint := '';
        m.actor := 'system:holds'; m.target := h.public_id; m.reference := ''; m.data := '{}';
        PERFORM ledger_resolve_hold(m, o);
      END LOOP;
    END LOOP;
  END IF;
  IF EXISTS (SELECT FROM unnest(p_moves) x, LATERAL (SELECT FROM ledger_lot l WHERE l.account_id = x.account_id AND l.is_open
               AND l.expires_at <= x.at LIMIT 1) l) OR EXISTS (SELECT FROM unnest(p_moves) x WHERE x.policy = 'forfeit') THEN
    PERFORM ledger_expire(p_moves, '-infinity');
  END IF;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_expire(p_moves ledger_move[], p_not_before timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH due AS (
    SELECT l.id, l.account_id, least(l.expires_at, m.at) AS expires_at, l.remaining,
           m.unit_id, m.brand_id, m.owner_id, m.stream_id, m.program_id
    FROM unnest(p_moves) m CROSS JOIN LATERAL (
      SELECT * FROM ledger_lot y WHERE y.account_id = m.account_id AND y.is_open
        AND (y.expires_at <= m.at OR m.policy = 'forfeit') OFFSET 0) l
  ), heap AS (
    SELECT d.account_id, d.expires_at, d.unit_id, d.brand_id, d.owner_id, d.stream_id, d.program_id,
           sum(d.remaining)::bigint AS points,
           (sum(sum(d.remaining)) OVER w)::bigint AS run, row_number() OVER w AS k, gen_random_uuid() AS public_id,
           greatest(d.expires_at, p_not_before) AS at
    FROM due d GROUP BY 1, 2, 3, 4, 5, 6, 7 WINDOW w AS (PARTITION BY d.account_id ORDER BY d.expires_at)
  ), posting AS (
    INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                                shortfall, balance_after, data, occurred_at, recorded_at)
    SELECT h.public_id, h.brand_id, h.unit_id, h.account_id, 'expire', 'expire:' || h.public_id, '', 'system:expiry', '',
           -h.points, 0, b.posted - h.run, '{}', h.at, now()
    FROM heap h JOIN ledger_balance b USING (account_id) ORDER BY h.account_id, h.k
    RETURNING id, public_id
  ), entry AS (
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, debit_after, debit_version,
                                    occurred_at, recorded_at)
    SELECT p.id, h.unit_id, h.account_id, c.id, h.points, b.posted - h.run, b.version + h.k, h.at, now()
    FROM heap h JOIN posting p USING (public_id) JOIN ledger_balance b USING (account_id)
    JOIN ledger_account c ON c.unit_id = h.unit_id AND c.kind = 'breakage'
    RETURNING id, posting_id
  ), event AS (
    INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                               occurred_at)
    SELECT gen_random_uuid(), h.brand_id, 'points.expired', h.stream_id, b.events + h.k, h.owner_id, h.program_id, p.id,
           jsonb_build_object('transaction_id', h.public_id, 'points', -h.points, 'balance_after', b.posted - h.run), h.at
    FROM heap h JOIN posting p USING (public_id) JOIN ledger_balance b USING (account_id)
  ), emptied AS (
    UPDATE ledger_lot l SET remaining = 0, expired = l.expired + d.remaining FROM due d WHERE l.id = d.id
  ), used AS (
    INSERT INTO ledger_lotuse (entry_id, lot_id, points)
    SELECT e.id, d.id, d.remaining
    FROM due d JOIN heap h USING (account_id, expires_at) JOIN posting p USING (public_id) JOIN entry e ON e.posting_id = p.id
  )
  UPDATE ledger_balance b SET posted = b.posted - t.points, version = b.version + t.n, events = b.events + t.n
  FROM (SELECT h.account_id, sum(h.points)::bigint AS points, count(*) AS n FROM heap h GROUP BY 1) t
  WHERE b.account_id = t.account_id;
END $$;

CREATE OR REPLACE FUNCTION ledger_lapse(p_moves ledger_move[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE m ledger_move; o ledger_posting; h record;
BEGIN
  IF EXISTS (SELECT FROM unnest(p_moves) x, LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.account_id AND b.held > 0 OFFSET 0) b) THEN
    FOREACH m IN ARRAY p_moves LOOP
      FOR h IN SELECT p.id, p.public_id, hold.expires_at FROM ledger_hold hold JOIN ledger_posting p ON p.id = hold.posting_id
               WHERE hold.account_id = m.account_id AND hold.expires_at <= m.at
                 AND NOT EXISTS (SELECT FROM ledger_holdresolution r WHERE r.hold_id = hold.id)
                 AND (m.kind NOT IN ('capture', 'release') OR p.public_id <> m.target)
               ORDER BY hold.expires_at, hold.id
      LOOP
        SELECT * INTO STRICT o FROM ledger_posting WHERE id = h.id;
        -- What lapsed before the hold's end is dated then, and not swept up with what the hold gives back.
        m.at := h.expires_at; m.policy := 'debt';
        PERFORM ledger_expire(ARRAY[m], '-infinity');
        m.kind := 'release'; m.public_id := gen_random_uuid(); m.key := 'lapse:' || h.public_id; m.fingerprint := '';
        m.actor := 'system:holds'; m.target := h.public_id; m.reference := ''; m.data := '{}';
        PERFORM ledger_resolve_hold(m, o);
      END LOOP;
    END LOOP;
  END IF;
  IF EXISTS (SELECT FROM unnest(p_moves) x, LATERAL (SELECT FROM ledger_lot l WHERE l.account_id = x.account_id AND l.is_open
               AND (l.expires_at <= x.at OR x.policy = 'forfeit') LIMIT 1) l) THEN
    PERFORM ledger_expire(p_moves, '-infinity');
  END IF;
END $$;
