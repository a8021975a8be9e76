-- Moves points through the ledger's door and writes the purchases of those that moved, in one statement.
CREATE FUNCTION programs_post_purchases(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
  WITH posted AS MATERIALIZED (
    SELECT * FROM ledger_post(p_moves, p_together)
  ), written AS (
    insert into programs_purchase (id, program_id, member_id, reference, amount_minor, currency, refunded_minor, items,
                                   tenders, location_id, source, metadata, occurred_at)
    select posted.public_id, r.program_id, r.member_id, r.reference, r.amount_minor, r.currency, 0, r.items,
           r.tenders, r.location_id, r.source, r.metadata, r.occurred_at
    from jsonb_to_recordset(p_rows) as r (
      n int, program_id uuid, member_id uuid, reference text, amount_minor bigint, currency text, items jsonb,
      tenders jsonb, location_id text, source text, metadata jsonb, occurred_at timestamptz)
    join posted on posted.n = r.n and posted.outcome = 'posted'
  )
  SELECT * FROM posted;
END $$;

-- Moves points through the ledger's door and writes the returns of those that moved, in one statement.
CREATE FUNCTION programs_post_returns(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
  WITH posted AS MATERIALIZED (
    SELECT * FROM ledger_post(p_moves, p_together)
  ), written AS (
    insert into programs_return (id, program_id, member_id, purchase_id, reference, amount_minor, currency, items,
                                 occurred_at)
    select posted.public_id, r.program_id, r.member_id, r.purchase_id, r.reference, r.amount_minor, r.currency, r.items,
           r.at
    from jsonb_to_recordset(p_rows) as r (
      n int, program_id uuid, member_id uuid, purchase_id uuid, reference text, amount_minor bigint, currency text,
      items jsonb, at timestamptz)
    join posted on posted.n = r.n and posted.outcome = 'posted'
  )
  SELECT * FROM posted;
END $$;
-- reverse
DROP FUNCTION programs_post_returns(jsonb, boolean, jsonb);
DROP FUNCTION programs_post_purchases(jsonb, boolean, jsonb);
