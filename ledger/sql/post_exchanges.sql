-- Points that were set aside by a hold leave for another program, over the clearing account of that partner: the hold is
-- captured whole. Set-based over moves of different accounts whose balance rows are locked. A move whose key is taken, or
-- whose hold is not there or resolved, is left out of the answer.
CREATE FUNCTION ledger_exchange_held(p_moves ledger_move[]) RETURNS SETOF ledger_answer LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  WITH m AS MATERIALIZED (
    SELECT x.*, o.id AS held_by, h.id AS hold_id, h.points AS held, b.posted, b.events, s.id AS holding_id
    FROM unnest(p_moves) x
    CROSS JOIN LATERAL (SELECT p.id FROM ledger_posting p WHERE p.public_id = x.target AND p.account_id = x.account_id OFFSET 0) o
    CROSS JOIN LATERAL (SELECT y.* FROM ledger_hold y WHERE y.posting_id = o.id OFFSET 0) h
    CROSS JOIN LATERAL (SELECT y.* FROM ledger_balance y WHERE y.account_id = x.account_id OFFSET 0) b
    CROSS JOIN LATERAL (
      SELECT y.id FROM ledger_account y WHERE y.unit_id = x.unit_id AND y.kind = 'holding' AND y.owner_id IS NULL OFFSET 0) s
    WHERE NOT x.is_closed
      AND NOT EXISTS (SELECT FROM ledger_posting p WHERE p.brand_id = x.brand_id AND p.key = x.key)
      AND NOT EXISTS (SELECT FROM ledger_holdresolution r WHERE r.hold_id = h.id)
  ), posting AS (
    INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                                shortfall, balance_after, reverses_id, data, occurred_at, recorded_at)
    SELECT m.public_id, m.brand_id, m.unit_id, m.account_id, m.kind, m.key, m.fingerprint, m.actor, m.reference, 0,
           0, m.posted, m.held_by, m.data, m.at, now()
    FROM m ORDER BY m.n
    ON CONFLICT DO NOTHING RETURNING id, public_id
  ), done AS (
    SELECT p.id AS posting_id, m.* FROM posting p JOIN m USING (public_id)
  ), balance AS (
    UPDATE ledger_balance b SET held = b.held - d.held, redeemed = b.redeemed + d.held, events = b.events + 1
    FROM done d WHERE b.account_id = d.account_id
  ), entry AS (
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, occurred_at, recorded_at)
    SELECT d.posting_id, d.unit_id, d.holding_id, d.contra_id, d.held, d.at, now() FROM done d ORDER BY d.n
  ), resolution AS (
    INSERT INTO ledger_holdresolution (hold_id, posting_id, captured) SELECT d.hold_id, d.posting_id, d.held FROM done d
  ), event AS (
    INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                               occurred_at)
    SELECT gen_random_uuid(), d.brand_id, ledger_event_type(d.kind), d.stream_id, d.events + 1, d.owner_id, d.program_id,
           d.posting_id, ledger_event_data(d.public_id, 0::bigint, d.posted, d.reference)
             || jsonb_build_object('reverses', d.target, 'exchanged', d.held), d.at
    FROM done d
  )
  SELECT d.n, 'posted', d.posting_id, d.public_id, d.kind, d.account_id, 0::bigint, 0::bigint, d.posted,
         d.reference, d.actor, NULL::jsonb, d.at, now(), d.target,
         jsonb_build_object('held', d.held, 'captured', d.held)
  FROM done d;
END $$;
-- reverse
DROP FUNCTION ledger_exchange_held(ledger_move[]);
