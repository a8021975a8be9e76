-- What happened stays as it was told, but for what an erasure takes out of it: entries of `data` may go, in a transaction
-- that writes down an erasure. Nothing is put in, and no event is removed.
CREATE FUNCTION loyalty_erasure_is_of_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.xid := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;
CREATE TRIGGER of_now BEFORE INSERT ON loyalty_erasure FOR EACH ROW EXECUTE FUNCTION loyalty_erasure_is_of_now();

CREATE FUNCTION loyalty_keep_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'data' = to_jsonb(OLD) - 'data' AND NEW.data <@ OLD.data
     AND EXISTS (SELECT FROM loyalty_erasure e WHERE e.xid = pg_current_xact_id()::text::bigint) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'loyalty_event is append-only' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'events_are_append_only';
END $$;
DROP TRIGGER append_only ON loyalty_event;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loyalty_event FOR EACH ROW EXECUTE FUNCTION loyalty_keep_event();
-- reverse
DROP TRIGGER append_only ON loyalty_event;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loyalty_event FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
DROP FUNCTION loyalty_keep_event();
DROP TRIGGER of_now ON loyalty_erasure;
DROP FUNCTION loyalty_erasure_is_of_now();
