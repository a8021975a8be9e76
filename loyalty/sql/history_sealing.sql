-- Tamper-evidence of the history: a hash chain over blocks of the list of changes, cut by transaction id as the ledger's is
-- (ledger/sql/sealing.sql): only transactions older than every running one are sealed, so nothing can come in behind.

-- The number of changes whose transactions are in [p_from, p_to), and the hash of their lines after p_previous. A line
-- carries the digest of its record, so that the chain holds when a record is erased.
CREATE FUNCTION loyalty_history_block(p_previous bytea, p_from bigint, p_to bigint, OUT changes bigint, OUT hash bytea)
LANGUAGE sql STABLE AS $$
  SELECT count(*), sha256(p_previous || coalesce(string_agg(sha256(convert_to(
           ROW(c.id, c.kind, c.object_id, c.label, c.actor, c.brand_ids, (extract(epoch FROM c.recorded_at) * 1000000)::bigint,
               encode(c.digest, 'hex'), c.xid)::text, 'UTF8')), ''::bytea ORDER BY c.xid, c.id), ''))
  FROM loyalty_change c WHERE c.xid >= p_from AND c.xid < p_to
$$;

-- Adds the link after p_last, over what lies between its end and p_to.
CREATE FUNCTION loyalty_seal_block(p_last loyalty_historyseal, p_to bigint) RETURNS loyalty_historyseal LANGUAGE sql AS $$
  INSERT INTO loyalty_historyseal (sequence, from_xid, to_xid, changes, previous_hash, hash)
  SELECT p_last.sequence + 1, p_last.to_xid, p_to, b.changes, p_last.hash, b.hash
  FROM loyalty_history_block(p_last.hash, p_last.to_xid, p_to) b RETURNING *
$$;

-- Seals what is settled, in blocks of p_block changes or a little more (a transaction is never cut), until p_limit changes
-- are sealed. Answers how many were. Only one seals at a time. Refuses when transaction ids lie behind the newest seal, as
-- they do when the database was restored on another server: what is written now would never be looked at.
CREATE FUNCTION loyalty_seal_settled(p_block int, p_limit bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE last loyalty_historyseal; settled bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint; until bigint;
        run record; waiting bigint := 0; sealed bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('loyalty_historyseal'));
  SELECT * INTO last FROM loyalty_historyseal ORDER BY sequence DESC LIMIT 1;
  IF NOT FOUND THEN
    last.sequence := 0; last.to_xid := 0; last.hash := '';
  END IF;
  IF settled < last.to_xid THEN
    RAISE EXCEPTION 'transaction ids went back: this server is at %, the newest seal of the history reached %', settled, last.to_xid
      USING ERRCODE = 'LE002', HINT = 'The database was restored on another server. Stop it, move its transaction ids past '
        || 'the mark with pg_resetwal (--epoch and --next-transaction-id), and only then let anything be changed again.';
  END IF;
  FOR run IN
    SELECT c.xid, count(*) AS n FROM loyalty_change c WHERE c.xid >= last.to_xid AND c.xid < settled GROUP BY c.xid ORDER BY c.xid
  LOOP
    waiting := waiting + run.n; sealed := sealed + run.n; until := run.xid + 1;
    IF waiting >= p_block THEN
      last := loyalty_seal_block(last, until);
      waiting := 0;
    END IF;
    EXIT WHEN sealed >= p_limit;
  END LOOP;
  IF waiting > 0 THEN
    PERFORM loyalty_seal_block(last, until);
  END IF;
  RETURN sealed;
END $$;
-- reverse
DROP FUNCTION loyalty_seal_settled(int, bigint);
DROP FUNCTION loyalty_seal_block(loyalty_historyseal, bigint);
DROP FUNCTION loyalty_history_block(bytea, bigint, bigint);
