-- What the triggers of `loyalty.history.tracking` call. The tables of records are beside the tracked ones; the list of all
-- changes, loyalty_change, has a line for each record, with a digest that stays when the record is erased.

-- The values that differ, as they were: of `secret` columns only that they differ.
CREATE FUNCTION loyalty_values_before(old jsonb, new jsonb, watched text[], secret text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_object_agg(name, CASE WHEN name = ANY (secret) THEN 'null'::jsonb ELSE old -> name END)
  FROM unnest(watched || secret) AS name WHERE old -> name IS DISTINCT FROM new -> name
$$;

-- Of a record: every column that has a value, by name, so that a column added later changes no digest of before. Times and
-- bytes are written in one way, whatever the session has set.
CREATE FUNCTION loyalty_row_digest(kept anyelement) RETURNS bytea LANGUAGE sql STABLE SET timezone = 'UTC' SET bytea_output = 'hex' AS $$
  SELECT sha256(convert_to(string_agg(key || '=' || value::text, E'\n' ORDER BY key), 'UTF8'))
  FROM jsonb_each(to_jsonb(kept)) WHERE value <> 'null'::jsonb
$$;

-- The line of a record. Who did it is what the context says, or else the role in the database.
CREATE FUNCTION loyalty_note_change(p_kind text, p_id bigint, p_object text, p_label text, p_context jsonb, p_brands uuid[], p_digest bytea)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO loyalty_change (id, kind, object_id, label, actor, brand_ids, recorded_at, digest, xid)
  VALUES (p_id, p_kind, p_object, p_label, coalesce(nullif(p_context ->> 'actor', ''), 'database:' || session_user),
          array_remove(coalesce(p_brands, '{}'), NULL), now(), p_digest, pg_current_xact_id()::text::bigint)
$$;

-- Records stay as they are. A record is taken out only when an erasure of its object stands in the list behind it.
CREATE FUNCTION loyalty_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT FROM loyalty_change line JOIN loyalty_change erasure USING (kind, object_id)
               WHERE line.id = OLD.pgh_id AND erasure.label = 'erase' AND erasure.id > line.id) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'history_is_append_only';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loyalty_change FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON loyalty_change EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loyalty_historyseal FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON loyalty_historyseal EXECUTE FUNCTION loyalty_refuse_change();
-- reverse
DROP TRIGGER no_truncate ON loyalty_historyseal;
DROP TRIGGER append_only ON loyalty_historyseal;
DROP TRIGGER no_truncate ON loyalty_change;
DROP TRIGGER append_only ON loyalty_change;
DROP FUNCTION loyalty_keep_history();
DROP FUNCTION loyalty_note_change(text, bigint, text, text, jsonb, uuid[], bytea);
DROP FUNCTION loyalty_row_digest(anyelement);
DROP FUNCTION loyalty_values_before(jsonb, jsonb, text[], text[]);
