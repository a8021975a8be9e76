-- What happened to exchanges, each of the rows {"id": exchange, "type": event, "data": {...}}; no exchange twice. The caller holds
-- their rows, so that none of their events can get between.
-- The number of the last event stands with its stream, for good; nobody looks through the log for it.
CREATE OR REPLACE FUNCTION exchange_tell(p_rows jsonb, p_at timestamptz) RETURNS void LANGUAGE plpgsql
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
    SELECT t.id, 1 FROM told t ORDER BY t.id
    ON CONFLICT (aggregate_id) DO UPDATE SET last_sequence = s.last_sequence + 1
    RETURNING aggregate_id, last_sequence
  )
  INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
  SELECT gen_random_uuid(), t.brand_id, t.type, t.id, s.last_sequence, t.member_id, t.from_program_id, t.data, p_at
  FROM told t JOIN stream s ON s.aggregate_id = t.id ORDER BY t.id;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION exchange_tell(p_rows jsonb, p_at timestamptz) RETURNS void LANGUAGE plpgsql
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
