-- The parts that a member takes in programs with what the member holds in each at p_now, and the tier.
CREATE OR REPLACE FUNCTION programs_member_balances(p_uuid uuid, p_ref text, p_brands uuid[], p_self uuid, p_program text,
                                         p_program_uuid uuid, p_now timestamptz)
RETURNS TABLE (member_id uuid, account_id bigint, program_id uuid, code varchar, currency varchar, timezone varchar,
               status varchar, posted bigint, available bigint, pending bigint, held bigint, debt bigint,
               lifetime_earned bigint, lifetime_redeemed bigint, expiring text, tier varchar)
LANGUAGE plpgsql STABLE ROWS 5 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
  SELECT s.member_id, s.account_id, s.program_id, s.code, s.currency, s.timezone, s.status, v.posted, v.available, v.pending,
         v.held, v.debt, v.earned, v.redeemed, v.expiring::text, t.code
  FROM programs_member_parts(p_uuid, p_ref, p_brands, p_self, p_program, p_program_uuid) s
  LEFT JOIN LATERAL ledger_balance_now(s.account_id, p_now) v ON s.account_id IS NOT NULL
  LEFT JOIN programs_membership m ON m.account_id = s.account_id
  LEFT JOIN LATERAL programs_tier_standings(ARRAY[m.id], p_now) t ON m.id IS NOT NULL
  ORDER BY s.code;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION programs_member_balances(p_uuid uuid, p_ref text, p_brands uuid[], p_self uuid, p_program text,
                                         p_program_uuid uuid, p_now timestamptz)
RETURNS TABLE (member_id uuid, account_id bigint, program_id uuid, code varchar, currency varchar, timezone varchar,
               status varchar, posted bigint, available bigint, pending bigint, held bigint, debt bigint,
               lifetime_earned bigint, lifetime_redeemed bigint, expiring text, tier varchar)
LANGUAGE plpgsql STABLE ROWS 5 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
  SELECT s.member_id, s.account_id, s.program_id, s.code, s.currency, s.timezone, s.status, v.posted, v.available, v.pending,
         v.held, v.debt, v.earned, v.redeemed, v.expiring::text, t.code
  FROM programs_member_parts(p_uuid, p_ref, p_brands, p_self, p_program, p_program_uuid) s
  LEFT JOIN LATERAL ledger_balance_now(s.account_id, p_now) v ON s.account_id IS NOT NULL
  LEFT JOIN LATERAL (
    SELECT x.code FROM programs_tier x
    WHERE x.program_id = s.program_id AND x.points_min <= coalesce((
      SELECT sum(l.points - l.returned) FROM ledger_lot l
      WHERE l.account_id = s.account_id AND l.granted_at >
        (p_now AT TIME ZONE s.timezone - make_interval(months => s.tier_months)) AT TIME ZONE s.timezone), 0)
    ORDER BY x.points_min DESC LIMIT 1
  ) t ON true
  ORDER BY s.code;
END $$;
