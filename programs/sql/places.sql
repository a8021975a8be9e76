-- The programs and members that the names of requests mean, one name of each kind a request (null where it has none), and
-- whether and how the member takes part: as JSON, for many requests as for one. A function, so that its plan is kept.
CREATE FUNCTION programs_places(p_program_ids uuid[], p_program_codes text[], p_member_ids uuid[], p_external_ids text[],
                                p_card_numbers text[])
RETURNS text LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN (
    with asked as materialized (
      select * from unnest(p_program_ids, p_program_codes, p_member_ids, p_external_ids, p_card_numbers)
        with ordinality a (program_id, program_code, member_id, external_id, card_number, n)
    ), program as materialized (
      select p.* from programs_program p
      where p.id = any (p_program_ids) or p.code = any (p_program_codes)
    ), placed as materialized (
      select a.n, p.id as program_id, coalesce(
        (select b.member_id from loyalty_brandmember b where b.brand_id = p.brand_id and b.member_id = a.member_id),
        (select s.member_id from programs_membership s where s.program_id = p.id and s.member_id = a.member_id),
        (select b.member_id from loyalty_brandmember b where b.brand_id = p.brand_id and b.external_id = a.external_id),
        (select s.member_id from programs_membership s where s.program_id = p.id and s.card_number = a.card_number),
        a.member_id
      ) as member_id
      from asked a left join program p on p.id = a.program_id or p.code = a.program_code
    )
    select json_build_object(
      'programs', (select json_agg(json_build_object(
        'id', p.id, 'brand_id', p.brand_id, 'code', p.code, 'status', p.status, 'is_community', p.is_community,
        'money_currency', p.money_currency, 'earn_points', p.earn_points, 'earn_per', p.earn_per::text,
        'pending_days', p.pending_days, 'expiry_months', p.expiry_months, 'timezone', p.timezone,
        'return_policy', p.return_policy, 'redeem_points_min', p.redeem_points_min)) from program p),
      'pairs', (select json_agg(json_build_array(
        t.program_id, m.id, coalesce(s.status, ''), s.account_id,
        s.id is not null or exists (
          select from loyalty_brandmember b join program p on p.brand_id = b.brand_id
          where p.id = t.program_id and b.member_id = m.id)) order by t.n)
        from placed t
        left join loyalty_member m on m.id = t.member_id and m.is_active
        left join programs_membership s on s.program_id = t.program_id and s.member_id = m.id)
    )::text
  );
END $$;
-- reverse
DROP FUNCTION programs_places(uuid[], text[], uuid[], text[], text[]);
