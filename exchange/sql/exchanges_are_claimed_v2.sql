-- The exchanges of a lane that can be settled now, or those of p_ids that still can, locked until the transaction ends: the
-- oldest of each member, for a member's exchanges keep their order. What another worker or somebody who cancels has in hand is
-- left to them. One that waits for its next attempt holds up its member; one that was given up on after too many does not.
-- Answers, as JSON, what deciding needs: the programs, the agreements with a pool, and a row for each exchange in order. Points come
-- out of the pool of the agreement under which they were asked for, the newest that had begun by then, also once it has ended.
CREATE OR REPLACE FUNCTION exchange_claim(p_lane int, p_ids uuid[], p_limit int, p_now timestamptz) RETURNS json LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $$
DECLARE mine uuid[] := p_ids; width int := p_limit * 4; seen int;
BEGIN
  -- Whoever asks for very many exchanges keeps others of the lane waiting no longer than it takes to look past them.
  WHILE mine IS NULL LOOP
    WITH first AS MATERIALIZED (
      SELECT x.id, x.member_id FROM exchange_exchange x
      WHERE x.lane = p_lane AND x.status IN ('pending', 'processing') AND NOT x.is_dead
        AND (x.next_attempt_at IS NULL OR x.next_attempt_at <= p_now)
      ORDER BY x.id LIMIT width
    ), oldest AS (
      SELECT DISTINCT ON (f.member_id) f.id FROM first f
      WHERE f.member_id NOT IN (
        SELECT y.member_id FROM exchange_exchange y
        WHERE y.lane = p_lane AND y.status IN ('pending', 'processing') AND NOT y.is_dead
          AND y.next_attempt_at IS NOT NULL AND y.next_attempt_at > p_now)
      ORDER BY f.member_id, f.id
    )
    SELECT ARRAY(SELECT o.id FROM oldest o ORDER BY o.id LIMIT p_limit), (SELECT count(*) FROM first) INTO mine, seen;
    IF seen = width AND cardinality(mine) * 8 < p_limit THEN
      mine := NULL; width := width * 16;
    END IF;
  END LOOP;
  mine := ARRAY(SELECT x.id FROM exchange_exchange x
                WHERE x.id = ANY (mine) AND x.status IN ('pending', 'processing') AND NOT x.is_dead
                ORDER BY x.id FOR UPDATE SKIP LOCKED);
  RETURN (
    WITH row AS MATERIALIZED (
      SELECT x.*, r.pending_hours, r.member_daily_max IS NOT NULL AS counts_for_member, r.pair_daily_max IS NOT NULL AS counts_for_pair,
             f.status AS from_status, t.status AS to_status, h.is_open AS hold_is_open, coalesce(h.hops, 0) AS hops, g.id AS agreement_id
      FROM unnest(mine) i
      CROSS JOIN LATERAL (SELECT * FROM exchange_exchange y WHERE y.id = i OFFSET 0) x
      CROSS JOIN LATERAL (SELECT * FROM exchange_rate y WHERE y.id = x.terms_id OFFSET 0) r
      LEFT JOIN LATERAL (SELECT y.status FROM programs_membership y WHERE y.account_id = x.from_account_id OFFSET 0) f ON true
      LEFT JOIN LATERAL (SELECT y.status FROM programs_membership y WHERE y.account_id = x.to_account_id OFFSET 0) t ON true
      LEFT JOIN LATERAL (
        SELECT NOT EXISTS (SELECT FROM ledger_holdresolution z WHERE z.hold_id = o.id) AS is_open,
               (SELECT max(l.hops) FROM ledger_ledgerentry e JOIN ledger_lotuse u ON u.entry_id = e.id
                JOIN ledger_lot l ON l.id = u.lot_id WHERE e.posting_id = p.id) AS hops
        FROM ledger_posting p JOIN ledger_hold o ON o.posting_id = p.id WHERE p.public_id = x.hold_id OFFSET 0) h ON true
      LEFT JOIN LATERAL (
        SELECT a.id FROM (
          SELECT y.id, y.is_prefunded FROM exchange_agreement y
          WHERE y.from_program_id = x.from_program_id AND y.to_program_id = x.to_program_id AND y.active_since IS NOT NULL
          ORDER BY y.active_since <= x.created_at DESC, y.active_since DESC LIMIT 1) a
        WHERE a.is_prefunded) g ON true
    )
    SELECT json_build_object(
      'programs', (
        SELECT json_agg(json_build_object(
          'id', p.id, 'status', p.status, 'timezone', p.timezone, 'pending_days', p.pending_days, 'pending_until', p.pending_until,
          'expiry_kind', p.expiry_kind, 'expiry_months', p.expiry_months, 'expiry_dates', p.expiry_dates))
        FROM programs_program p WHERE p.id IN (SELECT x.from_program_id FROM row x UNION SELECT x.to_program_id FROM row x)),
      'pools', (
        SELECT json_object_agg(a.id, a.pool_points) FROM exchange_agreement a WHERE a.id IN (SELECT x.agreement_id FROM row x)),
      'rows', (
        SELECT json_agg(json_build_object(
          'id', x.id, 'from_program_id', x.from_program_id, 'to_program_id', x.to_program_id, 'from_account_id', x.from_account_id,
          'to_account_id', x.to_account_id, 'from_amount', x.from_amount, 'to_amount', x.to_amount, 'hold_id', x.hold_id,
          'hold_is_open', coalesce(x.hold_is_open, false), 'hops', x.hops, 'pending_hours', x.pending_hours,
          'from_status', coalesce(x.from_status, 'closed'), 'to_status', coalesce(x.to_status, 'closed'), 'attempts', x.attempts,
          'agreement_id', x.agreement_id) ORDER BY x.id) FROM row x)));
END $$;
-- reverse
CREATE OR REPLACE FUNCTION exchange_claim(p_lane int, p_ids uuid[], p_limit int, p_now timestamptz) RETURNS json LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $$
DECLARE mine uuid[] := p_ids; width int := p_limit * 4; seen int;
BEGIN
  -- Whoever asks for very many exchanges keeps others of the lane waiting no longer than it takes to look past them.
  WHILE mine IS NULL LOOP
    WITH first AS MATERIALIZED (
      SELECT x.id, x.member_id FROM exchange_exchange x
      WHERE x.lane = p_lane AND x.status IN ('pending', 'processing') AND NOT x.is_dead
        AND (x.next_attempt_at IS NULL OR x.next_attempt_at <= p_now)
      ORDER BY x.id LIMIT width
    ), oldest AS (
      SELECT DISTINCT ON (f.member_id) f.id FROM first f
      WHERE f.member_id NOT IN (
        SELECT y.member_id FROM exchange_exchange y
        WHERE y.lane = p_lane AND y.status IN ('pending', 'processing') AND NOT y.is_dead
          AND y.next_attempt_at IS NOT NULL AND y.next_attempt_at > p_now)
      ORDER BY f.member_id, f.id
    )
    SELECT ARRAY(SELECT o.id FROM oldest o ORDER BY o.id LIMIT p_limit), (SELECT count(*) FROM first) INTO mine, seen;
    IF seen = width AND cardinality(mine) * 8 < p_limit THEN
      mine := NULL; width := width * 16;
    END IF;
  END LOOP;
  mine := ARRAY(SELECT x.id FROM exchange_exchange x
                WHERE x.id = ANY (mine) AND x.status IN ('pending', 'processing') AND NOT x.is_dead
                ORDER BY x.id FOR UPDATE SKIP LOCKED);
  RETURN (
    WITH row AS MATERIALIZED (
      SELECT x.*, r.pending_hours, r.member_daily_max IS NOT NULL AS counts_for_member, r.pair_daily_max IS NOT NULL AS counts_for_pair,
             f.status AS from_status, t.status AS to_status, h.is_open AS hold_is_open, coalesce(h.hops, 0) AS hops, g.id AS agreement_id
      FROM unnest(mine) i
      CROSS JOIN LATERAL (SELECT * FROM exchange_exchange y WHERE y.id = i OFFSET 0) x
      CROSS JOIN LATERAL (SELECT * FROM exchange_rate y WHERE y.id = x.terms_id OFFSET 0) r
      LEFT JOIN LATERAL (SELECT y.status FROM programs_membership y WHERE y.account_id = x.from_account_id OFFSET 0) f ON true
      LEFT JOIN LATERAL (SELECT y.status FROM programs_membership y WHERE y.account_id = x.to_account_id OFFSET 0) t ON true
      LEFT JOIN LATERAL (
        SELECT NOT EXISTS (SELECT FROM ledger_holdresolution z WHERE z.hold_id = o.id) AS is_open,
               (SELECT max(l.hops) FROM ledger_ledgerentry e JOIN ledger_lotuse u ON u.entry_id = e.id
                JOIN ledger_lot l ON l.id = u.lot_id WHERE e.posting_id = p.id) AS hops
        FROM ledger_posting p JOIN ledger_hold o ON o.posting_id = p.id WHERE p.public_id = x.hold_id OFFSET 0) h ON true
      LEFT JOIN LATERAL (
        SELECT y.id FROM exchange_agreement y WHERE y.from_program_id = x.from_program_id AND y.to_program_id = x.to_program_id
          AND y.status <> 'ended' AND y.is_prefunded OFFSET 0) g ON true
    )
    SELECT json_build_object(
      'programs', (
        SELECT json_agg(json_build_object(
          'id', p.id, 'status', p.status, 'timezone', p.timezone, 'pending_days', p.pending_days, 'pending_until', p.pending_until,
          'expiry_kind', p.expiry_kind, 'expiry_months', p.expiry_months, 'expiry_dates', p.expiry_dates))
        FROM programs_program p WHERE p.id IN (SELECT x.from_program_id FROM row x UNION SELECT x.to_program_id FROM row x)),
      'pools', (
        SELECT json_object_agg(a.id, a.pool_points) FROM exchange_agreement a WHERE a.id IN (SELECT x.agreement_id FROM row x)),
      'rows', (
        SELECT json_agg(json_build_object(
          'id', x.id, 'from_program_id', x.from_program_id, 'to_program_id', x.to_program_id, 'from_account_id', x.from_account_id,
          'to_account_id', x.to_account_id, 'from_amount', x.from_amount, 'to_amount', x.to_amount, 'hold_id', x.hold_id,
          'hold_is_open', coalesce(x.hold_is_open, false), 'hops', x.hops, 'pending_hours', x.pending_hours,
          'from_status', coalesce(x.from_status, 'closed'), 'to_status', coalesce(x.to_status, 'closed'), 'attempts', x.attempts,
          'agreement_id', x.agreement_id) ORDER BY x.id) FROM row x)));
END $$;
