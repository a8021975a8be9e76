-- Members go up and down, each change with its row in the log of tiers and its event, numbered without gaps on the membership.
-- Whoever moves points of an account holds its balance's lock; so does whoever moves its tier.

-- Writes down changes of tier: rows {membership_id, before, after, reason, measure, at}, codes of tiers or null for none.
CREATE FUNCTION programs_tell_tiers(p_changes jsonb, p_actor text, p_note text) RETURNS void LANGUAGE sql AS $$
  WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(p_changes)
      AS r (membership_id uuid, before text, after text, reason text, measure bigint, at timestamptz)
  ), kept AS (
    INSERT INTO programs_tierchange (id, membership_id, before, after, reason, note, measure, actor, occurred_at)
    SELECT gen_random_uuid(), g.membership_id, coalesce(g.before, ''), coalesce(g.after, ''), g.reason, p_note, g.measure, p_actor, g.at
    FROM given g
  ), stream AS (
    INSERT INTO loyalty_eventstream AS e (aggregate_id, last_sequence) SELECT g.membership_id, 1 FROM given g ORDER BY 1
    ON CONFLICT (aggregate_id) DO UPDATE SET last_sequence = e.last_sequence + 1 RETURNING e.aggregate_id, e.last_sequence
  )
  INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
  SELECT gen_random_uuid(), p.brand_id, 'tier.changed', s.id, t.last_sequence, s.member_id, p.id,
         jsonb_build_object('before', g.before, 'after', g.after, 'reason', g.reason, 'actor', p_actor)
           || CASE p_note WHEN '' THEN '{}'::jsonb ELSE jsonb_build_object('note', p_note) END, g.at
  FROM given g JOIN stream t ON t.aggregate_id = g.membership_id JOIN programs_membership s ON s.id = g.membership_id
  JOIN programs_program p ON p.id = s.program_id
$$;

-- The code and threshold of the tier that was last written down for a membership, reached or given.
CREATE FUNCTION programs_tier_written(s programs_membership, OUT code varchar, OUT points_min bigint) LANGUAGE sql STABLE AS $$
  SELECT t.code, t.points_min FROM programs_tier t WHERE t.id = s.tier_id OR t.id = s.given_tier_id ORDER BY t.points_min DESC LIMIT 1
$$;

-- Locks the balances of memberships in the order in which whoever moves points locks them, and before the memberships themselves.
CREATE FUNCTION programs_lock_balances(p_membership_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM ledger_balance b JOIN programs_membership s ON s.account_id = b.account_id
  WHERE s.id = ANY (p_membership_ids) ORDER BY b.account_id FOR UPDATE OF b;
END $$;

-- Gives these memberships the tiers that they have at p_at by what counts and what is kept, and ends what was given for a time. Of
-- those that fell by the passing of time ('lapsed') it is written when that was. Answers how many rose and fell.
CREATE FUNCTION programs_settle_tiers(p_membership_ids uuid[], p_at timestamptz, p_up text, p_down text, p_actor text,
                                      OUT ups int, OUT downs int)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE changes jsonb;
BEGIN
  PERFORM programs_lock_balances(p_membership_ids);
  WITH stand AS MATERIALIZED (
    SELECT x.*, b.code AS before, coalesce(b.points_min, -1) AS before_min, coalesce(a.points_min, -1) AS after_min,
           s.tier_id IS DISTINCT FROM x.held_id AS is_moved, s.given_tier_until <= p_at AS is_over,
           coalesce(h.points_min, -1) > coalesce(o.points_min, -1) AS is_rise,
           CASE WHEN p_down = 'lapsed' AND coalesce(h.points_min, -1) < o.points_min
                THEN least(greatest(coalesce(programs_tier_goes(p, s, o.points_min, p_at), p_at), s.tier_since), p_at) ELSE p_at END AS moved_at,
           s.given_tier_until
    FROM programs_tier_standings(p_membership_ids, p_at) x
    JOIN programs_membership s ON s.id = x.membership_id JOIN programs_program p ON p.id = s.program_id
    CROSS JOIN LATERAL programs_tier_written(s) b
    LEFT JOIN programs_tier o ON o.id = s.tier_id
    LEFT JOIN programs_tier h ON h.id = x.held_id
    LEFT JOIN programs_tier a ON a.id = x.tier_id
  ), moved AS (
    UPDATE programs_membership s
    SET tier_id = x.held_id,
        tier_since = CASE WHEN x.is_moved THEN x.moved_at ELSE s.tier_since END,
        tier_until = CASE WHEN x.is_moved THEN CASE WHEN x.is_rise THEN NULL ELSE x.held_until END ELSE s.tier_until END,
        given_tier_id = CASE WHEN x.is_over THEN NULL ELSE s.given_tier_id END,
        given_tier_since = CASE WHEN x.is_over THEN NULL ELSE s.given_tier_since END,
        given_tier_until = CASE WHEN x.is_over THEN NULL ELSE s.given_tier_until END
    FROM stand x WHERE s.id = x.membership_id AND (x.is_moved OR x.is_over)
    RETURNING s.id
  )
  SELECT count(*) FILTER (WHERE x.after_min > x.before_min), count(*) FILTER (WHERE x.after_min < x.before_min),
         jsonb_agg(jsonb_build_object(
           'membership_id', x.membership_id, 'before', x.before, 'after', x.code, 'measure', x.measure,
           'reason', CASE WHEN x.after_min > x.before_min THEN p_up ELSE p_down END,
           'at', CASE WHEN x.is_over AND p_down = 'lapsed' AND x.after_min < x.before_min AND x.given_tier_until > x.moved_at OR NOT x.is_moved
                      THEN coalesce(x.given_tier_until, p_at) ELSE x.moved_at END)
           ORDER BY x.membership_id) FILTER (WHERE x.code IS DISTINCT FROM x.before)
  INTO ups, downs, changes FROM stand x JOIN moved m ON m.id = x.membership_id;
  IF changes IS NOT NULL THEN
    PERFORM programs_tell_tiers(changes, p_actor, '');
  END IF;
END $$;

-- The latest time of anything that counts for a membership, and p_at at least: what is told late counts with what came after it.
CREATE FUNCTION programs_tier_latest(p programs_program, s programs_membership, p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p.tier_basis = 'points' THEN
    RETURN greatest(p_at, (SELECT max(l.granted_at) FROM ledger_lot l WHERE l.account_id = s.account_id));
  END IF;
  RETURN greatest(p_at, (SELECT u.occurred_at FROM programs_purchase u WHERE u.member_id = s.member_id AND u.program_id = p.id
                         ORDER BY u.occurred_at DESC LIMIT 1));
END $$;

-- Called when points were given to these accounts, or purchases written, at p_at: who has reached a higher tier goes up at once.
CREATE OR REPLACE FUNCTION programs_raise_tiers(p_account_ids bigint[], p_at timestamptz) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE ids uuid[]; latest timestamptz;
BEGIN
  SELECT array_agg(s.id), max(l.at) INTO ids, latest
  FROM programs_membership s JOIN programs_program p ON p.id = s.program_id
  CROSS JOIN LATERAL (
    SELECT min(t.points_min) AS points_min FROM programs_tier t
    WHERE t.program_id = p.id
      AND t.points_min > coalesce((SELECT o.points_min FROM programs_tier o WHERE o.id = s.tier_id), -1) OFFSET 0) n
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN n.points_min IS NULL THEN NULL
      -- Of no time more can count than of all time.
      WHEN p.tier_basis = 'points' AND EXISTS (
        SELECT FROM ledger_balance b WHERE b.account_id = s.account_id AND b.earned < n.points_min) THEN NULL
      ELSE programs_tier_latest(p, s, p_at) END AS at OFFSET 0) l
  WHERE s.account_id = ANY (p_account_ids) AND CASE WHEN l.at IS NULL THEN false
    ELSE programs_tier_measure(p, s, l.at) / programs_tier_scale(p.tier_basis, p.money_currency) >= n.points_min END;
  IF ids IS NOT NULL THEN
    PERFORM programs_settle_tiers(ids, latest, 'reached', 'lapsed', 'system:tiers');
  END IF;
END $$;

-- Called when points of these accounts were taken back, or purchases refunded, at p_at: who falls below goes down at once where the
-- program takes the tier at once; elsewhere grace begins now, and the next assessment does the rest.
CREATE OR REPLACE FUNCTION programs_lower_tiers(p_account_ids bigint[], p_at timestamptz) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE at_once uuid[]; later uuid[]; latest timestamptz;
BEGIN
  SELECT max(greatest(programs_tier_latest(p, s, p_at), s.tier_since)) INTO latest
  FROM programs_membership s JOIN programs_program p ON p.id = s.program_id
  WHERE s.account_id = ANY (p_account_ids) AND s.tier_id IS NOT NULL;
  SELECT array_agg(s.id) FILTER (WHERE p.tier_downgrade = 'all' AND p.tier_grace_days = 0),
         array_agg(s.id) FILTER (WHERE p.tier_downgrade = 'one' OR p.tier_downgrade = 'all' AND p.tier_grace_days > 0)
  INTO at_once, later
  FROM programs_membership s JOIN programs_program p ON p.id = s.program_id JOIN programs_tier o ON o.id = s.tier_id
  WHERE s.account_id = ANY (p_account_ids)
    AND programs_tier_measure(p, s, latest) / programs_tier_scale(p.tier_basis, p.money_currency) < o.points_min;
  IF at_once IS NOT NULL THEN
    PERFORM programs_settle_tiers(at_once, latest, 'reached', 'returned', 'system:tiers');
  END IF;
  IF later IS NOT NULL THEN
    PERFORM programs_note_undeserved(later, latest);
  END IF;
END $$;

-- Writes down when grace ends for tiers that are seen at p_at to be deserved no more, unless that is known.
CREATE FUNCTION programs_note_undeserved(p_membership_ids uuid[], p_at timestamptz) RETURNS void LANGUAGE sql AS $$
  UPDATE programs_membership s SET tier_until = programs_days_later(p_at, p.tier_grace_days::int, p.timezone)
  FROM programs_program p, programs_tier o
  WHERE s.id = ANY (p_membership_ids) AND p.id = s.program_id AND o.id = s.tier_id
    AND coalesce(programs_tier_goes(p, s, o.points_min, p_at), '-infinity') <= p_at
$$;

-- Assesses up to p_limit members of a program, those after the member p_after, as of p_at: whose tier has changed since then stays. Who deserves more goes up, who deserves and keeps
-- less goes down. Answers the last member, how many were looked at, rose and fell, and were told that their tier is going to end.
CREATE FUNCTION programs_reassess_tiers(p_program_id uuid, p_after uuid, p_limit int, p_at timestamptz, p_up text, p_down text,
                                        OUT last_id uuid, OUT members int, OUT ups int, OUT downs int, OUT warned int)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE ids uuid[]; unseen uuid[]; differing uuid[];
BEGIN
  SELECT array_agg(x.id), count(*), (array_agg(x.member_id ORDER BY x.member_id DESC))[1] INTO ids, members, last_id FROM (
    SELECT s.id, s.member_id, s.status FROM programs_membership s
    WHERE s.program_id = p_program_id AND s.member_id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
      AND s.status <> 'closed' ORDER BY s.member_id LIMIT p_limit) x;
  ups := 0; downs := 0; warned := 0;
  IF ids IS NULL THEN
    RETURN;
  END IF;
  SELECT array_agg(s.id) FILTER (WHERE x.held_id IS NOT DISTINCT FROM s.tier_id AND x.held_id IS DISTINCT FROM x.earned_id
                                   AND x.held_until IS NULL AND p.tier_downgrade <> 'never'),
         array_agg(s.id) FILTER (WHERE x.held_id IS DISTINCT FROM s.tier_id OR s.given_tier_until <= p_at)
  INTO unseen, differing
  FROM programs_tier_standings(ids, p_at) x JOIN programs_membership s ON s.id = x.membership_id
  JOIN programs_program p ON p.id = s.program_id
  WHERE s.tier_since IS NULL OR s.tier_since <= p_at;
  IF unseen IS NOT NULL THEN
    differing := differing || unseen;
    PERFORM programs_lock_balances(differing);
    PERFORM programs_note_undeserved(unseen, p_at);
  END IF;
  IF differing IS NOT NULL THEN
    SELECT t.ups, t.downs INTO ups, downs FROM programs_settle_tiers(differing, p_at, p_up, p_down, 'system:tiers') t;
  END IF;
  warned := programs_warn_of_endings(p_program_id, ids, p_at);
END $$;

-- Tells of tiers that end within the program's days of warning, once for each ending.
CREATE FUNCTION programs_warn_of_endings(p_program_id uuid, p_membership_ids uuid[], p_at timestamptz) RETURNS int LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE p programs_program; until_at timestamptz; told int;
BEGIN
  SELECT * INTO STRICT p FROM programs_program x WHERE x.id = p_program_id;
  IF p.tier_warning_days = 0 THEN
    RETURN 0;
  END IF;
  until_at := programs_days_later(p_at, p.tier_warning_days::int, p.timezone);
  WITH ending AS MATERIALIZED (
    SELECT n.membership_id, n.code AS tier, l.code AS next,
           CASE WHEN n.is_given THEN s.given_tier_until
                ELSE greatest(coalesce(n.held_until, programs_tier_goes(p, s, t.points_min, until_at)),
                              CASE WHEN s.given_tier_id = n.tier_id THEN s.given_tier_until END) END AS ends_at
    FROM programs_tier_standings(p_membership_ids, p_at) n
    JOIN programs_tier_standings(p_membership_ids, until_at) l ON l.membership_id = n.membership_id
    JOIN programs_membership s ON s.id = n.membership_id JOIN programs_tier t ON t.id = n.tier_id
    WHERE n.tier_id IS DISTINCT FROM l.tier_id
  ), marked AS (
    UPDATE programs_membership s SET tier_warned_for = e.ends_at FROM ending e
    WHERE s.id = e.membership_id AND s.tier_warned_for IS DISTINCT FROM e.ends_at AND s.status = 'active'
    RETURNING s.id, s.member_id, e.tier, e.next, e.ends_at
  ), stream AS (
    INSERT INTO loyalty_eventstream AS e (aggregate_id, last_sequence) SELECT m.id, 1 FROM marked m ORDER BY 1
    ON CONFLICT (aggregate_id) DO UPDATE SET last_sequence = e.last_sequence + 1 RETURNING e.aggregate_id, e.last_sequence
  ), event AS (
    INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
    SELECT gen_random_uuid(), p.brand_id, 'tier.ending', m.id, t.last_sequence, m.member_id, p.id,
           jsonb_build_object('tier', m.tier, 'next', m.next, 'ends_at', m.ends_at, 'actor', 'system:tiers'), p_at
    FROM marked m JOIN stream t ON t.aggregate_id = m.id
  )
  SELECT count(*) INTO told FROM marked;
  RETURN told;
END $$;

-- Takes members out of tiers that are about to be removed: they have the next lower one that stays.
CREATE FUNCTION programs_leave_tiers(p_tier_ids bigint[], p_at timestamptz, p_actor text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE changes jsonb;
BEGIN
  WITH leaving AS MATERIALIZED (
    SELECT s.id, b.code AS before, n.id AS next_id, g.id AS given_id,
           (SELECT t.code FROM programs_tier t WHERE t.id IN (n.id, g.id) ORDER BY t.points_min DESC LIMIT 1) AS after
    FROM programs_membership s CROSS JOIN LATERAL programs_tier_written(s) b
    LEFT JOIN programs_tier o ON o.id = s.tier_id
    LEFT JOIN LATERAL (
      SELECT t.id FROM programs_tier t
      WHERE t.program_id = s.program_id AND t.points_min <= o.points_min AND t.id <> ALL (p_tier_ids) ORDER BY t.points_min DESC LIMIT 1
    ) n ON true
    LEFT JOIN programs_tier g ON g.id = s.given_tier_id AND g.id <> ALL (p_tier_ids)
    WHERE s.tier_id = ANY (p_tier_ids) OR s.given_tier_id = ANY (p_tier_ids)
  ), moved AS (
    UPDATE programs_membership s SET tier_id = l.next_id, given_tier_id = l.given_id FROM leaving l WHERE s.id = l.id RETURNING s.id
  )
  SELECT jsonb_agg(jsonb_build_object('membership_id', l.id, 'before', l.before, 'after', l.after, 'reason', 'program', 'measure', 0,
                                      'at', p_at)) FILTER (WHERE l.before IS DISTINCT FROM l.after)
  INTO changes FROM leaving l JOIN moved USING (id);
  IF changes IS NOT NULL THEN
    PERFORM programs_tell_tiers(changes, p_actor, '');
  END IF;
END $$;
-- reverse
DROP FUNCTION programs_leave_tiers(bigint[], timestamptz, text);
DROP FUNCTION programs_warn_of_endings(uuid, uuid[], timestamptz);
DROP FUNCTION programs_reassess_tiers(uuid, uuid, int, timestamptz, text, text);
DROP FUNCTION programs_note_undeserved(uuid[], timestamptz);
CREATE OR REPLACE FUNCTION programs_lower_tiers(p_account_ids bigint[], p_at timestamptz) RETURNS void LANGUAGE sql AS $$ $$;
CREATE OR REPLACE FUNCTION programs_raise_tiers(p_account_ids bigint[], p_at timestamptz) RETURNS void LANGUAGE sql AS $$ $$;
DROP FUNCTION programs_tier_latest(programs_program, programs_membership, timestamptz);
DROP FUNCTION programs_settle_tiers(uuid[], timestamptz, text, text, text);
DROP FUNCTION programs_lock_balances(uuid[]);
DROP FUNCTION programs_tier_written(programs_membership);
DROP FUNCTION programs_tell_tiers(jsonb, text, text);
