-- What counts for a tier: points earned less returned, money spent less refunded, or purchases that were not brought back
-- whole; and of which time. Of what happens at p_at itself something may carry a time a little ahead, as a till's clock may be.

-- How many minor units one whole unit of a currency has (ISO 4217).
CREATE FUNCTION programs_minor_units(p_currency text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN p_currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF',
                        'XOF', 'XPF') THEN 1
    WHEN p_currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
    WHEN p_currency IN ('CLF', 'UYW') THEN 10000
    ELSE 100 END
$$;

-- What a threshold of 1 is of what is measured: a minor unit's worth where money counts, else 1.
CREATE FUNCTION programs_tier_scale(p_basis text, p_currency text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE p_basis WHEN 'spend' THEN programs_minor_units(p_currency) ELSE 1 END
$$;

-- The times that count at p_at: from since_at on, and, where a tier holds for the year after it was reached too, the whole one
-- before from before_at on; the more of the two counts. All by the program's clock. `rolling` opens just after the same moment
-- p_months ago. `joined` turns at midnight on the day of joining (29 February: on the 28th in other years); `lifetime` never.
CREATE FUNCTION programs_tier_times(p_window text, p_months int, p_zone text, p_joined_at timestamptz, p_at timestamptz,
                                    OUT before_at timestamptz, OUT since_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE wall timestamp := p_at AT TIME ZONE p_zone; first timestamp; years int;
BEGIN
  IF p_window = 'rolling' THEN
    since_at := (wall - make_interval(months => p_months)) AT TIME ZONE p_zone + interval '1 microsecond';
    before_at := since_at;
  ELSIF p_window = 'year' THEN
    first := date_trunc('year', wall);
    since_at := first AT TIME ZONE p_zone;
    before_at := (first - interval '1 year') AT TIME ZONE p_zone;
  ELSIF p_window = 'joined' THEN
    first := date_trunc('day', p_joined_at AT TIME ZONE p_zone);
    years := programs_years_between(first, wall);
    since_at := (first + make_interval(years => years)) AT TIME ZONE p_zone;
    before_at := (first + make_interval(years => greatest(years - 1, 0))) AT TIME ZONE p_zone;
  ELSE
    since_at := '-infinity';
    before_at := '-infinity';
  END IF;
END $$;

-- How many whole years lie between a day and a later moment; none before it.
CREATE FUNCTION programs_years_between(p_first timestamp, p_wall timestamp) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT greatest(years - (p_first + make_interval(years => years) > p_wall)::int, 0)
  FROM (SELECT (extract(year FROM p_wall) - extract(year FROM p_first))::int AS years) y
$$;

-- Purchases that were undone as though they had never been, of one account.
CREATE INDEX posting_reversed_of_account ON ledger_posting (account_id) INCLUDE (reverses_id, occurred_at) WHERE kind = 'reverse';
CREATE FUNCTION programs_reversed(p_account_id bigint, p_at timestamptz, p_known_at timestamptz) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(o.public_id), '{}') FROM ledger_posting r JOIN ledger_posting o ON o.id = r.reverses_id
  WHERE r.account_id = p_account_id AND r.kind = 'reverse' AND r.occurred_at < p_at AND r.recorded_at <= p_known_at
$$;

-- What counts now at p_at: points, minor units of the program's currency, or purchases.
CREATE FUNCTION programs_tier_measure(p programs_program, s programs_membership, p_at timestamptz) RETURNS bigint
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

-- The same as it was just before p_at, as the books knew it at p_known_at: later returns have not happened yet. A lot's own count
-- of what was returned is of today; what it was then stands in the postings that took it back.
CREATE FUNCTION programs_tier_measure_then(p programs_program, s programs_membership, p_at timestamptz, p_known_at timestamptz)
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

-- The grains of what counts for a membership, each with its time.
CREATE FUNCTION programs_tier_grains(p programs_program, s programs_membership)
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

-- When, up to p_at, what counts last fell below p_least by the passing of time alone; null where it never did.
CREATE FUNCTION programs_tier_edge(p programs_program, s programs_membership, p_least bigint, p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE first timestamp; found int;
BEGIN
  IF p.tier_window = 'rolling' THEN
    RETURN (
      WITH grain AS MATERIALIZED (
        SELECT * FROM programs_tier_grains(p, s)
      ), step AS (
        SELECT g.at, g.worth FROM grain g UNION ALL
        SELECT programs_leaves_window(g.at, p.tier_months, p.timezone), -g.worth FROM grain g
      ), run AS (
        SELECT x.at, sum(sum(x.worth)) OVER (ORDER BY x.at) AS total FROM step x WHERE x.at <= p_at GROUP BY x.at
      ), crossing AS (
        SELECT r.at, r.total, lag(r.total) OVER (ORDER BY r.at) AS before FROM run r
      )
      SELECT max(c.at) FROM crossing c WHERE c.total < p_least AND c.before >= p_least);
  ELSIF p.tier_window = 'year' THEN
    SELECT max(y.year) INTO found FROM (
      SELECT extract(year FROM g.at AT TIME ZONE p.timezone)::int AS year FROM programs_tier_grains(p, s) g
      WHERE g.at <= p_at GROUP BY 1 HAVING sum(g.worth) >= p_least) y;
    RETURN least(make_timestamp(found + 2, 1, 1, 0, 0, 0) AT TIME ZONE p.timezone, CASE WHEN found IS NOT NULL THEN p_at END);
  ELSIF p.tier_window = 'joined' THEN
    first := date_trunc('day', s.joined_at AT TIME ZONE p.timezone);
    SELECT max(y.year) INTO found FROM (
      SELECT programs_years_between(first, g.at AT TIME ZONE p.timezone) AS year FROM programs_tier_grains(p, s) g
      WHERE g.at <= p_at AND g.at AT TIME ZONE p.timezone >= first GROUP BY 1 HAVING sum(g.worth) >= p_least) y;
    RETURN least((first + make_interval(years => found + 2)) AT TIME ZONE p.timezone, CASE WHEN found IS NOT NULL THEN p_at END);
  END IF;
  RETURN NULL;
END $$;

-- From when on a rolling window does not see what happened at p_at: the same moment p_months later; where that month has no such
-- day, with the first of the next.
CREATE FUNCTION programs_leaves_window(p_at timestamptz, p_months int, p_zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN extract(day FROM p_at AT TIME ZONE p_zone + make_interval(months => p_months)) < extract(day FROM p_at AT TIME ZONE p_zone)
    THEN date_trunc('month', p_at AT TIME ZONE p_zone + make_interval(months => p_months)) + interval '1 month'
    ELSE p_at AT TIME ZONE p_zone + make_interval(months => p_months) END AT TIME ZONE p_zone
$$;
-- reverse
DROP FUNCTION programs_leaves_window(timestamptz, int, text);
DROP FUNCTION programs_tier_edge(programs_program, programs_membership, bigint, timestamptz);
DROP FUNCTION programs_tier_grains(programs_program, programs_membership);
DROP FUNCTION programs_tier_measure_then(programs_program, programs_membership, timestamptz, timestamptz);
DROP FUNCTION programs_tier_measure(programs_program, programs_membership, timestamptz);
DROP FUNCTION programs_reversed(bigint, timestamptz, timestamptz);
DROP INDEX posting_reversed_of_account;
DROP FUNCTION programs_years_between(timestamp, timestamp);
DROP FUNCTION programs_tier_times(text, int, text, timestamptz, timestamptz);
DROP FUNCTION programs_tier_scale(text, text);
DROP FUNCTION programs_minor_units(text);
