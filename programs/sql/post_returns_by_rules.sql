-- Takes points back through the ledger's door and, with those that were taken, what hangs on them: how much of the purchase has come
-- back, points that others got for it (parts), what limits counted (counters), and the tier. Accounts are locked first, then counters, those of all
-- members last.
CREATE FUNCTION programs_take_back(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE parts int[] := '{}'; posted ledger_answer[]; done int[]; accounts bigint[];
BEGIN
  IF p_rows @? '$[*] ? (exists(@.parts))' THEN
    SELECT coalesce(array_agg(part::int), '{}') INTO parts FROM jsonb_array_elements(p_rows) r, jsonb_array_elements_text(r -> 'parts') part
    WHERE jsonb_typeof(r -> 'parts') = 'array';
    PERFORM FROM (SELECT DISTINCT (m ->> 'account_id')::bigint AS id FROM jsonb_array_elements(p_moves) m ORDER BY 1) x
    CROSS JOIN LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.id FOR UPDATE) b;
    posted := ARRAY(SELECT a FROM (
      SELECT jsonb_agg(m ORDER BY (m ->> 'n')::int) AS moves FROM jsonb_array_elements(p_moves) m
      WHERE (m ->> 'n')::int <> ALL (parts)) x, LATERAL ledger_post(x.moves, p_together) a);
    posted := posted || ARRAY(SELECT a FROM (
      SELECT jsonb_agg(m ORDER BY (m ->> 'n')::int) AS moves FROM jsonb_array_elements(p_moves) m
      WHERE (m ->> 'n')::int IN (
        SELECT part::int FROM unnest(posted) a JOIN jsonb_array_elements(p_rows) r ON (r ->> 'n')::int = a.n AND a.outcome = 'posted',
               jsonb_array_elements_text(r -> 'parts') part WHERE jsonb_typeof(r -> 'parts') = 'array')) x,
      LATERAL ledger_post(x.moves, false) a WHERE x.moves IS NOT NULL);
  ELSE
    posted := ARRAY(SELECT a FROM ledger_post(p_moves, p_together) a);
  END IF;
  done := ARRAY(SELECT a.n FROM unnest(posted) a WHERE a.outcome = 'posted');
  UPDATE programs_purchase u SET refunded_minor = (r ->> 'refunded_minor')::bigint
  FROM jsonb_array_elements(p_rows) r
  WHERE u.id = (r ->> 'purchase_id')::uuid AND (r ->> 'n')::int = ANY (done) AND jsonb_typeof(r -> 'refunded_minor') = 'number';
  IF p_rows @? '$[*] ? (exists(@.counters))' THEN
    PERFORM FROM programs_limitcounter k
    WHERE (k.program_id, k.scope, k.owner, k.subject, k.period, k.since) IN (
      SELECT c.program_id, c.scope, c.owner, c.subject, c.period, c.since FROM programs_counted(p_rows) c WHERE c.n = ANY (done))
    ORDER BY k.subject = '', k.program_id, k.subject, k.since, k.owner, k.scope, k.period FOR UPDATE;
    PERFORM programs_count(p_rows, done, -1);
  END IF;
  IF p_rows @? '$[*] ? (@.has_tiers == true)' THEN
    SELECT array_agg(DISTINCT a.account_id) INTO accounts FROM jsonb_array_elements(p_rows) r
    CROSS JOIN LATERAL (SELECT (r ->> 'n')::int AS n UNION ALL SELECT part::int FROM jsonb_array_elements_text(r -> 'parts') part) o
    JOIN unnest(posted) a ON a.n = o.n WHERE a.outcome = 'posted' AND (r ->> 'has_tiers')::boolean;
    IF accounts IS NOT NULL THEN
      PERFORM programs_lower_tiers(accounts, (SELECT max(a.occurred_at) FROM unnest(posted) a));
    END IF;
  END IF;
  RETURN QUERY SELECT a.* FROM unnest(posted) a;
END $$;

-- The same, and writes the returns of those that moved, in one statement.
DROP FUNCTION programs_post_returns(jsonb, boolean, jsonb);
CREATE FUNCTION programs_post_returns(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE posted ledger_answer[]; returns uuid[];
BEGIN
  posted := ARRAY(SELECT a FROM programs_take_back(p_moves, p_together, p_rows) a);
  WITH written AS (
    INSERT INTO programs_return (id, program_id, member_id, purchase_id, reference, amount_minor, currency, items, occurred_at)
    SELECT a.public_id, r.program_id, r.member_id, r.purchase_id, r.reference, r.amount_minor, r.currency, r.items, r.at
    FROM jsonb_to_recordset(p_rows) AS r (
      n int, program_id uuid, member_id uuid, purchase_id uuid, reference text, amount_minor bigint, currency text,
      items jsonb, at timestamptz)
    JOIN unnest(posted) a ON a.n = r.n AND a.outcome = 'posted'
    RETURNING id, purchase_id
  )
  SELECT array_agg(w.id) FILTER (WHERE w.purchase_id IS NOT NULL) INTO returns FROM written w;
  IF returns IS NOT NULL THEN
    PERFORM programs_pass_on_returns(returns);
  END IF;
  RETURN QUERY SELECT a.* FROM unnest(posted) a;
END $$;

-- Reverses purchases, in one statement.
CREATE FUNCTION programs_post_reversals(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE posted ledger_answer[];
BEGIN
  posted := ARRAY(SELECT a FROM programs_take_back(p_moves, p_together, p_rows) a);
  PERFORM programs_pass_on_reversals(ARRAY(
    SELECT (r ->> 'purchase_id')::uuid FROM jsonb_array_elements(p_rows) r
    JOIN unnest(posted) a ON a.n = (r ->> 'n')::int AND a.outcome = 'posted'));
  RETURN QUERY SELECT a.* FROM unnest(posted) a;
END $$;
-- reverse
DROP FUNCTION programs_post_reversals(jsonb, boolean, jsonb);
DROP FUNCTION programs_post_returns(jsonb, boolean, jsonb);
DROP FUNCTION programs_take_back(jsonb, boolean, jsonb);
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
