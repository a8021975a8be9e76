-- As before; points go to other members, and over the clearing account of a partner to other programs.
CREATE OR REPLACE FUNCTION ledger_post(p_moves jsonb, p_together boolean) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  moves ledger_move[]; here ledger_move[]; answer ledger_answer; answers ledger_answer[];
  m ledger_move; turns int; is_large boolean := false; has_lots boolean; extends boolean;
BEGIN
  SELECT array_agg(ROW(r.n, r.turn, r.kind, r.account_id, r.key, decode(r.fingerprint, 'hex'), r.actor, coalesce(r.points, 0), r.at,
                       r.public_id, coalesce(r.reference, ''), r.available_at, r.expires_at, r.target, r.policy, r.program_id,
                       coalesce(r.data, '{}'), a.unit_id, u.brand_id, a.owner_id, a.public_id, c.id,
                       a.closed_at IS NOT NULL OR u.closed_at IS NOT NULL, r.lots, r.targets, r.extend_to, r.partner,
                       r.hops, r.hops_max)::ledger_move ORDER BY r.n),
         max(r.turn), bool_or(r.lots IS NOT NULL), bool_or(r.extend_to IS NOT NULL)
  INTO moves, turns, has_lots, extends
  FROM (SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY n)::int AS turn FROM jsonb_to_recordset(p_moves) AS x (
          n int, kind text, account_id bigint, key text, fingerprint text, actor text, points bigint, at timestamptz,
          public_id uuid, reference text, available_at timestamptz, expires_at timestamptz, target uuid, policy text,
          program_id uuid, data jsonb, lots jsonb, targets bigint[], extend_to timestamptz, partner uuid,
          hops int, hops_max int)) r
  CROSS JOIN LATERAL (SELECT * FROM ledger_account x WHERE x.id = r.account_id AND x.kind = 'member' OFFSET 0) a
  CROSS JOIN LATERAL (SELECT * FROM ledger_unit x WHERE x.id = a.unit_id OFFSET 0) u
  LEFT JOIN LATERAL (SELECT x.id FROM ledger_account x WHERE x.unit_id = a.unit_id AND x.owner_id IS NOT DISTINCT FROM r.partner
    AND x.kind = CASE r.kind
    WHEN 'earn' THEN 'issuance' WHEN 'deposit' THEN 'issuance' WHEN 'redeem' THEN 'redemption' WHEN 'hold' THEN 'holding'
    WHEN 'adjust' THEN 'adjustment' WHEN 'exchange_out' THEN 'exchange' WHEN 'exchange_in' THEN 'exchange'
    WHEN 'gift_out' THEN 'transfer' WHEN 'gift_in' THEN 'transfer' END OFFSET 0) c ON true;
  IF coalesce(cardinality(moves), 0) <> jsonb_array_length(p_moves) THEN
    RAISE EXCEPTION 'a move names an account that is not a member''s' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  PERFORM FROM (SELECT DISTINCT x.account_id FROM unnest(moves) x ORDER BY 1) x
  CROSS JOIN LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.account_id FOR UPDATE) b;

  FOR t IN 1..turns LOOP
    here := CASE turns WHEN 1 THEN moves ELSE ARRAY(SELECT x FROM unnest(moves) x WHERE x.turn = t ORDER BY x.n) END;
    IF is_large <> (cardinality(here) > 100) THEN  -- the plan for a few would join a thousand row by row
      is_large := NOT is_large;  -- what is done one by one keeps its plans all the same
      PERFORM set_config('plan_cache_mode', CASE WHEN is_large THEN 'force_custom_plan' ELSE 'force_generic_plan' END, true);
    END IF;
    PERFORM ledger_lapse(here);
    answers := ARRAY[]::ledger_answer[];
    IF EXISTS (SELECT FROM unnest(here) x WHERE (x.kind IN ('earn', 'deposit', 'exchange_in', 'gift_in') OR x.kind = 'adjust' AND x.points > 0)
                 AND x.lots IS NULL) THEN
      answers := ARRAY(SELECT c FROM ledger_credit(ARRAY(
        SELECT x FROM unnest(here) x WHERE (x.kind IN ('earn', 'deposit', 'exchange_in', 'gift_in') OR x.kind = 'adjust' AND x.points > 0)
          AND x.lots IS NULL)) c);
    END IF;
    IF has_lots THEN
      answers := answers || ARRAY(SELECT c FROM ledger_credit_lots(ARRAY(SELECT x FROM unnest(here) x WHERE x.lots IS NOT NULL)) c);
    END IF;
    IF EXISTS (SELECT FROM unnest(here) x WHERE x.kind IN ('redeem', 'hold', 'gift_out') OR x.kind = 'exchange_out' AND x.target IS NULL OR x.kind = 'adjust' AND x.points < 0) THEN
      answers := answers || ARRAY(SELECT d FROM ledger_debit(ARRAY(
        SELECT x FROM unnest(here) x WHERE x.kind IN ('redeem', 'hold', 'gift_out') OR x.kind = 'exchange_out' AND x.target IS NULL OR x.kind = 'adjust' AND x.points < 0)) d);
    END IF;
    IF EXISTS (SELECT FROM unnest(here) x WHERE x.kind = 'exchange_out' AND x.target IS NOT NULL) THEN
      answers := answers || ARRAY(SELECT d FROM ledger_exchange_held(ARRAY(
        SELECT x FROM unnest(here) x WHERE x.kind = 'exchange_out' AND x.target IS NOT NULL)) d);
    END IF;
    IF cardinality(answers) < cardinality(here) THEN
      FOR m IN SELECT x.* FROM unnest(here) x WHERE x.n NOT IN (SELECT a.n FROM unnest(answers) a) ORDER BY x.n LOOP
        answer := CASE WHEN m.kind IN ('reverse', 'return', 'capture', 'release', 'mature') THEN ledger_post_on_target(m)
                       WHEN m.kind = 'expire' THEN ledger_refused(m, 'posted') ELSE ledger_explain(m) END;
        IF p_together AND answer.outcome NOT IN ('posted', 'replayed') THEN
          RAISE EXCEPTION '%', answer.outcome USING ERRCODE = 'LE001', DETAIL = coalesce(answer.facts, '{}')::text;
        END IF;
        answers := answers || answer;
      END LOOP;
    END IF;
    IF extends THEN
      PERFORM ledger_extend(here, answers);
    END IF;
    RETURN QUERY SELECT a.* FROM unnest(answers) a;
  END LOOP;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_post(p_moves jsonb, p_together boolean) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  moves ledger_move[]; here ledger_move[]; answer ledger_answer; answers ledger_answer[];
  m ledger_move; turns int; is_large boolean := false; has_lots boolean; extends boolean;
BEGIN
  SELECT array_agg(ROW(r.n, r.turn, r.kind, r.account_id, r.key, decode(r.fingerprint, 'hex'), r.actor, coalesce(r.points, 0), r.at,
                       r.public_id, coalesce(r.reference, ''), r.available_at, r.expires_at, r.target, r.policy, r.program_id,
                       coalesce(r.data, '{}'), a.unit_id, u.brand_id, a.owner_id, a.public_id, c.id,
                       a.closed_at IS NOT NULL OR u.closed_at IS NOT NULL, r.lots, r.targets, r.extend_to)::ledger_move ORDER BY r.n),
         max(r.turn), bool_or(r.lots IS NOT NULL), bool_or(r.extend_to IS NOT NULL)
  INTO moves, turns, has_lots, extends
  FROM (SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY n)::int AS turn FROM jsonb_to_recordset(p_moves) AS x (
          n int, kind text, account_id bigint, key text, fingerprint text, actor text, points bigint, at timestamptz,
          public_id uuid, reference text, available_at timestamptz, expires_at timestamptz, target uuid, policy text,
          program_id uuid, data jsonb, lots jsonb, targets bigint[], extend_to timestamptz)) r
  CROSS JOIN LATERAL (SELECT * FROM ledger_account x WHERE x.id = r.account_id AND x.kind = 'member' OFFSET 0) a
  CROSS JOIN LATERAL (SELECT * FROM ledger_unit x WHERE x.id = a.unit_id OFFSET 0) u
  LEFT JOIN LATERAL (SELECT x.id FROM ledger_account x WHERE x.unit_id = a.unit_id AND x.owner_id IS NULL AND x.kind = CASE r.kind
    WHEN 'earn' THEN 'issuance' WHEN 'deposit' THEN 'issuance' WHEN 'redeem' THEN 'redemption' WHEN 'hold' THEN 'holding'
    WHEN 'adjust' THEN 'adjustment' WHEN 'exchange_out' THEN 'exchange' WHEN 'exchange_in' THEN 'exchange' END OFFSET 0) c ON true;
  IF coalesce(cardinality(moves), 0) <> jsonb_array_length(p_moves) THEN
    RAISE EXCEPTION 'a move names an account that is not a member''s' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  PERFORM FROM (SELECT DISTINCT x.account_id FROM unnest(moves) x ORDER BY 1) x
  CROSS JOIN LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.account_id FOR UPDATE) b;

  FOR t IN 1..turns LOOP
    here := CASE turns WHEN 1 THEN moves ELSE ARRAY(SELECT x FROM unnest(moves) x WHERE x.turn = t ORDER BY x.n) END;
    IF is_large <> (cardinality(here) > 100) THEN  -- the plan for a few would join a thousand row by row
      is_large := NOT is_large;  -- what is done one by one keeps its plans all the same
      PERFORM set_config('plan_cache_mode', CASE WHEN is_large THEN 'force_custom_plan' ELSE 'force_generic_plan' END, true);
    END IF;
    PERFORM ledger_lapse(here);
    answers := ARRAY[]::ledger_answer[];
    IF EXISTS (SELECT FROM unnest(here) x WHERE (x.kind IN ('earn', 'deposit', 'exchange_in') OR x.kind = 'adjust' AND x.points > 0)
                 AND x.lots IS NULL) THEN
      answers := ARRAY(SELECT c FROM ledger_credit(ARRAY(
        SELECT x FROM unnest(here) x WHERE (x.kind IN ('earn', 'deposit', 'exchange_in') OR x.kind = 'adjust' AND x.points > 0)
          AND x.lots IS NULL)) c);
    END IF;
    IF has_lots THEN
      answers := answers || ARRAY(SELECT c FROM ledger_credit_lots(ARRAY(SELECT x FROM unnest(here) x WHERE x.lots IS NOT NULL)) c);
    END IF;
    IF EXISTS (SELECT FROM unnest(here) x WHERE x.kind IN ('redeem', 'hold', 'exchange_out') OR x.kind = 'adjust' AND x.points < 0) THEN
      answers := answers || ARRAY(SELECT d FROM ledger_debit(ARRAY(
        SELECT x FROM unnest(here) x WHERE x.kind IN ('redeem', 'hold', 'exchange_out') OR x.kind = 'adjust' AND x.points < 0)) d);
    END IF;
    IF cardinality(answers) < cardinality(here) THEN
      FOR m IN SELECT x.* FROM unnest(here) x WHERE x.n NOT IN (SELECT a.n FROM unnest(answers) a) ORDER BY x.n LOOP
        answer := CASE WHEN m.kind IN ('reverse', 'return', 'capture', 'release', 'mature') THEN ledger_post_on_target(m)
                       WHEN m.kind = 'expire' THEN ledger_refused(m, 'posted') ELSE ledger_explain(m) END;
        IF p_together AND answer.outcome NOT IN ('posted', 'replayed') THEN
          RAISE EXCEPTION '%', answer.outcome USING ERRCODE = 'LE001', DETAIL = coalesce(answer.facts, '{}')::text;
        END IF;
        answers := answers || answer;
      END LOOP;
    END IF;
    IF extends THEN
      PERFORM ledger_extend(here, answers);
    END IF;
    RETURN QUERY SELECT a.* FROM unnest(answers) a;
  END LOOP;
END $$;
