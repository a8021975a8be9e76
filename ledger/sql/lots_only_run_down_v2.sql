-- Of a lot only the counters may change, what expired or was returned only grows, and a lot is never removed. Its times change
-- where a posting changed them, and said so: points that were pending count sooner, points that would be gone stay longer.
CREATE OR REPLACE FUNCTION ledger_guard_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND to_jsonb(NEW) - '{available_at,expires_at,is_open}'::text[] = to_jsonb(OLD) - '{available_at,expires_at,is_open}'::text[]
     AND (NEW.available_at = OLD.available_at OR EXISTS (SELECT FROM ledger_lotchange c WHERE c.lot_id = OLD.id
            AND c.available_before = OLD.available_at AND c.available_after = NEW.available_at))
     AND (NEW.expires_at IS NOT DISTINCT FROM OLD.expires_at OR EXISTS (SELECT FROM ledger_lotchange c WHERE c.lot_id = OLD.id
            AND c.expires_before = OLD.expires_at AND c.expires_after = NEW.expires_at)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a lot''s origin, size and times do not change, and it is not removed'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'lots_only_run_down';
END $$;

-- A change starts at what the lot says now, and is of a posting on the lot's account that is written with it; only a release of
-- pending points makes them count sooner, and only those of its own target.
CREATE FUNCTION ledger_guard_lot_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM ledger_lot l JOIN ledger_posting p ON p.id = NEW.posting_id AND p.account_id = l.account_id
    WHERE l.id = NEW.lot_id AND l.remaining = NEW.points AND p.occurred_at = NEW.occurred_at
      AND p.recorded_at = now() AND NEW.recorded_at = now()
      AND (NEW.available_before IS NULL OR l.available_at = NEW.available_before AND p.kind = 'mature' AND p.reverses_id = l.posting_id)
      AND (NEW.expires_before IS NULL OR l.expires_at = NEW.expires_before)
  ) THEN
    RAISE EXCEPTION 'lot % is not changed by posting %', NEW.lot_id, NEW.posting_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'lots_are_changed_by_postings';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER by_posting BEFORE INSERT ON ledger_lotchange FOR EACH ROW EXECUTE FUNCTION ledger_guard_lot_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_lotchange FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger_lotchange EXECUTE FUNCTION ledger_refuse_change();
-- reverse
DROP FUNCTION ledger_guard_lot_change() CASCADE;
DROP TRIGGER append_only ON ledger_lotchange;
DROP TRIGGER no_truncate ON ledger_lotchange;
CREATE OR REPLACE FUNCTION ledger_guard_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a lot''s origin, size and times do not change, and it is not removed'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'lots_only_run_down';
END $$;
