-- Moves the points of what was decided through the ledger's door.
-- A row may say what its decision rests on: counters (what it adds to each, and how much there may be at most) and how many
-- orders came before. Accounts are locked first, in order, then counters, those of all members last; what does not hold any
-- more is answered "limits-moved" and nothing of it is done. Parts are moves that stand and fall with a row: points for
-- somebody else than the member.
CREATE FUNCTION programs_post_decided(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE held int[]; parts int[]; posted ledger_answer[]; undone int[];
BEGIN
  SELECT coalesce(array_agg(part::int), '{}') INTO parts FROM jsonb_array_elements(p_rows) r, jsonb_array_elements_text(r -> 'parts') part
  WHERE jsonb_typeof(r -> 'parts') = 'array';
  PERFORM FROM (SELECT DISTINCT (m ->> 'account_id')::bigint AS id FROM jsonb_array_elements(p_moves) m ORDER BY 1) x
  CROSS JOIN LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.id FOR UPDATE) b;
  held := programs_held_up(p_rows);
  posted := ARRAY(SELECT a FROM (
    SELECT jsonb_agg(m ORDER BY (m ->> 'n')::int) AS moves FROM jsonb_array_elements(p_moves) m
    WHERE (m ->> 'n')::int <> ALL (held || parts)) x, LATERAL ledger_post(x.moves, p_together) a WHERE x.moves IS NOT NULL);
  IF cardinality(parts) > 0 THEN
    posted := posted || ARRAY(SELECT a FROM (
      SELECT jsonb_agg(m ORDER BY (m ->> 'n')::int) AS moves FROM jsonb_array_elements(p_moves) m
      WHERE (m ->> 'n')::int IN (
        SELECT part::int FROM unnest(posted) a JOIN jsonb_array_elements(p_rows) r ON (r ->> 'n')::int = a.n AND a.outcome = 'posted',
               jsonb_array_elements_text(r -> 'parts') part WHERE jsonb_typeof(r -> 'parts') = 'array')) x,
      LATERAL ledger_post(x.moves, false) a WHERE x.moves IS NOT NULL);
  END IF;
  undone := ARRAY(SELECT a.n FROM unnest(posted) a WHERE a.outcome <> 'posted');
  IF cardinality(undone) > 0 THEN
    PERFORM programs_count(p_rows, undone, -1);
  END IF;
  RETURN QUERY SELECT a.* FROM unnest(posted) a
  UNION ALL
  SELECT (m ->> 'n')::int, 'limits-moved', NULL, (m ->> 'public_id')::uuid, m ->> 'kind', (m ->> 'account_id')::bigint, 0::bigint,
         0::bigint, 0::bigint, m ->> 'reference', m ->> 'actor', NULL::jsonb, (m ->> 'at')::timestamptz, NULL::timestamptz, NULL::uuid,
         NULL::jsonb
  FROM jsonb_array_elements(p_moves) m WHERE (m ->> 'n')::int = ANY (held);
END $$;

-- Moves points and writes the purchases of those that moved, in one statement.
DROP FUNCTION programs_post_purchases(jsonb, boolean, jsonb);
CREATE FUNCTION programs_post_purchases(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE posted ledger_answer[];
BEGIN
  -- What rests on nothing that others could change needs no lock but the ledger's own.
  IF p_rows @? '$[*] ? (exists(@.counters) || exists(@.orders) || exists(@.parts))' THEN
    posted := ARRAY(SELECT a FROM programs_post_decided(p_moves, p_together, p_rows) a);
  ELSE
    posted := ARRAY(SELECT a FROM ledger_post(p_moves, p_together) a);
  END IF;
  INSERT INTO programs_purchase (id, program_id, member_id, reference, amount_minor, currency, refunded_minor, items, tenders,
                                 location_id, source, metadata, edition, facts, gifts, occurred_at)
  SELECT a.public_id, r.program_id, r.member_id, r.reference, r.amount_minor, r.currency, 0, r.items,
         r.tenders, r.location_id, r.source, r.metadata, r.edition, r.facts, r.gifts, r.occurred_at
  FROM jsonb_to_recordset(p_rows) AS r (
    n int, program_id uuid, member_id uuid, reference text, amount_minor bigint, currency text, items jsonb,
    tenders jsonb, location_id text, source text, metadata jsonb, edition int, facts jsonb, gifts jsonb, occurred_at timestamptz)
  JOIN unnest(posted) a ON a.n = r.n AND a.outcome = 'posted';
  PERFORM programs_after_purchases(p_rows, ARRAY(SELECT a FROM unnest(posted) a WHERE a.outcome = 'posted'));
  RETURN QUERY SELECT a.* FROM unnest(posted) a;
END $$;

-- Moves points and writes the events of members for which they moved, in one statement.
CREATE FUNCTION programs_post_member_events(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE posted ledger_answer[];
BEGIN
  posted := ARRAY(SELECT a FROM programs_post_decided(p_moves, p_together, p_rows) a);
  INSERT INTO programs_memberevent (id, program_id, member_id, type, source, reference, data, edition, facts, gifts, occurred_at)
  SELECT a.public_id, r.program_id, r.member_id, r.type, r.source, r.reference, r.data, r.edition, r.facts, r.gifts, r.occurred_at
  FROM jsonb_to_recordset(p_rows) AS r (
    n int, program_id uuid, member_id uuid, type text, source text, reference text, data jsonb, edition int, facts jsonb,
    gifts jsonb, occurred_at timestamptz)
  JOIN unnest(posted) a ON a.n = r.n AND a.outcome = 'posted';
  PERFORM programs_after_purchases(p_rows, ARRAY(SELECT a FROM unnest(posted) a WHERE a.outcome = 'posted'));
  RETURN QUERY SELECT a.* FROM unnest(posted) a;
END $$;

-- The rows whose decision does not hold any more; what the others add is counted. The counters stay locked.
CREATE FUNCTION programs_held_up(p_rows jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE held int[] := '{}'; r jsonb; c jsonb; has_room boolean;
BEGIN
  FOR r IN SELECT x FROM jsonb_array_elements(p_rows) x WHERE jsonb_typeof(x -> 'orders') = 'number' LOOP
    IF (SELECT orders FROM programs_bought_before((r ->> 'program_id')::uuid, (r ->> 'member_id')::uuid))
         <> (r ->> 'orders')::bigint THEN
      held := held || (r ->> 'n')::int;
    END IF;
  END LOOP;
  INSERT INTO programs_limitcounter AS k (program_id, scope, owner, subject, period, since, points, times)
  SELECT x.program_id, x.scope, x.owner, x.subject, x.period, x.since, 0, 0
  FROM programs_counted(p_rows) x WHERE x.n <> ALL (held) GROUP BY 1, 2, 3, 4, 5, 6
  ORDER BY x.subject = '', x.program_id, x.subject, x.since, x.owner, x.scope, x.period
  ON CONFLICT (program_id, subject, since, owner, scope, period) DO UPDATE SET points = k.points;
  IF NOT EXISTS (
    SELECT FROM (
      SELECT x.program_id, x.scope, x.owner, x.subject, x.period, x.since, sum(x.points) AS points, sum(x.times) AS times,
             min(x.points_max) AS points_max, min(x.times_max) AS times_max
      FROM programs_counted(p_rows) x WHERE x.n <> ALL (held) GROUP BY 1, 2, 3, 4, 5, 6) x
    JOIN programs_limitcounter k USING (program_id, scope, owner, subject, period, since)
    WHERE k.points + x.points > x.points_max OR k.times + x.times > x.times_max)
  THEN
    PERFORM programs_count(p_rows, ARRAY(SELECT DISTINCT x.n FROM programs_counted(p_rows) x WHERE x.n <> ALL (held)), 1);
    RETURN held;
  END IF;
  -- Not all of them fit: as many as do, in their order.
  FOR r IN SELECT x FROM jsonb_array_elements(p_rows) x
           WHERE (x ->> 'n')::int <> ALL (held) AND jsonb_typeof(x -> 'counters') = 'array' ORDER BY (x ->> 'n')::int
  LOOP
    IF EXISTS (
      SELECT FROM programs_counted(jsonb_build_array(r)) x JOIN programs_limitcounter k USING (program_id, scope, owner, subject, period, since)
      WHERE k.points + x.points > x.points_max OR k.times + x.times > x.times_max)
    THEN
      held := held || (r ->> 'n')::int;
    ELSE
      PERFORM programs_count(p_rows, ARRAY[(r ->> 'n')::int], 1);
    END IF;
  END LOOP;
  RETURN held;
END $$;

-- What rows add to which counters.
CREATE FUNCTION programs_counted(p_rows jsonb)
RETURNS TABLE (n int, program_id uuid, scope text, owner text, subject text, period text, since text, points bigint, times bigint,
               points_max bigint, times_max bigint)
LANGUAGE sql IMMUTABLE AS $$
  SELECT (r ->> 'n')::int, (r ->> 'program_id')::uuid, c ->> 0, c ->> 1, c ->> 2, c ->> 3, c ->> 4, (c ->> 5)::bigint, (c ->> 6)::bigint,
         (c ->> 7)::bigint, (c ->> 8)::bigint
  FROM jsonb_array_elements(p_rows) r CROSS JOIN LATERAL jsonb_array_elements(r -> 'counters') c
  WHERE jsonb_typeof(r -> 'counters') = 'array'
$$;

-- Counts what these rows add (p_sign 1), or gives it back (-1), never below nothing.
CREATE FUNCTION programs_count(p_rows jsonb, p_of int[], p_sign int) RETURNS void LANGUAGE sql AS $$
  UPDATE programs_limitcounter k
  SET points = greatest(0, k.points + p_sign * x.points), times = greatest(0, k.times + p_sign * x.times)
  FROM (SELECT c.program_id, c.scope, c.owner, c.subject, c.period, c.since, sum(c.points)::bigint AS points, sum(c.times)::bigint AS times
        FROM programs_counted(p_rows) c WHERE c.n = ANY (p_of) GROUP BY 1, 2, 3, 4, 5, 6) x
  WHERE (k.program_id, k.scope, k.owner, k.subject, k.period, k.since) = (x.program_id, x.scope, x.owner, x.subject, x.period, x.since)
$$;

-- What follows from what was written down: higher tiers, and what linked programs are to hear.
CREATE FUNCTION programs_after_purchases(p_rows jsonb, p_posted ledger_answer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE accounts bigint[]; purchases uuid[];
BEGIN
  IF p_rows @? '$[*] ? (@.has_tiers == true)' THEN
    SELECT array_agg(DISTINCT a.account_id) INTO accounts FROM jsonb_array_elements(p_rows) r
    CROSS JOIN LATERAL (SELECT (r ->> 'n')::int AS n UNION ALL SELECT part::int FROM jsonb_array_elements_text(r -> 'parts') part) o
    JOIN unnest(p_posted) a ON a.n = o.n WHERE (r ->> 'has_tiers')::boolean;
    IF accounts IS NOT NULL THEN
      PERFORM programs_raise_tiers(accounts, (SELECT max(a.occurred_at) FROM unnest(p_posted) a));
    END IF;
  END IF;
  IF p_rows @? '$[*] ? (@.has_links == true)' THEN
    SELECT array_agg(a.public_id) INTO purchases FROM unnest(p_posted) a
    JOIN jsonb_array_elements(p_rows) r ON (r ->> 'n')::int = a.n WHERE (r ->> 'has_links')::boolean;
    IF purchases IS NOT NULL THEN
      PERFORM programs_pass_on(purchases);
    END IF;
  END IF;
END $$;
-- reverse
DROP FUNCTION programs_post_member_events(jsonb, boolean, jsonb);
DROP FUNCTION programs_post_decided(jsonb, boolean, jsonb);
DROP FUNCTION programs_after_purchases(jsonb, ledger_answer[]);
DROP FUNCTION programs_count(jsonb, int[], int);
DROP FUNCTION programs_counted(jsonb);
DROP FUNCTION programs_held_up(jsonb);
DROP FUNCTION programs_post_purchases(jsonb, boolean, jsonb);
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
