-- What members have reached by now stands on their membership from here on.
UPDATE programs_membership s SET tier_id = x.held_id, tier_since = now()
FROM (
  SELECT t.* FROM (SELECT array_agg(m.id) AS ids FROM programs_membership m
                   WHERE EXISTS (SELECT FROM programs_tier y WHERE y.program_id = m.program_id)) a,
  LATERAL programs_tier_standings(a.ids, now()) t) x
WHERE s.id = x.membership_id AND x.held_id IS NOT NULL AND s.tier_id IS NULL;
