-- As before; points that were given by another member or exchanged for those of another program make no tier.
CREATE OR REPLACE FUNCTION programs_tier_measure(p programs_program, s programs_membership, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE t record; until_at timestamptz := p_at + interval '5 minutes'; undone uuid[]; counted bigint;
BEGIN
  SELECT * INTO t FROM programs_tier_times(p.tier_window, p.tier_months, p.timezone, s.joined_at, p_at);
  IF p.tier_basis = 'points' THEN
    SELECT greatest(sum(l.points - l.returned) FILTER (WHERE l.granted_at >= t.since_at),
                    sum(l.points - l.returned) FILTER (WHERE l.granted_at < t.since_at)) INTO counted
    FROM ledger_lot l WHERE l.account_id = s.account_id AND l.hops = 0 AND l.granted_at >= t.before_at AND l.granted_at <= until_at;
    RETURN coalesce(counted, 0);
  END IF;
  undone := programs_reversed(s.account_id, 'infinity', 'infinity');
  IF p.tier_basis = 'spend' THEN
    SELECT greatest(sum(u.amount_minor - u.refunded_minor) FILTER (WHERE u.occurred_at >= t.since_at),
                    sum(u.amount_minor - u.refunded_minor) FILTER (WHERE u.occurred_at < t.since_at)) INTO counted
    FROM programs_purchase u
    WHERE u.member_id = s.member_id AND u.program_id = p.id AND u.currency = p.money_currency AND u.id <> ALL (undone)
      AND u.occurred_at >= t.before_at AND u.occurred_at <= until_at;
  ELSE
    SELECT greatest(count(*) FILTER (WHERE u.occurred_at >= t.since_at), count(*) FILTER (WHERE u.occurred_at < t.since_at))
    INTO counted
    FROM programs_purchase u
    WHERE u.member_id = s.member_id AND u.program_id = p.id AND u.id <> ALL (undone)
      AND (u.refunded_minor < u.amount_minor OR u.amount_minor = 0)
      AND u.occurred_at >= t.before_at AND u.occurred_at <= until_at;
  END IF;
  RETURN coalesce(counted, 0);
END $$;

CREATE OR REPLACE FUNCTION programs_tier_measure_then(p programs_program, s programs_membership, p_at timestamptz, p_known_at timestamptz)
RETURNS bigint LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE t record; undone uuid[]; counted bigint;
BEGIN
  SELECT * INTO t FROM programs_tier_times(p.tier_window, p.tier_months, p.timezone, s.joined_at, p_at);
  IF p.tier_basis = 'points' THEN
    SELECT greatest(sum(g.points - g.back) FILTER (WHERE g.granted_at >= t.since_at),
                    sum(g.points - g.back) FILTER (WHERE g.granted_at < t.since_at)) INTO counted
    FROM (
      SELECT l.granted_at, sum(l.points) AS points, coalesce((
        SELECT sum(b.shortfall - b.points) FROM ledger_posting b
        WHERE b.reverses_id = l.posting_id AND b.occurred_at < p_at AND b.recorded_at <= p_known_at), 0) AS back
      FROM ledger_lot l JOIN ledger_posting o ON o.id = l.posting_id AND o.recorded_at <= p_known_at
      WHERE l.account_id = s.account_id AND l.hops = 0 AND l.granted_at >= t.before_at AND l.granted_at < p_at
      GROUP BY l.posting_id, l.granted_at) g;
    RETURN coalesce(counted, 0);
  END IF;
  undone := programs_reversed(s.account_id, p_at, p_known_at);
  SELECT CASE p.tier_basis
      WHEN 'spend' THEN greatest(sum(g.minor - g.back) FILTER (WHERE g.is_recent), sum(g.minor - g.back) FILTER (WHERE NOT g.is_recent))
      ELSE greatest(count(*) FILTER (WHERE g.is_recent AND g.is_kept), count(*) FILTER (WHERE NOT g.is_recent AND g.is_kept)) END
  INTO counted
  FROM (
    SELECT u.occurred_at >= t.since_at AS is_recent, u.amount_minor AS minor, r.back,
           r.back < u.amount_minor OR u.amount_minor = 0 AS is_kept
    FROM programs_purchase u CROSS JOIN LATERAL (
      SELECT least(coalesce(sum(b.amount_minor), 0), u.amount_minor)::bigint AS back FROM programs_return b
      WHERE b.purchase_id = u.id AND b.occurred_at < p_at AND b.recorded_at <= p_known_at) r
    WHERE u.member_id = s.member_id AND u.program_id = p.id AND (p.tier_basis = 'visits' OR u.currency = p.money_currency)
      AND u.id <> ALL (undone) AND u.occurred_at >= t.before_at AND u.occurred_at < p_at AND u.recorded_at <= p_known_at) g;
  RETURN coalesce(counted, 0);
END $$;

CREATE OR REPLACE FUNCTION programs_tier_grains(p programs_program, s programs_membership)
RETURNS TABLE (at timestamptz, worth bigint) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE undone uuid[];
BEGIN
  IF p.tier_basis = 'points' THEN
    RETURN QUERY SELECT l.granted_at, l.points - l.returned FROM ledger_lot l WHERE l.account_id = s.account_id AND l.hops = 0;
    RETURN;
  END IF;
  undone := programs_reversed(s.account_id, 'infinity', 'infinity');
  RETURN QUERY
  SELECT u.occurred_at, CASE p.tier_basis WHEN 'spend' THEN u.amount_minor - u.refunded_minor ELSE 1 END
  FROM programs_purchase u
  WHERE u.member_id = s.member_id AND u.program_id = p.id AND u.id <> ALL (undone)
    AND CASE p.tier_basis WHEN 'spend' THEN u.currency = p.money_currency
        ELSE u.refunded_minor < u.amount_minor OR u.amount_minor = 0 END;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION programs_tier_measure(p programs_program, s programs_membership, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE t record; until_at timestamptz := p_at + interval '5 minutes'; undone uuid[]; counted bigint;
BEGIN
  SELECT * INTO t FROM programs_tier_times(p.tier_window, p.tier_months, p.timezone, s.joined_at, p_at);
  IF p.tier_basis = 'points' THEN
    SELECT greatest(sum(l.points - l.returned) FILTER (WHERE l.granted_at >= t.since_at),
                    sum(l.points - l.returned) FILTER (WHERE l.granted_at < t.since_at)) INTO counted
    FROM ledger_lot l WHERE l.account_id = s.account_id AND l.granted_at >= t.before_at AND l.granted_at <= until_at;
    RETURN coalesce(counted, 0);
  END IF;
  undone := programs_reversed(s.account_id, 'infinity', 'infinity');
  IF p.tier_basis = 'spend' THEN
    SELECT greatest(sum(u.amount_minor - u.refunded_minor) FILTER (WHERE u.occurred_at >= t.since_at),
                    sum(u.amount_minor - u.refunded_minor) FILTER (WHERE u.occurred_at < t.since_at)) INTO counted
    FROM programs_purchase u
    WHERE u.member_id = s.member_id AND u.program_id = p.id AND u.currency = p.money_currency AND u.id <> ALL (undone)
      AND u.occurred_at >= t.before_at AND u.occurred_at <= until_at;
  ELSE
    SELECT greatest(count(*) FILTER (WHERE u.occurred_at >= t.since_at), count(*) FILTER (WHERE u.occurred_at < t.since_at))
    INTO counted
    FROM programs_purchase u
    WHERE u.member_id = s.member_id AND u.program_id = p.id AND u.id <> ALL (undone)
      AND (u.refunded_minor < u.amount_minor OR u.amount_minor = 0)
      AND u.occurred_at >= t.before_at AND u.occurred_at <= until_at;
  END IF;
  RETURN coalesce(counted, 0);
END $$;

CREATE OR REPLACE FUNCTION programs_tier_measure_then(p programs_program, s programs_membership, p_at timestamptz, p_known_at timestamptz)
RETURNS bigint LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE t record; undone uuid[]; counted bigint;
BEGIN
  SELECT * INTO t FROM programs_tier_times(p.tier_window, p.tier_months, p.timezone, s.joined_at, p_at);
  IF p.tier_basis = 'points' THEN
    SELECT greatest(sum(g.points - g.back) FILTER (WHERE g.granted_at >= t.since_at),
                    sum(g.points - g.back) FILTER (WHERE g.granted_at < t.since_at)) INTO counted
    FROM (
      SELECT l.granted_at, sum(l.points) AS points, coalesce((
        SELECT sum(b.shortfall - b.points) FROM ledger_posting b
        WHERE b.reverses_id = l.posting_id AND b.occurred_at < p_at AND b.recorded_at <= p_known_at), 0) AS back
      FROM ledger_lot l JOIN ledger_posting o ON o.id = l.posting_id AND o.recorded_at <= p_known_at
      WHERE l.account_id = s.account_id AND l.granted_at >= t.before_at AND l.granted_at < p_at
      GROUP BY l.posting_id, l.granted_at) g;
    RETURN coalesce(counted, 0);
  END IF;
  undone := programs_reversed(s.account_id, p_at, p_known_at);
  SELECT CASE p.tier_basis
      WHEN 'spend' THEN greatest(sum(g.minor - g.back) FILTER (WHERE g.is_recent), sum(g.minor - g.back) FILTER (WHERE NOT g.is_recent))
      ELSE greatest(count(*) FILTER (WHERE g.is_recent AND g.is_kept), count(*) FILTER (WHERE NOT g.is_recent AND g.is_kept)) END
  INTO counted
  FROM (
    SELECT u.occurred_at >= t.since_at AS is_recent, u.amount_minor AS minor, r.back,
           r.back < u.amount_minor OR u.amount_minor = 0 AS is_kept
    FROM programs_purchase u CROSS JOIN LATERAL (
      SELECT least(coalesce(sum(b.amount_minor), 0), u.amount_minor)::bigint AS back FROM programs_return b
      WHERE b.purchase_id = u.id AND b.occurred_at < p_at AND b.recorded_at <= p_known_at) r
    WHERE u.member_id = s.member_id AND u.program_id = p.id AND (p.tier_basis = 'visits' OR u.currency = p.money_currency)
      AND u.id <> ALL (undone) AND u.occurred_at >= t.before_at AND u.occurred_at < p_at AND u.recorded_at <= p_known_at) g;
  RETURN coalesce(counted, 0);
END $$;

CREATE OR REPLACE FUNCTION programs_tier_grains(p programs_program, s programs_membership)
RETURNS TABLE (at timestamptz, worth bigint) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE undone uuid[];
BEGIN
  IF p.tier_basis = 'points' THEN
    RETURN QUERY SELECT l.granted_at, l.points - l.returned FROM ledger_lot l WHERE l.account_id = s.account_id;
    RETURN;
  END IF;
  undone := programs_reversed(s.account_id, 'infinity', 'infinity');
  RETURN QUERY
  SELECT u.occurred_at, CASE p.tier_basis WHEN 'spend' THEN u.amount_minor - u.refunded_minor ELSE 1 END
  FROM programs_purchase u
  WHERE u.member_id = s.member_id AND u.program_id = p.id AND u.id <> ALL (undone)
    AND CASE p.tier_basis WHEN 'spend' THEN u.currency = p.money_currency
        ELSE u.refunded_minor < u.amount_minor OR u.amount_minor = 0 END;
END $$;
