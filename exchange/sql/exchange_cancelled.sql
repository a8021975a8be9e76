-- Takes back exchanges that are pending: the points that were set aside go back, they count no more for the day. A row is {"n", "id",
-- "actor"}, about the exchange whose hold the move n releases; the exchanges are locked first, in order. One that is not pending any
-- more is answered so, and nothing of it is done.
CREATE FUNCTION exchange_cancelled(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE posted ledger_answer[] := '{}'; standing jsonb; moves jsonb; done uuid[]; moment timestamptz;
BEGIN
  SELECT jsonb_object_agg(x.id, x.status) INTO standing FROM (
    SELECT y.id, y.status FROM exchange_exchange y
    WHERE y.id IN (SELECT (r ->> 'id')::uuid FROM jsonb_array_elements(p_rows) r) ORDER BY y.id FOR UPDATE) x;
  IF p_together AND p_rows @? '$[*]' AND EXISTS (SELECT FROM jsonb_each_text(standing) s WHERE s.value <> 'pending') THEN
    RAISE EXCEPTION 'exchange-not-pending' USING ERRCODE = 'LE001';
  END IF;
  SELECT jsonb_agg(m ORDER BY (m ->> 'n')::int), max((m ->> 'at')::timestamptz) INTO moves, moment FROM jsonb_array_elements(p_moves) m
  JOIN jsonb_array_elements(p_rows) r ON r -> 'n' = m -> 'n' AND standing ->> (r ->> 'id') = 'pending';
  IF moves IS NOT NULL THEN
    posted := ARRAY(SELECT a FROM ledger_post(moves, true) a);
    done := ARRAY(SELECT (r ->> 'id')::uuid FROM jsonb_array_elements(p_rows) r JOIN unnest(posted) a ON a.n = (r ->> 'n')::int);
    UPDATE exchange_exchange x SET status = 'cancelled', completed_at = moment, next_attempt_at = NULL WHERE x.id = ANY (done);
    INSERT INTO exchange_exchangestep (exchange_id, name, note, actor, occurred_at)
    SELECT (r ->> 'id')::uuid, 'cancelled', '', r ->> 'actor', moment FROM jsonb_array_elements(p_rows) r
    WHERE (r ->> 'id')::uuid = ANY (done) ORDER BY (r ->> 'n')::int;
    PERFORM exchange_tell((SELECT jsonb_agg(jsonb_build_object('id', i, 'type', 'exchange.cancelled')) FROM unnest(done) i), moment);
    PERFORM exchange_give_back(done);
  END IF;
  RETURN QUERY SELECT a.* FROM unnest(posted) a
  UNION ALL
  SELECT (m ->> 'n')::int, 'exchange-not-pending', NULL, (m ->> 'public_id')::uuid, m ->> 'kind', (m ->> 'account_id')::bigint,
         0::bigint, 0::bigint, 0::bigint, m ->> 'reference', m ->> 'actor', NULL::jsonb, (m ->> 'at')::timestamptz, NULL::timestamptz,
         NULL::uuid, jsonb_build_object('status_of_exchange', standing ->> (r ->> 'id'))
  FROM jsonb_array_elements(p_moves) m JOIN jsonb_array_elements(p_rows) r ON r -> 'n' = m -> 'n'
  WHERE standing ->> (r ->> 'id') IS DISTINCT FROM 'pending';
END $$;
-- reverse
DROP FUNCTION exchange_cancelled(jsonb, boolean, jsonb);
