-- Of a lot only the counters may change, what expired or was returned only grows, and a lot is never removed.
CREATE FUNCTION ledger_guard_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a lot''s origin, size and times do not change, and it is not removed'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'lots_only_run_down';
END $$;
CREATE TRIGGER only_counters BEFORE UPDATE ON ledger_lot FOR EACH ROW WHEN (
  (OLD.id, OLD.account_id, OLD.entry_id, OLD.posting_id, OLD.points, OLD.granted_at, OLD.available_at, OLD.expires_at)
    IS DISTINCT FROM (NEW.id, NEW.account_id, NEW.entry_id, NEW.posting_id, NEW.points, NEW.granted_at, NEW.available_at, NEW.expires_at)
  OR NEW.expired < OLD.expired OR NEW.returned < OLD.returned OR NEW.withdrawn < OLD.withdrawn OR NEW.refunded < OLD.refunded
) EXECUTE FUNCTION ledger_guard_lot();
CREATE TRIGGER never_removed BEFORE DELETE ON ledger_lot FOR EACH ROW EXECUTE FUNCTION ledger_guard_lot();
-- reverse
DROP FUNCTION ledger_guard_lot() CASCADE;
