-- The code of the tier that a membership has at p_at; null below the lowest.
CREATE FUNCTION programs_tier_code(p_membership_id uuid, p_at timestamptz) RETURNS text LANGUAGE plpgsql STABLE
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

-- Called when points were given to these accounts at p_at: who has reached a higher tier goes up at once.
CREATE FUNCTION programs_raise_tiers(p_account_ids bigint[], p_at timestamptz) RETURNS void LANGUAGE sql AS $$ $$;

-- Called when these purchases were written down: what partners' programs are to hear of them.
CREATE FUNCTION programs_pass_on(p_purchase_ids uuid[]) RETURNS void LANGUAGE sql AS $$ $$;
-- reverse
DROP FUNCTION programs_pass_on(uuid[]);
DROP FUNCTION programs_raise_tiers(bigint[], timestamptz);
DROP FUNCTION programs_tier_code(uuid, timestamptz);
