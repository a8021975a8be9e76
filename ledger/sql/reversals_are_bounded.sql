-- The reversals of an entry sum to no more than it moved, stay between the same two accounts, and are not reversed.
CREATE FUNCTION ledger_guard_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE original ledger_ledgerentry;
BEGIN
  SELECT * INTO STRICT original FROM ledger_ledgerentry WHERE id = NEW.reverses_id;
  IF original.reverses_id IS NOT NULL THEN
    RAISE EXCEPTION 'entry % is a reversal itself', original.id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'reversals_are_not_reversed';
  END IF;
  IF (original.debit_id, original.credit_id) IS DISTINCT FROM (NEW.credit_id, NEW.debit_id)
     OR original.points < (SELECT sum(points) FROM ledger_ledgerentry WHERE reverses_id = NEW.reverses_id) THEN
    RAISE EXCEPTION 'the reversals of entry % take back more than it moved', original.id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'reversals_are_bounded';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER reversal_is_bounded AFTER INSERT ON ledger_ledgerentry FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
  EXECUTE FUNCTION ledger_guard_reversal();
-- reverse
DROP FUNCTION ledger_guard_reversal() CASCADE;
