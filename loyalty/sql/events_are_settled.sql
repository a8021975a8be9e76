-- Up to which number the log is settled: no event with a number up to it can still appear. Numbers that follow on each
-- other without a gap are; a gap is a transaction that still runs or one that was rolled back, which is known when all
-- have ended that can have taken a number up to the mark. A mark is set at one call, dated at the next (whoever took a
-- number before has an older transaction id than the one that the second call is given) and met at a later one. Called in
-- a statement of its own; within a transaction that wrote before, no mark is set. Who comes while another looks is told
-- what was known before.
CREATE FUNCTION loyalty_settled_events() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  h loyalty_eventhorizon;
  is_fresh boolean := pg_current_xact_id_if_assigned() IS NULL;
  reached bigint;
  newest bigint;
BEGIN
  SELECT * INTO h FROM loyalty_eventhorizon WHERE id = 1;
  IF NOT FOUND THEN
    INSERT INTO loyalty_eventhorizon (id, settled_id) VALUES (1, 0) ON CONFLICT DO NOTHING;
    RETURN 0;
  END IF;
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO newest FROM loyalty_event_id_seq;
  IF newest <= h.settled_id THEN
    RETURN h.settled_id;
  END IF;
  SELECT * INTO h FROM loyalty_eventhorizon WHERE id = 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN (SELECT settled_id FROM loyalty_eventhorizon WHERE id = 1);
  END IF;
  IF h.mark_xid IS NOT NULL AND pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= h.mark_xid THEN
    h.settled_id := greatest(h.settled_id, h.mark_id);
    h.mark_id := NULL;
    h.mark_xid := NULL;
  END IF;
  SELECT max(t.id) INTO reached FROM (
    SELECT e.id, row_number() OVER (ORDER BY e.id) AS n FROM (
      SELECT id FROM loyalty_event WHERE id > h.settled_id ORDER BY id LIMIT 10000
    ) e
  ) t WHERE t.id = h.settled_id + t.n;
  h.settled_id := greatest(h.settled_id, reached);
  IF h.mark_id <= h.settled_id THEN
    h.mark_id := NULL;
    h.mark_xid := NULL;
  END IF;
  IF is_fresh AND h.settled_id < newest THEN
    IF h.mark_id IS NULL THEN
      h.mark_id := newest;
    ELSIF h.mark_xid IS NULL THEN
      h.mark_xid := pg_current_xact_id()::text::bigint;
    END IF;
  END IF;
  UPDATE loyalty_eventhorizon SET settled_id = h.settled_id, mark_id = h.mark_id, mark_xid = h.mark_xid WHERE id = 1;
  RETURN h.settled_id;
END $$;
INSERT INTO loyalty_eventhorizon (id, settled_id) VALUES (1, 0) ON CONFLICT DO NOTHING;
-- reverse
DROP FUNCTION loyalty_settled_events();
