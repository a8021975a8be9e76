-- As before; and a release of pending points refers to what gave them.
CREATE OR REPLACE FUNCTION ledger_explain(m ledger_move) RETURNS ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE o ledger_posting; live bigint;
BEGIN
  SELECT * INTO o FROM ledger_posting WHERE brand_id = m.brand_id AND key = m.key;
  IF FOUND AND o.fingerprint = m.fingerprint AND o.account_id = m.account_id THEN
    RETURN ROW(m.n, 'replayed', o.id, o.public_id, o.kind, o.account_id, o.points, o.shortfall, o.balance_after, o.reference,
               o.actor, o.data, o.occurred_at, o.recorded_at,
               (SELECT r.public_id FROM ledger_posting r WHERE r.id = o.reverses_id),
               CASE o.kind WHEN 'mature' THEN
                 (SELECT jsonb_build_object('matured', coalesce(sum(c.points), 0))
                  FROM ledger_lotchange c WHERE c.posting_id = o.id AND c.available_after IS NOT NULL)
               ELSE
                 (SELECT jsonb_build_object('held', h.points, 'captured', r.captured, 'expires_at', h.expires_at)
                  FROM ledger_holdresolution r JOIN ledger_hold h ON h.id = r.hold_id WHERE r.posting_id = o.id)
               END)::ledger_answer;
  ELSIF FOUND THEN
    RETURN ledger_refused(m, 'idempotency-key-reused');
  ELSIF m.kind = 'earn' AND m.reference <> '' AND EXISTS (
      SELECT FROM ledger_posting p WHERE p.unit_id = m.unit_id AND p.kind = 'earn' AND p.reference = m.reference) THEN
    RETURN ledger_refused(m, 'duplicate-reference');
  ELSIF m.is_closed THEN
    RETURN ledger_refused(m, 'account-closed');
  ELSIF m.kind IN ('redeem', 'hold', 'exchange_out') OR m.points < 0 THEN
    SELECT coalesce(sum(u.points), 0) INTO live FROM ledger_lots_to_use(m.account_id, m.at, abs(m.points), false, 0) u;
    RETURN ledger_refused(m, 'insufficient-points', jsonb_build_object('available', live, 'requested', abs(m.points)));
  ELSE
    RETURN ledger_refused(m, 'balance-limit');
  END IF;
END $$;

CREATE OR REPLACE FUNCTION ledger_post_on_target(m ledger_move) RETURNS ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE o ledger_posting;
BEGIN
  IF EXISTS (SELECT FROM ledger_posting p WHERE p.brand_id = m.brand_id AND p.key = m.key) OR m.is_closed THEN
    RETURN ledger_explain(m);
  END IF;
  IF m.target IS NULL AND m.kind = 'return' THEN
    RETURN ledger_record(m, 0, 0, NULL, 0, 0, 0, 0, 0);
  END IF;
  SELECT * INTO o FROM ledger_posting WHERE public_id = m.target AND account_id = m.account_id;
  IF NOT FOUND THEN
    RETURN ledger_refused(m, 'not-found');
  ELSIF m.kind IN ('capture', 'release') THEN
    RETURN ledger_resolve_hold(m, o);
  ELSIF m.kind = 'mature' THEN
    RETURN CASE WHEN o.kind IN ('earn', 'deposit', 'adjust', 'exchange_in') THEN ledger_mature(m, o) ELSE ledger_refused(m, 'not-found') END;
  ELSIF o.kind NOT IN ('earn', 'deposit', 'adjust', 'redeem') OR (m.kind = 'return' AND o.kind <> 'earn') THEN
    RETURN ledger_refused(m, 'not-reversible', jsonb_build_object('kind', o.kind));
  ELSIF EXISTS (SELECT FROM ledger_posting p WHERE p.reverses_id = o.id AND p.kind = 'reverse') THEN
    RETURN ledger_refused(m, 'already-reversed');
  ELSIF o.kind = 'redeem' OR (o.kind = 'adjust' AND o.points < 0) THEN
    RETURN ledger_give_back(m, o, -o.points, 0);
  ELSE
    RETURN ledger_take_back(m, o);
  END IF;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_post_on_target(m ledger_move) RETURNS ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE o ledger_posting;
BEGIN
  IF EXISTS (SELECT FROM ledger_posting p WHERE p.brand_id = m.brand_id AND p.key = m.key) OR m.is_closed THEN
    RETURN ledger_explain(m);
  END IF;
  IF m.target IS NULL AND m.kind = 'return' THEN
    RETURN ledger_record(m, 0, 0, NULL, 0, 0, 0, 0, 0);
  END IF;
  SELECT * INTO o FROM ledger_posting WHERE public_id = m.target AND account_id = m.account_id;
  IF NOT FOUND THEN
    RETURN ledger_refused(m, 'not-found');
  ELSIF m.kind IN ('capture', 'release') THEN
    RETURN ledger_resolve_hold(m, o);
  ELSIF o.kind NOT IN ('earn', 'deposit', 'adjust', 'redeem') OR (m.kind = 'return' AND o.kind <> 'earn') THEN
    RETURN ledger_refused(m, 'not-reversible', jsonb_build_object('kind', o.kind));
  ELSIF EXISTS (SELECT FROM ledger_posting p WHERE p.reverses_id = o.id AND p.kind = 'reverse') THEN
    RETURN ledger_refused(m, 'already-reversed');
  ELSIF o.kind = 'redeem' OR (o.kind = 'adjust' AND o.points < 0) THEN
    RETURN ledger_give_back(m, o, -o.points, 0);
  ELSE
    RETURN ledger_take_back(m, o);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION ledger_explain(m ledger_move) RETURNS ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE o ledger_posting; live bigint;
BEGIN
  SELECT * INTO o FROM ledger_posting WHERE brand_id = m.brand_id AND key = m.key;
  IF FOUND AND o.fingerprint = m.fingerprint AND o.account_id = m.account_id THEN
    RETURN ROW(m.n, 'replayed', o.id, o.public_id, o.kind, o.account_id, o.points, o.shortfall, o.balance_after, o.reference,
               o.actor, o.data, o.occurred_at, o.recorded_at,
               (SELECT r.public_id FROM ledger_posting r WHERE r.id = o.reverses_id),
               (SELECT jsonb_build_object('held', h.points, 'captured', r.captured, 'expires_at', h.expires_at)
                FROM ledger_holdresolution r JOIN ledger_hold h ON h.id = r.hold_id WHERE r.posting_id = o.id))::ledger_answer;
  ELSIF FOUND THEN
    RETURN ledger_refused(m, 'idempotency-key-reused');
  ELSIF m.kind = 'earn' AND m.reference <> '' AND EXISTS (
      SELECT FROM ledger_posting p WHERE p.unit_id = m.unit_id AND p.kind = 'earn' AND p.reference = m.reference) THEN
    RETURN ledger_refused(m, 'duplicate-reference');
  ELSIF m.is_closed THEN
    RETURN ledger_refused(m, 'account-closed');
  ELSIF m.kind IN ('redeem', 'hold', 'exchange_out') OR m.points < 0 THEN
    SELECT coalesce(sum(u.points), 0) INTO live FROM ledger_lots_to_use(m.account_id, m.at, abs(m.points), false, 0) u;
    RETURN ledger_refused(m, 'insufficient-points', jsonb_build_object('available', live, 'requested', abs(m.points)));
  ELSE
    RETURN ledger_refused(m, 'balance-limit');
  END IF;
END $$;
