-- What happened stays as it was told: no update, no delete, no truncate.
CREATE FUNCTION loyalty_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'events_are_append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loyalty_event FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON loyalty_event EXECUTE FUNCTION loyalty_refuse_change();
-- reverse
DROP FUNCTION loyalty_refuse_change() CASCADE;
