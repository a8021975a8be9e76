-- Which tier a member has: the highest of what counts now, of what the program's policy keeps of the tier that was reached before
-- (programs_membership.tier), and of what was given by hand. One meaning for all who read it, whether or not a sweep has run.

-- Some days later by the program's clock.
CREATE FUNCTION programs_days_later(p_at timestamptz, p_days int, p_zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN isfinite(p_at) THEN (p_at AT TIME ZONE p_zone + make_interval(days => p_days)) AT TIME ZONE p_zone ELSE p_at END
$$;

-- When the tier that was reached goes (or went), if nothing more is earned: days of grace after what counts fell below it, or what
-- is written down (tier_until, as returns and changes of the program are known by nothing else), and not while the member is
-- protected. Null: not known, for it fell below by no passing of time and nobody has seen it yet.
CREATE FUNCTION programs_tier_goes(p programs_program, s programs_membership, p_points_min bigint, p_at timestamptz)
RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE least_worth bigint := least(p_points_min::numeric * programs_tier_scale(p.tier_basis, p.money_currency), 9e18)::bigint; goes timestamptz;
BEGIN
  goes := greatest(programs_days_later(programs_tier_edge(p, s, least_worth, p_at), p.tier_grace_days::int, p.timezone), s.tier_until);
  RETURN CASE WHEN goes IS NOT NULL OR s.tier_protected_until > p_at THEN greatest(goes, s.tier_protected_until) END;
END $$;

-- What the policy keeps of the tier that was reached, where what counts now reaches p_earned_min only (-1: no tier): the tier, and
-- until when (null: not known, or for good).
CREATE FUNCTION programs_tier_kept(p programs_program, s programs_membership, p_earned_min bigint, p_at timestamptz,
                                   OUT tier_id bigint, OUT points_min bigint, OUT until_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE t programs_tier; goes timestamptz;
BEGIN
  IF s.tier_id IS NULL OR s.tier_since > p_at THEN
    RETURN;
  END IF;
  SELECT * INTO STRICT t FROM programs_tier x WHERE x.id = s.tier_id;
  IF t.points_min <= p_earned_min THEN
    RETURN;
  END IF;
  IF p.tier_downgrade = 'all' AND p.tier_grace_days = 0 THEN
    goes := CASE WHEN s.tier_protected_until > p_at THEN s.tier_protected_until ELSE '-infinity' END;
  ELSIF p.tier_downgrade = 'never' THEN
    goes := NULL;
  ELSE
    goes := programs_tier_goes(p, s, t.points_min, p_at);
  END IF;
  WHILE goes <= p_at LOOP
    IF p.tier_downgrade <> 'one' THEN
      RETURN;
    END IF;
    SELECT * INTO t FROM programs_tier x WHERE x.program_id = p.id AND x.points_min < t.points_min ORDER BY x.points_min DESC LIMIT 1;
    IF NOT FOUND OR t.points_min <= p_earned_min THEN
      RETURN;
    END IF;
    goes := (goes AT TIME ZONE p.timezone + CASE p.tier_window WHEN 'rolling' THEN make_interval(months => p.tier_months)
                                            ELSE interval '1 year' END) AT TIME ZONE p.timezone;
  END LOOP;
  tier_id := t.id; points_min := t.points_min; until_at := goes;
END $$;

-- How members stand at p_at: what counts, the tier that makes (earned), the one that is reached or kept (held, until when where that
-- is known), and the one they have (tier: held, or given by hand where that is higher). Without a tier id and code are null.
CREATE FUNCTION programs_tier_standings(p_membership_ids uuid[], p_at timestamptz)
RETURNS TABLE (membership_id uuid, measure bigint, earned_id bigint, held_id bigint, held_until timestamptz, tier_id bigint,
               code varchar, is_given boolean)
LANGUAGE plpgsql STABLE ROWS 100 SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT s.id, m.measure, w.id, h.id, k.until_at, x.id, x.code, x.is_given
  FROM programs_membership s JOIN programs_program p ON p.id = s.program_id
  CROSS JOIN LATERAL (SELECT programs_tier_measure(p, s, p_at) AS measure OFFSET 0) m
  LEFT JOIN LATERAL (
    SELECT t.id, t.code, t.points_min FROM programs_tier t
    WHERE t.program_id = p.id AND t.points_min <= m.measure / programs_tier_scale(p.tier_basis, p.money_currency)
    ORDER BY t.points_min DESC LIMIT 1) w ON true
  LEFT JOIN LATERAL programs_tier_kept(p, s, coalesce(w.points_min, -1), p_at) k ON s.tier_id IS DISTINCT FROM w.id AND s.tier_id IS NOT NULL
  LEFT JOIN LATERAL (SELECT coalesce(k.tier_id, w.id) AS id, coalesce(k.points_min, w.points_min) AS points_min) h ON true
  LEFT JOIN LATERAL (
    SELECT t.id, t.code, t.points_min > coalesce(h.points_min, -1) AS is_given FROM programs_tier t
    WHERE t.id = h.id
      OR t.id = s.given_tier_id AND (s.given_tier_until IS NULL OR s.given_tier_until > p_at) AND s.given_tier_since <= p_at
    ORDER BY t.points_min DESC LIMIT 1) x ON true
  WHERE s.id = ANY (p_membership_ids);
END $$;

-- The code of the tier that a membership has at p_at; null below the lowest.
CREATE OR REPLACE FUNCTION programs_tier_code(p_membership_id uuid, p_at timestamptz) RETURNS text LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN (SELECT x.code FROM programs_tier_standings(ARRAY[p_membership_id], p_at) x);
END $$;

-- The tiers that members had just before p_at, as the books knew it at p_known_at. What counted then is counted anew. What was kept
-- or given stands in the log of changes: the newest before p_at, where the policy keeps or somebody gave it; after the newest of all
-- it is as now.
CREATE FUNCTION programs_tiers_then(p_membership_ids uuid[], p_at timestamptz, p_known_at timestamptz)
RETURNS TABLE (membership_id uuid, measure bigint, tier_id bigint, code varchar)
LANGUAGE plpgsql STABLE ROWS 100 SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT s.id, m.measure, x.id, x.code
  FROM programs_membership s JOIN programs_program p ON p.id = s.program_id
  CROSS JOIN LATERAL (SELECT programs_tier_measure_then(p, s, p_at, p_known_at) AS measure OFFSET 0) m
  LEFT JOIN LATERAL (
    SELECT t.id, t.points_min FROM programs_tier t
    WHERE t.program_id = p.id AND t.points_min <= m.measure / programs_tier_scale(p.tier_basis, p.money_currency)
    ORDER BY t.points_min DESC LIMIT 1) w ON true
  LEFT JOIN LATERAL (
    SELECT c.after, c.reason FROM programs_tierchange c
    WHERE c.membership_id = s.id AND c.occurred_at < p_at AND c.recorded_at <= p_known_at
    ORDER BY c.occurred_at DESC, c.recorded_at DESC LIMIT 1) c ON true
  LEFT JOIN LATERAL (
    SELECT EXISTS (SELECT FROM programs_tierchange n WHERE n.membership_id = s.id
                   AND (n.occurred_at >= p_at OR n.recorded_at > p_known_at)) AS is_past) n ON true
  LEFT JOIN LATERAL programs_tier_kept(p, s, coalesce(w.points_min, -1), p_at) k ON NOT n.is_past
  LEFT JOIN LATERAL (
    SELECT t.id, t.code FROM programs_tier t
    WHERE t.program_id = p.id AND (
      t.id = w.id OR t.id = k.tier_id
      OR NOT n.is_past AND t.id = s.given_tier_id AND s.given_tier_since < p_at AND (s.given_tier_until IS NULL OR s.given_tier_until > p_at)
      OR n.is_past AND t.code = c.after AND (p.tier_downgrade <> 'all' OR p.tier_grace_days > 0 OR c.reason = 'manual'))
    ORDER BY t.points_min DESC LIMIT 1) x ON true
  WHERE s.id = ANY (p_membership_ids);
END $$;
-- reverse
DROP FUNCTION programs_tiers_then(uuid[], timestamptz, timestamptz);
CREATE OR REPLACE FUNCTION programs_tier_code(p_membership_id uuid, p_at timestamptz) RETURNS text LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN (
    SELECT x.code FROM programs_membership s JOIN programs_program p ON p.id = s.program_id
    JOIN programs_tier x ON x.program_id = p.id AND x.points_min <= coalesce((
      SELECT sum(l.points - l.returned) FROM ledger_lot l
      WHERE l.account_id = s.account_id AND l.granted_at >
        (p_at AT TIME ZONE p.timezone - make_interval(months => p.tier_months)) AT TIME ZONE p.timezone), 0)
    WHERE s.id = p_membership_id ORDER BY x.points_min DESC LIMIT 1);
END $$;
DROP FUNCTION programs_tier_standings(uuid[], timestamptz);
DROP FUNCTION programs_tier_kept(programs_program, programs_membership, bigint, timestamptz);
DROP FUNCTION programs_tier_goes(programs_program, programs_membership, bigint, timestamptz);
DROP FUNCTION programs_days_later(timestamptz, int, text);
