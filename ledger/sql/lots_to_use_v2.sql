-- As before; with p_hops_max, lots that changed hands as often already are left alone.
DROP FUNCTION ledger_lots_to_use(bigint, timestamptz, bigint, boolean, bigint);
CREATE FUNCTION ledger_lots_to_use(p_account bigint, p_at timestamptz, p_points bigint, p_pending_too boolean, p_except bigint,
                                   p_hops_max int DEFAULT NULL)
RETURNS TABLE (lot_id bigint, points bigint) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE missing bigint := p_points; pending boolean;
BEGIN
  FOREACH pending IN ARRAY CASE WHEN p_pending_too THEN '{f,t}'::boolean[] ELSE '{f}'::boolean[] END LOOP
    FOR lot_id, points IN
      SELECT l.id, l.remaining FROM ledger_lot l
      WHERE l.account_id = p_account AND l.is_open AND (l.available_at > p_at) = pending AND l.id <> p_except
        AND (p_hops_max IS NULL OR l.hops < p_hops_max)
      ORDER BY l.expires_at NULLS LAST, l.granted_at, l.id
    LOOP
      EXIT WHEN missing <= 0;
      points := least(points, missing);
      missing := missing - points;
      RETURN NEXT;
    END LOOP;
  END LOOP;
END $$;
-- reverse
DROP FUNCTION ledger_lots_to_use(bigint, timestamptz, bigint, boolean, bigint, int);
CREATE FUNCTION ledger_lots_to_use(p_account bigint, p_at timestamptz, p_points bigint, p_pending_too boolean, p_except bigint)
RETURNS TABLE (lot_id bigint, points bigint) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE missing bigint := p_points; pending boolean;
BEGIN
  FOREACH pending IN ARRAY CASE WHEN p_pending_too THEN '{f,t}'::boolean[] ELSE '{f}'::boolean[] END LOOP
    FOR lot_id, points IN
      SELECT l.id, l.remaining FROM ledger_lot l
      WHERE l.account_id = p_account AND l.is_open AND (l.available_at > p_at) = pending AND l.id <> p_except
      ORDER BY l.expires_at NULLS LAST, l.granted_at, l.id
    LOOP
      EXIT WHEN missing <= 0;
      points := least(points, missing);
      missing := missing - points;
      RETURN NEXT;
    END LOOP;
  END LOOP;
END $$;
