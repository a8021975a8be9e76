-- An exchange counts for the day, of its member or (p_member_id null) of all; false when it would pass p_max, and then it does not.
CREATE FUNCTION exchange_count(x exchange_exchange, p_member_id uuid, p_max bigint) RETURNS boolean LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO exchange_dayusage AS u (from_program_id, to_program_id, day, member_id, points)
  SELECT x.from_program_id, x.to_program_id, x.day, p_member_id, x.from_amount WHERE x.from_amount <= p_max
  ON CONFLICT (from_program_id, to_program_id, day, member_id) DO UPDATE SET points = u.points + excluded.points
    WHERE u.points + excluded.points <= p_max;
  RETURN FOUND;
END $$;

-- It does not count after all; what nobody counted for is as if it had never been there.
CREATE FUNCTION exchange_count_not(x exchange_exchange, p_member_id uuid) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  DELETE FROM exchange_dayusage u WHERE u.from_program_id = x.from_program_id AND u.to_program_id = x.to_program_id AND u.day = x.day
    AND u.member_id IS NOT DISTINCT FROM p_member_id AND u.points = x.from_amount;
  IF NOT FOUND THEN
    UPDATE exchange_dayusage u SET points = u.points - x.from_amount
    WHERE u.from_program_id = x.from_program_id AND u.to_program_id = x.to_program_id AND u.day = x.day
      AND u.member_id IS NOT DISTINCT FROM p_member_id;
  END IF;
END $$;

-- What the caller needs of an exchange as it was asked for. Decimals are texts: JSON numbers would lose some of them.
CREATE FUNCTION exchange_as_asked(x exchange_exchange) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object(
    'id', x.id, 'member_id', x.member_id, 'from_program_id', x.from_program_id, 'to_program_id', x.to_program_id,
    'from_account_id', x.from_account_id, 'to_account_id', x.to_account_id, 'quote_id', x.quote_id, 'terms_id', x.terms_id,
    'bonus_id', x.bonus_id, 'rate', x.rate::text, 'from_amount', x.from_amount, 'fee', x.fee, 'to_amount', x.to_amount,
    'residue', x.residue::text, 'day', x.day, 'lane', x.lane, 'hold_id', x.hold_id, 'actor', x.actor, 'created_at', x.created_at)
$$;

-- The terms at which an exchange is begun: those of its quote, which are written into x, or those that x says it rests on, if they
-- are still in force at p_at. Answers what stands against it as {"code", ...}, or null.
CREATE FUNCTION exchange_terms_refused(INOUT x exchange_exchange, p_at timestamptz, OUT refused jsonb) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE q exchange_quote; f exchange_rate; b exchange_bonus;
BEGIN
  IF x.quote_id IS NOT NULL THEN
    SELECT * INTO q FROM exchange_quote y WHERE y.id = x.quote_id AND y.member_id = x.member_id;
    IF NOT FOUND THEN
      refused := '{"code": "not-found", "pointer": "/quote_id"}';
    ELSIF (q.from_program_id, q.to_program_id, q.from_amount) <> (x.from_program_id, x.to_program_id, x.from_amount) THEN
      refused := '{"code": "quote-mismatch", "pointer": "/quote_id"}';
    ELSIF EXISTS (SELECT FROM exchange_exchange y WHERE y.quote_id = q.id) THEN
      refused := '{"code": "quote-used", "pointer": "/quote_id"}';
    ELSIF q.expires_at <= p_at THEN
      refused := jsonb_build_object('code', 'quote-expired', 'pointer', '/quote_id', 'expires_at', q.expires_at);
    END IF;
    IF refused IS NOT NULL THEN
      RETURN;
    END IF;
    x.terms_id := q.terms_id; x.bonus_id := q.bonus_id; x.rate := q.rate;
    x.fee := q.fee; x.to_amount := q.to_amount; x.residue := q.residue;
  END IF;
  SELECT * INTO f FROM exchange_rate y WHERE y.from_program_id = x.from_program_id AND y.to_program_id = x.to_program_id
    AND y.valid_from <= p_at ORDER BY y.valid_from DESC LIMIT 1;
  IF f.id IS NULL OR NOT f.is_open OR NOT EXISTS (
      SELECT FROM exchange_agreement y
      WHERE y.from_program_id = x.from_program_id AND y.to_program_id = x.to_program_id AND y.status = 'active') THEN
    refused := '{"code": "pair-not-open", "pointer": "/to_program_id"}';
  ELSIF x.quote_id IS NULL THEN
    SELECT * INTO b FROM exchange_bonus y WHERE y.from_program_id = x.from_program_id AND y.to_program_id = x.to_program_id
      AND y.starts_at <= p_at AND y.ends_at > p_at ORDER BY y.percent DESC, y.id LIMIT 1;
    IF f.id <> x.terms_id OR b.id IS DISTINCT FROM x.bonus_id OR x.rate <> f.rate * (1 + coalesce(b.percent, 0) / 100) THEN
      refused := '{"code": "rate-changed"}';
    END IF;
  END IF;
END $$;

-- What stands against giving the member points of the other program, as {"code", ...}, or null; the account there is written into x.
CREATE FUNCTION exchange_target_refused(INOUT x exchange_exchange, OUT refused jsonb) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE p record;
BEGIN
  SELECT y.status, s.status AS part, s.account_id INTO p FROM programs_program y
  LEFT JOIN programs_membership s ON s.program_id = y.id AND s.member_id = x.member_id WHERE y.id = x.to_program_id;
  x.to_account_id := p.account_id;
  refused := CASE WHEN p.status <> 'active' THEN jsonb_build_object('code', 'program-not-active', 'status_of_program', p.status)
                  WHEN p.account_id IS NULL THEN jsonb_build_object('code', 'membership-required', 'program_id', x.to_program_id)
                  WHEN p.part = 'suspended' THEN '{"code": "membership-suspended"}'
                  WHEN p.part <> 'active' THEN '{"code": "membership-closed"}' END
             || '{"pointer": "/to_program_id"}';
END $$;

-- One exchange: m is the hold that sets its points aside, r the row of the exchange. The balance it comes from is locked.
CREATE FUNCTION exchange_begin_one(m jsonb, r jsonb) RETURNS ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  x exchange_exchange; earlier exchange_exchange; answer ledger_answer; refused jsonb; moment timestamptz := (m ->> 'at')::timestamptz;
  looked record; member_max bigint; pair_max bigint;
BEGIN
  answer := ROW((m ->> 'n')::int, '', NULL, (m ->> 'public_id')::uuid, m ->> 'kind', (m ->> 'account_id')::bigint, 0, 0, 0,
                m ->> 'reference', m ->> 'actor', NULL, moment, NULL, NULL, NULL)::ledger_answer;
  x := jsonb_populate_record(NULL::exchange_exchange, r);
  SELECT * INTO earlier FROM exchange_exchange y WHERE y.key = x.key;
  IF FOUND THEN
    answer.outcome := CASE WHEN earlier.fingerprint = x.fingerprint THEN 'replayed' ELSE 'idempotency-key-reused' END;
    answer.facts := CASE answer.outcome WHEN 'replayed' THEN exchange_as_asked(earlier) END;
    RETURN answer;
  END IF;
  SELECT * INTO looked FROM exchange_terms_refused(x, moment) t;
  x := looked.x; refused := looked.refused;
  IF refused IS NULL THEN
    SELECT * INTO looked FROM exchange_target_refused(x) t;
    x := looked.x; refused := looked.refused;
  END IF;
  IF refused IS NOT NULL THEN
    answer.outcome := refused ->> 'code'; answer.facts := refused - 'code';
    RETURN answer;
  END IF;

  -- First the member's day, then that of all, which many wait for.
  SELECT y.member_daily_max, y.pair_daily_max INTO member_max, pair_max FROM exchange_rate y WHERE y.id = x.terms_id;
  IF member_max IS NOT NULL AND NOT exchange_count(x, x.member_id, member_max) THEN
    answer.outcome := 'daily-limit'; answer.facts := jsonb_build_object('limit', 'member', 'daily_max', member_max);
    RETURN answer;
  END IF;
  IF pair_max IS NOT NULL AND NOT exchange_count(x, NULL, pair_max) THEN
    IF member_max IS NOT NULL THEN
      PERFORM exchange_count_not(x, x.member_id);
    END IF;
    answer.outcome := 'daily-limit'; answer.facts := jsonb_build_object('limit', 'pair', 'daily_max', pair_max);
    RETURN answer;
  END IF;

  -- What a program without a policy of its own allows is the default of its model.
  SELECT * INTO answer FROM ledger_post(jsonb_build_array(m || jsonb_build_object('hops_max', coalesce(
    (SELECT y.exchange_hops_max FROM exchange_transferpolicy y WHERE y.program_id = x.from_program_id), 3))), false);
  IF answer.outcome <> 'posted' THEN
    IF member_max IS NOT NULL THEN
      PERFORM exchange_count_not(x, x.member_id);
    END IF;
    IF pair_max IS NOT NULL THEN
      PERFORM exchange_count_not(x, NULL);
    END IF;
    -- The books know the key, and there is no exchange of it: it was another request's.
    answer.outcome := CASE answer.outcome WHEN 'replayed' THEN 'idempotency-key-reused' ELSE answer.outcome END;
    RETURN answer;
  END IF;
  x.status := 'pending'; x.failure := ''; x.attempts := 0; x.last_error := ''; x.is_dead := false; x.created_at := moment;
  INSERT INTO exchange_exchange SELECT x.* ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'idempotency-key-reused' USING ERRCODE = 'LE001';  -- at this very moment, of another brand's points
  END IF;
  PERFORM exchange_tell(jsonb_build_array(jsonb_build_object('id', x.id, 'type', 'exchange.requested', 'data', jsonb_build_object(
    'hold_id', x.hold_id, 'quote_id', x.quote_id, 'rate', trim_scale(x.rate)::text))), moment);
  answer.facts := exchange_as_asked(x);
  RETURN answer;
END $$;

-- Begins exchanges: each is answered on its own, or with p_together the first refusal is raised. A row is an exchange with its
-- columns, and `n`, the place of its hold among the moves. A key that came before is answered before anything else is looked at.
-- Locked are first the balances, in order, so that what is looked at stays; then the days' usage. "posted" has the exchange as
-- facts, and so has "replayed".
CREATE FUNCTION exchange_begin(p_moves jsonb, p_together boolean, p_rows jsonb) RETURNS SETOF ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE asked record; answer ledger_answer;
BEGIN
  PERFORM FROM (SELECT DISTINCT (m ->> 'account_id')::bigint AS id FROM jsonb_array_elements(p_moves) m ORDER BY 1) x
  CROSS JOIN LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.id FOR UPDATE) b;
  FOR asked IN SELECT m, r FROM jsonb_array_elements(p_moves) m JOIN jsonb_array_elements(p_rows) r ON r -> 'n' = m -> 'n'
               ORDER BY (m ->> 'n')::int LOOP
    answer := exchange_begin_one(asked.m, asked.r - 'n');
    IF p_together AND answer.outcome NOT IN ('posted', 'replayed') THEN
      RAISE EXCEPTION '%', answer.outcome USING ERRCODE = 'LE001', DETAIL = coalesce(answer.facts, '{}')::text;
    END IF;
    RETURN NEXT answer;
  END LOOP;
END $$;
-- reverse
DROP FUNCTION exchange_begin(jsonb, boolean, jsonb);
DROP FUNCTION exchange_begin_one(jsonb, jsonb);
DROP FUNCTION exchange_target_refused(exchange_exchange);
DROP FUNCTION exchange_terms_refused(exchange_exchange, timestamptz);
DROP FUNCTION exchange_as_asked(exchange_exchange);
DROP FUNCTION exchange_count_not(exchange_exchange, uuid);
DROP FUNCTION exchange_count(exchange_exchange, uuid, bigint);
