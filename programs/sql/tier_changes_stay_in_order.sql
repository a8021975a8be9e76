-- Changes of one membership's tier are recorded in the order in which they were made, also when the transaction of the later
-- one began earlier.
CREATE OR REPLACE FUNCTION programs_tell_tiers(p_changes jsonb, p_actor text, p_note text) RETURNS void LANGUAGE sql AS $$
  WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(p_changes)
      AS r (membership_id uuid, before text, after text, reason text, measure bigint, at timestamptz)
  ), kept AS (
    INSERT INTO programs_tierchange (id, membership_id, before, after, reason, note, measure, actor, occurred_at, recorded_at)
    SELECT gen_random_uuid(), g.membership_id, coalesce(g.before, ''), coalesce(g.after, ''), g.reason, p_note, g.measure, p_actor, g.at,
           greatest(now(), (SELECT max(c.recorded_at) + interval '1 microsecond' FROM programs_tierchange c
                            WHERE c.membership_id = g.membership_id))
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

-- As before, and who bought while it was assessed and rose by that stays as well: after the locks it is asked again whose tier
-- has changed since p_at.
CREATE OR REPLACE FUNCTION programs_reassess_tiers(p_program_id uuid, p_after uuid, p_limit int, p_at timestamptz, p_up text, p_down text,
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
  END IF;
  IF differing IS NOT NULL THEN
    PERFORM programs_lock_balances(differing);
    SELECT array_agg(s.id), array_agg(s.id) FILTER (WHERE s.id = ANY (unseen)) INTO differing, unseen
    FROM programs_membership s WHERE s.id = ANY (differing) AND (s.tier_since IS NULL OR s.tier_since <= p_at);
  END IF;
  IF unseen IS NOT NULL THEN
    PERFORM programs_note_undeserved(unseen, p_at);
  END IF;
  IF differing IS NOT NULL THEN
    SELECT t.ups, t.downs INTO ups, downs FROM programs_settle_tiers(differing, p_at, p_up, p_down, 'system:tiers') t;
  END IF;
  warned := programs_warn_of_endings(p_program_id, ids, p_at);
END $$;
-- reverse
CREATE OR REPLACE FUNCTION programs_tell_tiers(p_changes jsonb, p_actor text, p_note text) RETURNS void LANGUAGE sql AS $$
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
CREATE OR REPLACE FUNCTION programs_reassess_tiers(p_program_id uuid, p_after uuid, p_limit int, p_at timestamptz, p_up text, p_down text,
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
