-- As before; holds that ran out are looked for on all accounts at once, not on one after the other wherever points are held.
CREATE OR REPLACE FUNCTION ledger_lapse(p_moves ledger_move[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE m ledger_move; o ledger_posting; h record;
BEGIN
  FOR m IN
    SELECT x.* FROM unnest(p_moves) x
    CROSS JOIN LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.account_id AND b.held > 0 OFFSET 0) b
    CROSS JOIN LATERAL (SELECT FROM ledger_hold y WHERE y.account_id = x.account_id AND y.expires_at <= x.at
                          AND NOT EXISTS (SELECT FROM ledger_holdresolution r WHERE r.hold_id = y.id) LIMIT 1) y
    ORDER BY x.n
  LOOP
    FOR h IN SELECT p.id, p.public_id, hold.expires_at FROM ledger_hold hold JOIN ledger_posting p ON p.id = hold.posting_id
             WHERE hold.account_id = m.account_id AND hold.expires_at <= m.at
               AND NOT EXISTS (SELECT FROM ledger_holdresolution r WHERE r.hold_id = hold.id)
               AND (m.kind NOT IN ('capture', 'release') OR p.public_id <> m.target)
             ORDER BY hold.expires_at, hold.id
    LOOP
      SELECT * INTO STRICT o FROM ledger_posting WHERE id = h.id;
      -- What lapsed before the hold's end is dated then, and not swept up with what the hold gives back.
      m.at := h.expires_at; m.policy := 'debt';
      PERFORM ledger_expire(ARRAY[m], '-infinity');
      m.kind := 'release'; m.public_id := gen_random_uuid(); m.key := 'lapse:' || h.public_id; m.fingerprint := '';
      m.actor := 'system:holds'; m.target := h.public_id; m.reference := ''; m.data := '{}';
      PERFORM ledger_resolve_hold(m, o);
    END LOOP;
  END LOOP;
  IF EXISTS (SELECT FROM unnest(p_moves) x, LATERAL (SELECT FROM ledger_lot l WHERE l.account_id = x.account_id AND l.is_open
               AND l.expires_at <= x.at LIMIT 1) l) OR EXISTS (SELECT FROM unnest(p_moves) x WHERE x.policy = 'forfeit') THEN
    PERFORM ledger_expire(p_moves, '-infinity');
  END IF;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_lapse(p_moves ledger_move[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE m ledger_move; o ledger_posting; h record;
BEGIN
  IF EXISTS (SELECT FROM unnest(p_moves) x, LATERAL (SELECT FROM ledger_balance b WHERE b.account_id = x.account_id AND b.held > 0 OFFSET 0) b) THEN
    FOREACH m IN ARRAY p_moves LOOP
      FOR h IN SELECT p.id, p.public_id, hold.expires_at FROM ledger_hold hold JOIN ledger_posting p ON p.id = hold.posting_id
               WHERE hold.account_id = m.account_id AND hold.expires_at <= m.at
                 AND NOT EXISTS (SELECT FROM ledger_holdresolution r WHERE r.hold_id = hold.id)
                 AND (m.kind NOT IN ('capture', 'release') OR p.public_id <> m.target)
               ORDER BY hold.expires_at, hold.id
      LOOP
        SELECT * INTO STRICT o FROM ledger_posting WHERE id = h.id;
        -- What lapsed before the hold's end is dated then, and not swept up with what the hold gives back.
        m.at := h.expires_at; m.policy := 'debt';
        PERFORM ledger_expire(ARRAY[m], '-infinity');
        m.kind := 'release'; m.public_id := gen_random_uuid(); m.key := 'lapse:' || h.public_id; m.fingerprint := '';
        m.actor := 'system:holds'; m.target := h.public_id; m.reference := ''; m.data := '{}';
        PERFORM ledger_resolve_hold(m, o);
      END LOOP;
    END LOOP;
  END IF;
  IF EXISTS (SELECT FROM unnest(p_moves) x, LATERAL (SELECT FROM ledger_lot l WHERE l.account_id = x.account_id AND l.is_open
               AND l.expires_at <= x.at LIMIT 1) l) OR EXISTS (SELECT FROM unnest(p_moves) x WHERE x.policy = 'forfeit') THEN
    PERFORM ledger_expire(p_moves, '-infinity');
  END IF;
END $$;
