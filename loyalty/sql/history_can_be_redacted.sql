-- Of a record of the history an erasure can take out why it was done and from where (parts of pgh_context), when a line of the
-- erasure stands in the list behind it with the digest of what is left. What was changed, when and by whom stays.
CREATE OR REPLACE FUNCTION loyalty_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT FROM loyalty_change line JOIN loyalty_change erasure USING (kind, object_id)
               WHERE line.id = OLD.pgh_id AND erasure.label = 'erase' AND erasure.id > line.id) THEN
      RETURN OLD;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF to_jsonb(NEW) - 'pgh_context' = to_jsonb(OLD) - 'pgh_context' AND NEW.pgh_context <@ OLD.pgh_context
       AND EXISTS (SELECT FROM loyalty_change line JOIN loyalty_change erasure USING (kind, object_id)
                   WHERE line.id = OLD.pgh_id AND erasure.label = 'erase' AND erasure.id > line.id
                     AND erasure.digest = loyalty_row_digest(NEW)) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'history_is_append_only';
END $$;
-- reverse
CREATE OR REPLACE FUNCTION loyalty_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT FROM loyalty_change line JOIN loyalty_change erasure USING (kind, object_id)
               WHERE line.id = OLD.pgh_id AND erasure.label = 'erase' AND erasure.id > line.id) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'history_is_append_only';
END $$;
