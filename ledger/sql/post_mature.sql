-- Lets the points of the posting o count that are still pending at m.at, from that instant on; when they expire stays as it
-- was. The posting moves nothing: it tells how many points there were.
CREATE FUNCTION ledger_mature(m ledger_move, o ledger_posting) RETURNS ledger_answer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE answer ledger_answer;
BEGIN
  SELECT coalesce(sum(l.remaining), 0) INTO m.points
  FROM ledger_lot l WHERE l.posting_id = o.id AND l.is_open AND l.available_at > greatest(m.at, l.granted_at);
  m.data := m.data || jsonb_build_object('matured', m.points);
  answer := ledger_record(m, 0, 0, o.id, 0, 0, 0, 0, 0);
  INSERT INTO ledger_lotchange (lot_id, posting_id, points, available_before, available_after, occurred_at, recorded_at)
  SELECT l.id, answer.id, l.remaining, l.available_at, greatest(m.at, l.granted_at), m.at, now()
  FROM ledger_lot l WHERE l.posting_id = o.id AND l.is_open AND l.available_at > greatest(m.at, l.granted_at) ORDER BY l.id;
  UPDATE ledger_lot l SET available_at = c.available_after FROM ledger_lotchange c WHERE c.posting_id = answer.id AND l.id = c.lot_id;
  answer.data := m.data; answer.facts := jsonb_build_object('matured', m.points);
  RETURN answer;
END $$;

-- What the moves that were posted extend: every other lot of the account that is open, or was until this move spent it, and
-- that is gone after m.at but before m.extend_to, is gone at m.extend_to. What never expires or has lapsed stays so.
CREATE FUNCTION ledger_extend(p_moves ledger_move[], p_answers ledger_answer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_lotchange (lot_id, posting_id, points, expires_before, expires_after, occurred_at, recorded_at)
  SELECT l.id, a.id, l.remaining, l.expires_at, m.extend_to, m.at, now()
  FROM unnest(p_moves) m JOIN unnest(p_answers) a ON a.n = m.n AND a.outcome = 'posted' AND a.id IS NOT NULL
  CROSS JOIN LATERAL (
    SELECT * FROM ledger_lot x WHERE x.account_id = m.account_id AND x.is_open AND x.expires_at > m.at AND x.expires_at < m.extend_to
    UNION ALL
    SELECT x.* FROM ledger_ledgerentry e JOIN ledger_lotuse u ON u.entry_id = e.id JOIN ledger_lot x ON x.id = u.lot_id
    WHERE e.posting_id = a.id AND a.kind IN ('redeem', 'hold', 'exchange_out', 'adjust') AND NOT x.is_open
      AND x.expires_at > m.at AND x.expires_at < m.extend_to
  ) l
  WHERE l.posting_id <> a.id ORDER BY l.id;
  UPDATE ledger_lot l SET expires_at = c.expires_after
  FROM unnest(p_answers) a JOIN ledger_lotchange c ON c.posting_id = a.id AND a.outcome = 'posted' AND c.expires_after IS NOT NULL
  WHERE l.id = c.lot_id;
END $$;
-- reverse
DROP FUNCTION ledger_extend(ledger_move[], ledger_answer[]);
DROP FUNCTION ledger_mature(ledger_move, ledger_posting);
