-- Figures of what moved. Entries are folded by transaction id, as the ledger's own roll-up does it: only transactions older
-- than every running one, so that a late commit is never skipped, and what came since is read from the entries themselves.

-- The entries of transactions in [p_from, p_to) as figures, one row each.
CREATE FUNCTION programs_moved(p_from bigint, p_to bigint)
RETURNS TABLE (unit_id bigint, starts_at timestamptz, issued bigint, taken_back bigint, redeemed bigint, given_back bigint,
               expired bigint, adjusted bigint)
LANGUAGE sql STABLE AS $$
  WITH hot AS MATERIALIZED (
    SELECT a.id, a.kind FROM ledger_hotrollup r JOIN ledger_account a ON a.id = r.account_id
  )
  SELECT e.unit_id, date_bin('15 minutes', e.occurred_at, timestamptz '2000-01-01 00:00+00'),
         CASE WHEN d.kind IN ('issuance', 'exchange') AND c.kind IS NULL THEN e.points ELSE 0 END,
         CASE WHEN c.kind = 'issuance' THEN e.points ELSE 0 END,
         CASE WHEN c.kind IN ('redemption', 'exchange') THEN e.points ELSE 0 END,
         CASE WHEN d.kind = 'redemption' THEN e.points ELSE 0 END,
         CASE WHEN c.kind = 'breakage' THEN e.points ELSE 0 END,
         CASE WHEN d.kind = 'adjustment' THEN e.points WHEN c.kind = 'adjustment' THEN -e.points ELSE 0 END
  FROM ledger_ledgerentry e LEFT JOIN hot d ON d.id = e.debit_id LEFT JOIN hot c ON c.id = e.credit_id
  WHERE e.xid >= p_from AND e.xid < p_to
$$;

-- Whose accounts earned or spent at what time, in the entries of transactions in [p_from, p_to) since p_since.
CREATE FUNCTION programs_acted(p_from bigint, p_to bigint, p_since timestamptz)
RETURNS TABLE (unit_id bigint, account_id bigint, occurred_at timestamptz) LANGUAGE sql STABLE AS $$
  SELECT e.unit_id, p.account_id, e.occurred_at
  FROM ledger_ledgerentry e JOIN ledger_posting p ON p.id = e.posting_id
  WHERE e.xid >= p_from AND e.xid < p_to AND e.occurred_at >= p_since
    AND p.kind IN ('earn', 'redeem', 'hold', 'exchange_out')
$$;

-- Folds what is settled and moves the mark. Answers how many entries were folded. Only one folds at a time. Who was active
-- is kept for p_days days before p_now.
CREATE FUNCTION programs_fold_figures(p_now timestamptz, p_days int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE mark bigint; settled bigint; folded bigint; oldest timestamptz := p_now - p_days * interval '1 day';
BEGIN
  INSERT INTO programs_foldmark (id, upto_xid) VALUES (1, 0) ON CONFLICT DO NOTHING;
  SELECT upto_xid INTO STRICT mark FROM programs_foldmark WHERE id = 1 FOR UPDATE;
  settled := ledger_settled_xid(mark, 'the figures');
  WITH total AS (
    SELECT m.unit_id, m.starts_at, sum(m.issued) AS issued, sum(m.taken_back) AS taken_back, sum(m.redeemed) AS redeemed,
           sum(m.given_back) AS given_back, sum(m.expired) AS expired, sum(m.adjusted) AS adjusted, count(*) AS moves
    FROM programs_moved(mark, settled) m GROUP BY 1, 2
  ), kept AS (
    INSERT INTO programs_quarterhour AS q (unit_id, starts_at, issued, taken_back, redeemed, given_back, expired, adjusted, moves)
    SELECT t.* FROM total t
    ON CONFLICT (unit_id, starts_at) DO UPDATE SET
      issued = q.issued + excluded.issued, taken_back = q.taken_back + excluded.taken_back,
      redeemed = q.redeemed + excluded.redeemed, given_back = q.given_back + excluded.given_back,
      expired = q.expired + excluded.expired, adjusted = q.adjusted + excluded.adjusted, moves = q.moves + excluded.moves
  )
  SELECT coalesce(sum(t.moves), 0) INTO folded FROM total t;
  INSERT INTO programs_activemember AS a (unit_id, day, account_id, first_at)
  SELECT m.unit_id, (m.occurred_at AT TIME ZONE p.timezone)::date, m.account_id, min(m.occurred_at)
  FROM programs_acted(mark, settled, oldest) m JOIN programs_program p ON p.unit_id = m.unit_id GROUP BY 1, 2, 3
  ON CONFLICT (unit_id, day, account_id) DO UPDATE SET first_at = excluded.first_at WHERE excluded.first_at < a.first_at;
  DELETE FROM programs_activemember a WHERE a.day < oldest::date;
  UPDATE programs_foldmark SET upto_xid = settled WHERE id = 1;
  RETURN folded;
END $$;

-- What moved in a unit in [p_since, p_until), by quarter of an hour (what is not folded yet comes in rows of its own).
CREATE FUNCTION programs_figures(p_unit bigint, p_since timestamptz, p_until timestamptz)
RETURNS TABLE (starts_at timestamptz, issued bigint, taken_back bigint, redeemed bigint, given_back bigint, expired bigint,
               adjusted bigint, moves bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE mark bigint := coalesce((SELECT m.upto_xid FROM programs_foldmark m WHERE m.id = 1), 0);
BEGIN
  RETURN QUERY
  SELECT q.starts_at, q.issued, q.taken_back, q.redeemed, q.given_back, q.expired, q.adjusted, q.moves
  FROM programs_quarterhour q WHERE q.unit_id = p_unit AND q.starts_at >= p_since AND q.starts_at < p_until
  UNION ALL
  SELECT m.starts_at, m.issued, m.taken_back, m.redeemed, m.given_back, m.expired, m.adjusted, 1::bigint
  FROM programs_moved(mark, 9223372036854775807) m
  WHERE m.unit_id = p_unit AND m.starts_at >= p_since AND m.starts_at < p_until;
END $$;

-- How many accounts of a unit earned or spent on a day that begins at p_since, before p_until.
CREATE FUNCTION programs_active(p_unit bigint, p_day date, p_since timestamptz, p_until timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE mark bigint := coalesce((SELECT m.upto_xid FROM programs_foldmark m WHERE m.id = 1), 0);
BEGIN
  RETURN (SELECT count(*) FROM (
    SELECT a.account_id FROM programs_activemember a WHERE a.unit_id = p_unit AND a.day = p_day AND a.first_at < p_until
    UNION
    SELECT m.account_id FROM programs_acted(mark, 9223372036854775807, p_since) m
    WHERE m.unit_id = p_unit AND m.occurred_at < p_until) found);
END $$;

-- The points that a unit's members hold, on hold too, less what they owe: what all its own accounts but that of holds have
-- given out. Reads the ledger's roll-up and what came after it.
CREATE FUNCTION programs_outstanding(p_unit bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE own bigint[]; settled numeric; mark bigint;
BEGIN
  SELECT array_agg(r.account_id), coalesce(sum(r.posted), 0), min(r.upto_xid) INTO own, settled, mark
  FROM ledger_account a JOIN ledger_hotrollup r ON r.account_id = a.id
  WHERE a.unit_id = p_unit AND a.kind IN ('issuance', 'redemption', 'breakage', 'exchange', 'adjustment');
  RETURN -(settled + coalesce((
    SELECT sum(CASE WHEN e.credit_id = r.account_id THEN e.points ELSE -e.points END)
    FROM ledger_ledgerentry e JOIN ledger_hotrollup r ON r.account_id IN (e.credit_id, e.debit_id)
    WHERE e.xid >= mark AND r.account_id = ANY (own) AND e.xid >= r.upto_xid), 0));
END $$;
-- reverse
DROP FUNCTION programs_outstanding(bigint);
DROP FUNCTION programs_active(bigint, date, timestamptz, timestamptz);
DROP FUNCTION programs_figures(bigint, timestamptz, timestamptz);
DROP FUNCTION programs_fold_figures(timestamptz, int);
DROP FUNCTION programs_acted(bigint, bigint, timestamptz);
DROP FUNCTION programs_moved(bigint, bigint);
