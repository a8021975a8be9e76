-- Tamper-evidence behind the writes: a hash chain over blocks of entries with their postings. Blocks are cut by transaction
-- id, not by row id: an entry with a smaller id may be committed after one with a larger id was sealed, and "id > last"
-- would skip it for ever. Only transactions older than every running one are sealed, so nothing can come in behind.

-- What is hashed of an entry and its posting: every column, times as microseconds, so that no setting changes the text.
CREATE FUNCTION ledger_sealed_text(e ledger_ledgerentry, p ledger_posting) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(e.id, e.posting_id, e.unit_id, e.debit_id, e.credit_id, e.points, e.debit_after, e.credit_after, e.debit_version,
             e.credit_version, e.reverses_id, (extract(epoch FROM e.occurred_at) * 1000000)::bigint,
             (extract(epoch FROM e.recorded_at) * 1000000)::bigint, e.xid,
             p.id, p.public_id, p.brand_id, p.unit_id, p.account_id, p.kind, p.key, encode(p.fingerprint, 'hex'), p.actor,
             p.reference, p.points, p.shortfall, p.balance_after, p.reverses_id, p.data::text,
             (extract(epoch FROM p.occurred_at) * 1000000)::bigint, (extract(epoch FROM p.recorded_at) * 1000000)::bigint)::text
$$;

-- The number of entries whose transactions are in [p_from, p_to), and the hash of them after p_previous.
CREATE FUNCTION ledger_block_hash(p_previous bytea, p_from bigint, p_to bigint, OUT entries bigint, OUT hash bytea)
LANGUAGE sql STABLE AS $$
  SELECT count(e.id), sha256(p_previous || coalesce(string_agg(sha256(convert_to(ledger_sealed_text(e, p), 'UTF8')), ''::bytea
                                                               ORDER BY e.xid, e.id), ''))
  FROM ledger_ledgerentry e LEFT JOIN ledger_posting p ON p.id = e.posting_id WHERE e.xid >= p_from AND e.xid < p_to
$$;

-- The first transaction id that may still be running; refuses when ids of this server lie behind what was marked, as they do
-- when the books were restored on another one: entries written now would be behind the mark and never looked at.
CREATE FUNCTION ledger_settled_xid(p_mark bigint, p_what text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE settled bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
BEGIN
  IF settled < p_mark THEN
    RAISE EXCEPTION 'transaction ids went back: this server is at %, % reached %', settled, p_what, p_mark
      USING ERRCODE = 'LE002', HINT = 'The books were restored on another server. Stop it, move its transaction ids past the '
        || 'mark with pg_resetwal (--epoch and --next-transaction-id), and only then let points move again.';
  END IF;
  RETURN settled;
END $$;

-- Seals what is settled, in blocks of p_block entries or a little more (a transaction is never cut), until p_limit entries
-- are sealed. Answers how many were. Only one seals at a time.
CREATE FUNCTION ledger_seal_settled(p_block int, p_limit bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE last ledger_seal; settled bigint; until bigint; run record; waiting bigint := 0; sealed bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ledger_seal'));
  SELECT * INTO last FROM ledger_seal ORDER BY sequence DESC LIMIT 1;
  IF NOT FOUND THEN
    last.sequence := 0; last.to_xid := 0; last.hash := '';
  END IF;
  settled := ledger_settled_xid(last.to_xid, 'the newest seal');
  FOR run IN
    SELECT e.xid, count(*) AS n FROM ledger_ledgerentry e WHERE e.xid >= last.to_xid AND e.xid < settled
    GROUP BY e.xid ORDER BY e.xid
  LOOP
    waiting := waiting + run.n; sealed := sealed + run.n; until := run.xid + 1;
    IF waiting >= p_block THEN
      last := ledger_seal_block(last, until);
      waiting := 0;
    END IF;
    EXIT WHEN sealed >= p_limit;
  END LOOP;
  IF waiting > 0 THEN
    PERFORM ledger_seal_block(last, until);
  END IF;
  RETURN sealed;
END $$;

-- Adds the link after p_last, over what lies between its end and p_to.
CREATE FUNCTION ledger_seal_block(p_last ledger_seal, p_to bigint) RETURNS ledger_seal LANGUAGE sql AS $$
  INSERT INTO ledger_seal (sequence, from_xid, to_xid, entries, previous_hash, hash)
  SELECT p_last.sequence + 1, p_last.to_xid, p_to, b.entries, p_last.hash, b.hash
  FROM ledger_block_hash(p_last.hash, p_last.to_xid, p_to) b RETURNING *
$$;
-- reverse
DROP FUNCTION ledger_seal_block(ledger_seal, bigint);
DROP FUNCTION ledger_seal_settled(int, bigint);
DROP FUNCTION ledger_settled_xid(bigint, text);
DROP FUNCTION ledger_block_hash(bytea, bigint, bigint);
DROP FUNCTION ledger_sealed_text(ledger_ledgerentry, ledger_posting);
