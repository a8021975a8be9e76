-- What people wrote into a posting (its key, reference and data) can be forgotten when somebody is erased; what moved cannot.
-- The digest of the words stays, and is what the seals cover: they hold before and after, and whoever changes a figure, or
-- words that nobody forgot, breaks them as ever. Seals made before this file are made anew by it, so the chain has other
-- hashes from here on, and checkpoints kept of the old ones fit no more.

-- The seals must hold, for they are about to be written anew.
DO $$
BEGIN
  IF EXISTS (SELECT FROM ledger_seal s, LATERAL ledger_block_hash(s.previous_hash, s.from_xid, s.to_xid) b
             WHERE b.hash <> s.hash OR b.entries <> s.entries) THEN
    RAISE EXCEPTION 'the seals of the ledger do not hold' USING HINT = 'See verify_ledger.';
  END IF;
END $$;

CREATE FUNCTION ledger_words_digest(p ledger_posting) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(convert_to(ROW(p.key, p.reference, p.data::text)::text, 'UTF8'))
$$;

-- Nobody brings a digest along: it is taken of the words as they are.
CREATE FUNCTION ledger_note_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT ledger_words_digest(p) INTO STRICT NEW.digest FROM ledger_posting p WHERE p.id = NEW.posting_id;
  RETURN NEW;
END $$;
CREATE TRIGGER note_words BEFORE INSERT ON ledger_forgotten FOR EACH ROW EXECUTE FUNCTION ledger_note_words();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_forgotten FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger_forgotten EXECUTE FUNCTION ledger_refuse_change();

-- A posting stays as written, but for its words, and these only when their digest is kept.
CREATE FUNCTION ledger_keep_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND EXISTS (SELECT FROM ledger_forgotten f WHERE f.posting_id = OLD.id)
     AND to_jsonb(NEW) - '{key,reference,data}'::text[] = to_jsonb(OLD) - '{key,reference,data}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'ledger_posting is append-only' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'books_are_append_only';
END $$;
DROP TRIGGER append_only ON ledger_posting;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_posting FOR EACH ROW EXECUTE FUNCTION ledger_keep_posting();

-- What is hashed of an entry and its posting: every column, times as microseconds, the words by their digest.
CREATE FUNCTION ledger_sealed_text(e ledger_ledgerentry, p ledger_posting, p_words bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(e.id, e.posting_id, e.unit_id, e.debit_id, e.credit_id, e.points, e.debit_after, e.credit_after, e.debit_version,
             e.credit_version, e.reverses_id, (extract(epoch FROM e.occurred_at) * 1000000)::bigint,
             (extract(epoch FROM e.recorded_at) * 1000000)::bigint, e.xid,
             p.id, p.public_id, p.brand_id, p.unit_id, p.account_id, p.kind, encode(p_words, 'hex'),
             encode(p.fingerprint, 'hex'), p.actor, p.points, p.shortfall, p.balance_after, p.reverses_id,
             (extract(epoch FROM p.occurred_at) * 1000000)::bigint, (extract(epoch FROM p.recorded_at) * 1000000)::bigint)::text
$$;
CREATE OR REPLACE FUNCTION ledger_block_hash(p_previous bytea, p_from bigint, p_to bigint, OUT entries bigint, OUT hash bytea)
LANGUAGE sql STABLE AS $$
  SELECT count(e.id), sha256(p_previous || coalesce(string_agg(sha256(convert_to(
           ledger_sealed_text(e, p, coalesce(f.digest, ledger_words_digest(p))), 'UTF8')), ''::bytea ORDER BY e.xid, e.id), ''))
  FROM ledger_ledgerentry e LEFT JOIN ledger_posting p ON p.id = e.posting_id LEFT JOIN ledger_forgotten f ON f.posting_id = p.id
  WHERE e.xid >= p_from AND e.xid < p_to
$$;
DROP FUNCTION ledger_sealed_text(ledger_ledgerentry, ledger_posting);

-- The links of the chain anew, in their order.
CREATE FUNCTION ledger_seal_anew() RETURNS void LANGUAGE plpgsql AS $$
DECLARE s ledger_seal; previous bytea := '';
BEGIN
  FOR s IN SELECT * FROM ledger_seal ORDER BY sequence LOOP
    UPDATE ledger_seal x SET previous_hash = previous, hash = (ledger_block_hash(previous, s.from_xid, s.to_xid)).hash
    WHERE x.sequence = s.sequence RETURNING hash INTO previous;
  END LOOP;
END $$;
ALTER TABLE ledger_seal DISABLE TRIGGER append_only;
SELECT ledger_seal_anew();
ALTER TABLE ledger_seal ENABLE TRIGGER append_only;
-- reverse
DROP TRIGGER append_only ON ledger_posting;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_posting FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE FUNCTION ledger_sealed_text(e ledger_ledgerentry, p ledger_posting) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(e.id, e.posting_id, e.unit_id, e.debit_id, e.credit_id, e.points, e.debit_after, e.credit_after, e.debit_version,
             e.credit_version, e.reverses_id, (extract(epoch FROM e.occurred_at) * 1000000)::bigint,
             (extract(epoch FROM e.recorded_at) * 1000000)::bigint, e.xid,
             p.id, p.public_id, p.brand_id, p.unit_id, p.account_id, p.kind, p.key, encode(p.fingerprint, 'hex'), p.actor,
             p.reference, p.points, p.shortfall, p.balance_after, p.reverses_id, p.data::text,
             (extract(epoch FROM p.occurred_at) * 1000000)::bigint, (extract(epoch FROM p.recorded_at) * 1000000)::bigint)::text
$$;
CREATE OR REPLACE FUNCTION ledger_block_hash(p_previous bytea, p_from bigint, p_to bigint, OUT entries bigint, OUT hash bytea)
LANGUAGE sql STABLE AS $$
  SELECT count(e.id), sha256(p_previous || coalesce(string_agg(sha256(convert_to(ledger_sealed_text(e, p), 'UTF8')), ''::bytea
                                                               ORDER BY e.xid, e.id), ''))
  FROM ledger_ledgerentry e LEFT JOIN ledger_posting p ON p.id = e.posting_id WHERE e.xid >= p_from AND e.xid < p_to
$$;
DROP FUNCTION ledger_sealed_text(ledger_ledgerentry, ledger_posting, bytea);
ALTER TABLE ledger_seal DISABLE TRIGGER append_only;
SELECT ledger_seal_anew();
ALTER TABLE ledger_seal ENABLE TRIGGER append_only;
DROP FUNCTION ledger_seal_anew();
DROP FUNCTION ledger_keep_posting();
DROP TRIGGER no_truncate ON ledger_forgotten;
DROP TRIGGER append_only ON ledger_forgotten;
DROP TRIGGER note_words ON ledger_forgotten;
DROP FUNCTION ledger_note_words();
DROP FUNCTION ledger_words_digest(ledger_posting);
