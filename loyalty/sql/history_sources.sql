-- From where a change came, as a column of the list of changes, so that it can be asked for; and the indexes by which the list
-- is read: newest first, by brand, and for a brand by kind or source. Almost every line is of one brand, which is then
-- brand_ids[1]; the few of several are looked for apart.

-- "portal" and "api" by the address; "job" and "command" say so themselves; "process" is a program, "database" SQL by hand.
CREATE FUNCTION loyalty_source_of(p_context jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_context IS NULL THEN 'database'
    WHEN p_context ->> 'path' LIKE '% /api/%' THEN 'api'
    WHEN p_context ? 'path' THEN 'portal'
    WHEN split_part(p_context ->> 'via', ':', 1) IN ('job', 'command') THEN split_part(p_context ->> 'via', ':', 1)
    WHEN split_part(p_context ->> 'actor', ':', 1) IN ('job', 'command') THEN split_part(p_context ->> 'actor', ':', 1)
    ELSE 'process' END
$$;

CREATE OR REPLACE FUNCTION loyalty_note_change(p_kind text, p_id bigint, p_object text, p_label text, p_context jsonb, p_brands uuid[], p_digest bytea)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO loyalty_change (id, kind, object_id, label, actor, brand_ids, recorded_at, digest, xid, source)
  VALUES (p_id, p_kind, p_object, p_label, coalesce(nullif(p_context ->> 'actor', ''), 'database:' || session_user),
          array_remove(coalesce(p_brands, '{}'), NULL), now(), p_digest, pg_current_xact_id()::text::bigint,
          loyalty_source_of(p_context))
$$;

-- The lines from before there was a source hash to what they did.
CREATE OR REPLACE FUNCTION loyalty_history_block(p_previous bytea, p_from bigint, p_to bigint, OUT changes bigint, OUT hash bytea)
LANGUAGE sql STABLE AS $$
  SELECT count(*), sha256(p_previous || coalesce(string_agg(sha256(convert_to(
           ROW(c.id, c.kind, c.object_id, c.label, c.actor, c.brand_ids, (extract(epoch FROM c.recorded_at) * 1000000)::bigint,
               encode(c.digest, 'hex'), c.xid)::text || c.source, 'UTF8')), ''::bytea ORDER BY c.xid, c.id), ''))
  FROM loyalty_change c WHERE c.xid >= p_from AND c.xid < p_to
$$;

CREATE INDEX change_by_brand ON loyalty_change ((brand_ids[1]), recorded_at, id);
CREATE INDEX change_by_brand_and_kind ON loyalty_change ((brand_ids[1]), kind, recorded_at, id);
CREATE INDEX change_by_brand_and_source ON loyalty_change ((brand_ids[1]), source, recorded_at, id);
CREATE INDEX change_of_brands ON loyalty_change USING gin (brand_ids) WHERE cardinality(brand_ids) > 1;
-- reverse
DROP INDEX change_of_brands;
DROP INDEX change_by_brand_and_source;
DROP INDEX change_by_brand_and_kind;
DROP INDEX change_by_brand;
CREATE OR REPLACE FUNCTION loyalty_history_block(p_previous bytea, p_from bigint, p_to bigint, OUT changes bigint, OUT hash bytea)
LANGUAGE sql STABLE AS $$
  SELECT count(*), sha256(p_previous || coalesce(string_agg(sha256(convert_to(
           ROW(c.id, c.kind, c.object_id, c.label, c.actor, c.brand_ids, (extract(epoch FROM c.recorded_at) * 1000000)::bigint,
               encode(c.digest, 'hex'), c.xid)::text, 'UTF8')), ''::bytea ORDER BY c.xid, c.id), ''))
  FROM loyalty_change c WHERE c.xid >= p_from AND c.xid < p_to
$$;
CREATE OR REPLACE FUNCTION loyalty_note_change(p_kind text, p_id bigint, p_object text, p_label text, p_context jsonb, p_brands uuid[], p_digest bytea)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO loyalty_change (id, kind, object_id, label, actor, brand_ids, recorded_at, digest, xid)
  VALUES (p_id, p_kind, p_object, p_label, coalesce(nullif(p_context ->> 'actor', ''), 'database:' || session_user),
          array_remove(coalesce(p_brands, '{}'), NULL), now(), p_digest, pg_current_xact_id()::text::bigint)
$$;
DROP FUNCTION loyalty_source_of(jsonb);
