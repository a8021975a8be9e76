-- An exchange goes pending, processing, and back to pending after an attempt that failed, until it is completed, failed or
-- cancelled; it is cancelled only while pending. What it is about never changes, and what has ended stays as it is, but for
-- the words that are forgotten with somebody.
CREATE FUNCTION exchange_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moving text[] := '{status,failure,out_id,in_id,attempts,next_attempt_at,last_error,is_dead,processing_since,completed_at,told_at}';
  words text[] := '{key,fingerprint}';
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - moving - words = to_jsonb(OLD) - moving - words
     AND (OLD.status = NEW.status
          OR OLD.status = 'pending' AND NEW.status IN ('processing', 'completed', 'failed', 'cancelled')
          OR OLD.status = 'processing' AND NEW.status IN ('pending', 'completed', 'failed'))
     AND (OLD.status IN ('pending', 'processing') OR to_jsonb(NEW) - words - '{told_at}'::text[] = to_jsonb(OLD) - words - '{told_at}'::text[]) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'exchange % does not go from % to %', OLD.id, OLD.status, CASE TG_OP WHEN 'UPDATE' THEN NEW.status ELSE 'nothing' END
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'exchanges_change_in_order';
END $$;
CREATE TRIGGER in_order BEFORE UPDATE OR DELETE ON exchange_exchange FOR EACH ROW EXECUTE FUNCTION exchange_guard();
ALTER TABLE exchange_exchange SET (fillfactor = 70);
-- reverse
DROP FUNCTION exchange_guard() CASCADE;
