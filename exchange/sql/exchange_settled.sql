-- What happened to exchanges, each of the rows {"id": exchange, "type": event, "data": {...}}; no exchange twice. The caller holds
-- their rows, so that none of their events can get between.
CREATE FUNCTION exchange_tell(p_rows jsonb, p_at timestamptz) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
  WITH told AS MATERIALIZED (
    SELECT x.id, x.member_id, x.from_program_id, x.to_program_id, p.brand_id, r.type,
           jsonb_build_object('exchange_id', x.id, 'from_program_id', x.from_program_id, 'to_program_id', x.to_program_id,
                              'from_amount', x.from_amount, 'to_amount', x.to_amount, 'fee', x.fee) || coalesce(r.data, '{}') AS data
    FROM jsonb_to_recordset(p_rows) AS r (id uuid, type text, data jsonb)
    CROSS JOIN LATERAL (SELECT * FROM exchange_exchange y WHERE y.id = r.id OFFSET 0) x
    CROSS JOIN LATERAL (SELECT y.brand_id FROM programs_program y WHERE y.id = x.from_program_id OFFSET 0) p
  ), stream AS (
    INSERT INTO loyalty_eventstream AS s (aggregate_id, last_sequence)
    SELECT t.id, coalesce((SELECT e.sequence FROM loyalty_event e WHERE e.aggregate_id = t.id ORDER BY e.sequence DESC LIMIT 1), 0) + 1
    FROM told t ORDER BY t.id
    ON CONFLICT (aggregate_id) DO UPDATE SET last_sequence = s.last_sequence + 1
    RETURNING aggregate_id, last_sequence
  )
  INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
  SELECT gen_random_uuid(), t.brand_id, t.type, t.id, s.last_sequence, t.member_id, t.from_program_id, t.data, p_at
  FROM told t JOIN stream s ON s.aggregate_id = t.id ORDER BY t.id;
END $$;

-- Exchanges that failed count no more for the day, as far as their terms made them count: first the members', then those of all.
CREATE FUNCTION exchange_give_back(p_ids uuid[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE u record;
BEGIN
  FOR u IN
    SELECT x.from_program_id, x.to_program_id, x.day, m.member_id, sum(x.from_amount)::bigint AS points
    FROM exchange_exchange x JOIN exchange_rate r ON r.id = x.terms_id
    CROSS JOIN LATERAL (SELECT x.member_id WHERE r.member_daily_max IS NOT NULL UNION ALL SELECT NULL WHERE r.pair_daily_max IS NOT NULL) m
    WHERE x.id = ANY (p_ids) GROUP BY 1, 2, 3, 4 ORDER BY 4 NULLS LAST, 1, 2, 3
  LOOP
    IF u.member_id IS NULL THEN
      UPDATE exchange_dayusage d SET points = d.points - u.points
      WHERE d.from_program_id = u.from_program_id AND d.to_program_id = u.to_program_id AND d.day = u.day AND d.member_id IS NULL;
    ELSE
      UPDATE exchange_dayusage d SET points = d.points - u.points
      WHERE d.from_program_id = u.from_program_id AND d.to_program_id = u.to_program_id AND d.day = u.day AND d.member_id = u.member_id;
    END IF;
  END LOOP;
END $$;

-- Moves the points of exchanges and writes what became of them, in one statement: all of it or nothing. A row is
-- {"id", "at", "out": n, "in": n} for one whose legs are these moves, or {"id", "at", "failure"}. Locked are, in this order, the
-- exchanges (by the caller), balances, the days' usage, and last, where points come out of a pool, the agreements.
CREATE FUNCTION exchange_settled(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE posted ledger_answer[] := '{}'; changed int; failed uuid[]; told jsonb; moment timestamptz;
BEGIN
  IF jsonb_array_length(p_moves) > 0 THEN
    posted := ARRAY(SELECT a FROM ledger_post(p_moves, p_together) a);
  END IF;
  WITH r AS MATERIALIZED (
    SELECT r.id, r.at, coalesce(r.failure, '') AS failure, o.public_id AS out_id, i.public_id AS in_id
    FROM jsonb_to_recordset(p_rows) AS r (id uuid, at timestamptz, failure text, "out" int, "in" int)
    LEFT JOIN unnest(posted) o ON o.n = r."out" LEFT JOIN unnest(posted) i ON i.n = r."in"
  ), done AS (
    UPDATE exchange_exchange x
    SET status = CASE r.failure WHEN '' THEN 'completed' ELSE 'failed' END, failure = r.failure, out_id = r.out_id, in_id = r.in_id,
        completed_at = r.at, next_attempt_at = NULL, is_dead = false
    FROM r WHERE x.id = r.id AND x.status IN ('pending', 'processing') RETURNING x.id, x.failure, x.out_id, x.in_id, x.completed_at
  )
  SELECT count(*), array_agg(d.id) FILTER (WHERE d.failure <> ''), max(d.completed_at),
         jsonb_agg(jsonb_build_object(
           'id', d.id, 'type', CASE d.failure WHEN '' THEN 'exchange.completed' ELSE 'exchange.failed' END,
           'data', CASE d.failure WHEN '' THEN jsonb_build_object('out_id', d.out_id, 'in_id', d.in_id)
                   ELSE jsonb_build_object('failure', d.failure) END))
  INTO changed, failed, moment, told FROM done d;
  IF changed <> jsonb_array_length(p_rows) THEN
    RAISE EXCEPTION 'an exchange has ended already' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'exchanges_end_once';
  END IF;
  PERFORM exchange_tell(told, moment);
  IF failed IS NOT NULL THEN
    PERFORM exchange_give_back(failed);
  END IF;
  -- One update for each agreement; which ones is known by then, and they are locked in one order.
  IF p_rows @? '$[*].pool' THEN
    PERFORM FROM exchange_agreement a WHERE a.id IN (SELECT (r ->> 'pool')::uuid FROM jsonb_array_elements(p_rows) r) ORDER BY a.id FOR UPDATE;
    UPDATE exchange_agreement a SET pool_points = a.pool_points - u.points
    FROM (SELECT r.pool, sum(x.to_amount)::bigint AS points
          FROM jsonb_to_recordset(p_rows) AS r (id uuid, pool uuid) JOIN exchange_exchange x ON x.id = r.id
          WHERE r.pool IS NOT NULL GROUP BY r.pool) u
    WHERE a.id = u.pool;
  END IF;
  RETURN QUERY SELECT a.* FROM unnest(posted) a;
END $$;
-- reverse
DROP FUNCTION exchange_settled(jsonb, boolean, jsonb);
DROP FUNCTION exchange_give_back(uuid[]);
DROP FUNCTION exchange_tell(jsonb, timestamptz);
