-- Gives points back to the lots that an entry of the posting o took them from, with their first expiry: all of them when a
-- redemption is reversed or a hold released, the last p_points in order of use when a hold is captured in part. Debt is
-- paid first. What lapsed meanwhile comes back and expires at once.
CREATE FUNCTION ledger_give_back(m ledger_move, o ledger_posting, p_points bigint, p_held bigint)
RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE original ledger_ledgerentry; answer ledger_answer; entry bigint; paid bigint;
BEGIN
  SELECT * INTO STRICT original FROM ledger_ledgerentry WHERE posting_id = o.id AND debit_id = m.account_id;
  SELECT least(debt, p_points) INTO STRICT paid FROM ledger_balance WHERE account_id = m.account_id;
  answer := ledger_record(m, p_points, 0, o.id, (p_points > 0)::int, -paid, -p_held, 0,
                          CASE o.kind WHEN 'redeem' THEN -p_points WHEN 'hold' THEN p_held - p_points ELSE 0 END);
  IF p_points > 0 THEN
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, credit_after, credit_version, reverses_id,
                                    occurred_at, recorded_at)
    SELECT answer.id, m.unit_id, original.credit_id, m.account_id, p_points, b.posted, b.version, original.id, m.at, now()
    FROM ledger_balance b WHERE b.account_id = m.account_id
    RETURNING id INTO STRICT entry;
    WITH used AS (
      SELECT l.id, u.points,
             sum(u.points) OVER (ORDER BY l.expires_at DESC NULLS FIRST, l.granted_at DESC, l.id DESC) - u.points AS before
      FROM ledger_lotuse u JOIN ledger_lot l ON l.id = u.lot_id WHERE u.entry_id = original.id
    ), kept AS (
      SELECT id, least(points, greatest(p_points - paid - before, 0))::bigint AS points FROM used
    ), lot AS (
      UPDATE ledger_lot l SET remaining = l.remaining + k.points FROM kept k WHERE l.id = k.id AND k.points > 0
      RETURNING l.id, k.points
    )
    INSERT INTO ledger_lotuse (entry_id, lot_id, points) SELECT entry, lot.id, -lot.points FROM lot;
    PERFORM ledger_expire(ARRAY[m], m.at);
  END IF;
  RETURN answer;
END $$;

-- Resolves a hold: release (or lapse) gives all back; capture moves m.points (nothing said: all) on to redemption and
-- gives back the rest.
CREATE FUNCTION ledger_resolve_hold(m ledger_move, o ledger_posting) RETURNS ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE h ledger_hold; answer ledger_answer; captured bigint := 0;
BEGIN
  SELECT * INTO h FROM ledger_hold WHERE posting_id = o.id;
  IF NOT FOUND THEN
    RETURN ledger_refused(m, 'not-found');
  ELSIF EXISTS (SELECT FROM ledger_holdresolution WHERE hold_id = h.id) THEN
    RETURN ledger_refused(m, 'hold-resolved');
  ELSIF m.kind = 'capture' AND h.expires_at <= m.at THEN
    RETURN ledger_refused(m, 'hold-expired');
  ELSIF m.kind = 'capture' AND m.points > h.points THEN
    RETURN ledger_refused(m, 'capture-exceeds-hold', jsonb_build_object('held', h.points, 'requested', m.points));
  END IF;
  IF m.kind = 'capture' THEN
    captured := CASE WHEN m.points = 0 THEN h.points ELSE m.points END;
  END IF;
  answer := ledger_give_back(m, o, h.points - captured, h.points);
  IF captured > 0 THEN
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, occurred_at, recorded_at)
    SELECT answer.id, m.unit_id, holding.id, redemption.id, captured, m.at, now()
    FROM ledger_account holding, ledger_account redemption
    WHERE holding.unit_id = m.unit_id AND holding.kind = 'holding'
      AND redemption.unit_id = m.unit_id AND redemption.kind = 'redemption';
  END IF;
  INSERT INTO ledger_holdresolution (hold_id, posting_id, captured) VALUES (h.id, answer.id, captured);
  answer.facts := jsonb_build_object('held', h.points, 'captured', captured, 'expires_at', h.expires_at);
  RETURN answer;
END $$;
-- reverse
DROP FUNCTION ledger_resolve_hold(ledger_move, ledger_posting);
DROP FUNCTION ledger_give_back(ledger_move, ledger_posting, bigint, bigint);
