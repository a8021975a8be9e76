-- The parts that a member takes in programs, as far as they are the caller's to see: p_brands are the caller's brands (null:
-- all), p_self the member that the caller is. The member is named by id or by a brand's number for them; one without any
-- part is one row of nulls. Functions, so that their plans are kept.
CREATE FUNCTION programs_member_parts(p_uuid uuid, p_ref text, p_brands uuid[], p_self uuid, p_program text, p_program_uuid uuid)
RETURNS TABLE (member_id uuid, account_id bigint, program_id uuid, code varchar, currency varchar, timezone varchar,
               status varchar, tier_months int)
LANGUAGE plpgsql STABLE ROWS 5 SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH named AS (
    SELECT b.member_id, b.member_id = p_uuid AS is_by_id FROM loyalty_brandmember b
    WHERE b.member_id = p_uuid AND (p_brands IS NULL OR b.brand_id = ANY (p_brands))
    UNION
    SELECT b.member_id, false FROM loyalty_brandmember b
    WHERE b.external_id = p_ref AND (p_brands IS NULL OR b.brand_id = ANY (p_brands) OR b.member_id = p_self)
    UNION
    SELECT m.id, true FROM loyalty_member m
    WHERE m.id = p_uuid AND (p_brands IS NULL OR m.id = p_self)
  ), known AS (
    SELECT DISTINCT m.id FROM named n JOIN loyalty_member m ON m.id = n.member_id AND m.is_active
    WHERE n.is_by_id OR NOT EXISTS (SELECT FROM named x WHERE x.is_by_id)
  )
  SELECT k.id, s.account_id, p.id, p.code, u.name, p.timezone, s.status, p.tier_months
  FROM known k
  LEFT JOIN (programs_membership s JOIN programs_program p ON p.id = s.program_id JOIN ledger_unit u ON u.id = p.unit_id)
    ON s.member_id = k.id
    AND (p_brands IS NULL OR p.brand_id = ANY (p_brands) OR s.member_id = p_self)
    AND (p_program IS NULL OR p.code = p_program OR p.id = p_program_uuid)
  ORDER BY p.code;
END $$;

-- The same with what the member holds in each at p_now, and the tier.
CREATE FUNCTION programs_member_balances(p_uuid uuid, p_ref text, p_brands uuid[], p_self uuid, p_program text,
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
-- reverse
DROP FUNCTION programs_member_balances(uuid, text, uuid[], uuid, text, uuid, timestamptz);
DROP FUNCTION programs_member_parts(uuid, text, uuid[], uuid, text, uuid);
