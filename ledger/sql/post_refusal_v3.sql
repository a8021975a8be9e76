-- As before; points that changed hands too often are named, and so is a hold that an exchange cannot have any more.
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
  ELSIF m.kind = 'exchange_out' AND m.target IS NOT NULL THEN
    RETURN ledger_refused(m, CASE WHEN EXISTS (
      SELECT FROM ledger_posting p JOIN ledger_hold h ON h.posting_id = p.id
      WHERE p.public_id = m.target AND p.account_id = m.account_id) THEN 'hold-resolved' ELSE 'not-found' END);
  ELSIF m.kind IN ('redeem', 'hold', 'exchange_out', 'gift_out') OR m.points < 0 THEN
    SELECT coalesce(sum(u.points), 0) INTO live FROM ledger_lots_to_use(m.account_id, m.at, abs(m.points), false, 0) u;
    IF m.hops_max IS NOT NULL AND live >= abs(m.points) THEN
      SELECT coalesce(sum(u.points), 0) INTO live
      FROM ledger_lots_to_use(m.account_id, m.at, abs(m.points), false, 0, m.hops_max) u;
      RETURN ledger_refused(m, 'hop-limit', jsonb_build_object('available', live, 'requested', abs(m.points)));
    END IF;
    RETURN ledger_refused(m, 'insufficient-points', jsonb_build_object('available', live, 'requested', abs(m.points)));
  ELSE
    RETURN ledger_refused(m, 'balance-limit');
  END IF;
END $$;
-- reverse
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
