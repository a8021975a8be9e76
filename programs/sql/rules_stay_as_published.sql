-- A rule set that was published stays as it is: only its status may change; it is never removed. Editions never change.
CREATE FUNCTION programs_rules_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF TG_TABLE_NAME = 'programs_ruleset' AND OLD.published_at IS NULL THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rules that were in force are not removed' USING ERRCODE = 'check_violation', CONSTRAINT = 'rules_stay_as_published';
  END IF;
  IF TG_TABLE_NAME = 'programs_edition' THEN
    RAISE EXCEPTION 'an edition is not changed' USING ERRCODE = 'check_violation', CONSTRAINT = 'rules_stay_as_published';
  END IF;
  IF OLD.published_at IS NOT NULL AND (OLD.document, OLD.version, OLD.program_id, OLD.published_at)
       IS DISTINCT FROM (NEW.document, NEW.version, NEW.program_id, NEW.published_at) THEN
    RAISE EXCEPTION 'a published rule set is not changed' USING ERRCODE = 'check_violation', CONSTRAINT = 'rules_stay_as_published';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rules_stay_as_published BEFORE UPDATE OR DELETE ON programs_ruleset
  FOR EACH ROW EXECUTE FUNCTION programs_rules_stay();
CREATE TRIGGER rules_stay_as_published BEFORE UPDATE OR DELETE ON programs_edition
  FOR EACH ROW EXECUTE FUNCTION programs_rules_stay();
-- reverse
DROP TRIGGER rules_stay_as_published ON programs_edition;
DROP TRIGGER rules_stay_as_published ON programs_ruleset;
DROP FUNCTION programs_rules_stay();
