-- What the rules in force (or others, whose needs are given) ask about a member at p_at, and only that: since when they take
-- part, the tier, the brand's attributes,
-- on which lists they stand, what they bought before, who brought them, and how much of limits is used. Null where the rate alone
-- decides.
CREATE FUNCTION programs_member_facts(p_program_id uuid, p_member_id uuid, s programs_membership, p_at timestamptz, p_needs text[] DEFAULT NULL)
RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE p programs_program; needs text[]; facts jsonb; wall timestamp; referrer uuid; before record;
BEGIN
  SELECT * INTO STRICT p FROM programs_program x WHERE x.id = p_program_id;
  needs := coalesce(p_needs, p.needs);
  IF p_needs IS NULL AND p.edition = 0 AND NOT EXISTS (SELECT FROM programs_tier x WHERE x.program_id = p.id AND x.multiplier > 1) THEN
    RETURN NULL;
  END IF;
  facts := jsonb_build_object('joined_at', s.joined_at);
  IF s.id IS NOT NULL AND ('tier' = ANY (needs) OR EXISTS (SELECT FROM programs_tier x WHERE x.program_id = p.id AND x.multiplier > 1)) THEN
    facts := facts || jsonb_build_object('tier', programs_tier_code(s.id, p_at));
  END IF;
  IF 'attributes' = ANY (needs) THEN
    facts := facts || jsonb_build_object('attributes', s.attributes);
  END IF;
  IF 'segments' = ANY (needs) THEN
    facts := facts || jsonb_build_object('segments', (
      SELECT jsonb_agg(g.key ORDER BY g.key) FROM programs_segmentmember l JOIN programs_segment g ON g.id = l.segment_id
      WHERE l.member_id = p_member_id AND g.brand_id = p.brand_id AND g.kind = 'list'));
  END IF;
  IF 'orders' = ANY (needs) THEN
    SELECT * INTO before FROM programs_bought_before(p.id, p_member_id);
    facts := facts || jsonb_build_object('orders', before.orders, 'spend_minor', before.spend_minor);
  END IF;
  IF 'referral' = ANY (needs) THEN
    SELECT r.referrer_id, m.account_id INTO before FROM programs_referral r
    JOIN programs_membership m ON m.program_id = r.program_id AND m.member_id = r.referrer_id AND m.status = 'active'
    WHERE r.program_id = p.id AND r.friend_id = p_member_id;
    referrer := before.referrer_id;
    facts := facts || jsonb_build_object('referrer', referrer, 'referrer_account', before.account_id);
  END IF;
  IF 'counters' = ANY (needs) THEN
    wall := p_at AT TIME ZONE p.timezone;
    facts := facts || jsonb_build_object('counters', (
      SELECT jsonb_agg(jsonb_build_array(c.scope, c.owner, c.subject, c.period, c.since, c.points, c.times))
      FROM programs_limitcounter c
      WHERE c.program_id = p.id AND c.subject = ANY (ARRAY['', p_member_id::text, coalesce(referrer::text, '')])
        AND c.since = ANY (ARRAY['', to_char(wall, 'YYYY-MM-DD'), to_char(date_trunc('week', wall), 'YYYY-MM-DD'),
                                 to_char(date_trunc('month', wall), 'YYYY-MM-DD'), to_char(date_trunc('year', wall), 'YYYY-MM-DD')])));
  END IF;
  RETURN facts;
END $$;

-- How often and for how much a member has bought by what is in the books, whenever it was; what came back whole or was
-- reversed does not count.
CREATE FUNCTION programs_bought_before(p_program_id uuid, p_member_id uuid, OUT orders bigint, OUT spend_minor bigint)
LANGUAGE sql STABLE AS $$
  SELECT count(*), coalesce(sum(u.amount_minor - u.refunded_minor), 0)::bigint FROM programs_purchase u
  WHERE u.member_id = p_member_id AND u.program_id = p_program_id
    AND (u.refunded_minor < u.amount_minor OR u.amount_minor = 0 AND NOT EXISTS (
      SELECT FROM ledger_posting o JOIN ledger_posting r ON r.reverses_id = o.id AND r.kind = 'reverse' WHERE o.public_id = u.id))
$$;

-- The programs and members that the names of requests mean, as programs_places told it, and for what happens at a time in p_ats
-- what the rules ask about the member.
DROP FUNCTION programs_places(uuid[], text[], uuid[], text[], text[]);
CREATE FUNCTION programs_places(p_program_ids uuid[], p_program_codes text[], p_member_ids uuid[], p_external_ids text[],
                                p_card_numbers text[], p_ats timestamptz[])
RETURNS text LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN (
    with asked as materialized (
      select * from unnest(p_program_ids, p_program_codes, p_member_ids, p_external_ids, p_card_numbers, p_ats)
        with ordinality a (program_id, program_code, member_id, external_id, card_number, at, n)
    ), program as materialized (
      select p.* from programs_program p
      where p.id = any (p_program_ids) or p.code = any (p_program_codes)
    ), placed as materialized (
      select a.n, a.at, p.id as program_id, coalesce(
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
        'return_policy', p.return_policy, 'redeem_points_min', p.redeem_points_min, 'expiry_kind', p.expiry_kind,
        'expiry_dates', p.expiry_dates, 'pending_until', p.pending_until, 'edition', p.edition, 'needs', p.needs,
        'has_tiers', exists (select from programs_tier x where x.program_id = p.id),
        'tier_factors', (select json_agg(json_build_array(x.code, x.multiplier::text) order by x.points_min)
                         from programs_tier x where x.program_id = p.id and x.multiplier > 1))) from program p),
      'pairs', (select json_agg(json_build_array(
        t.program_id, m.id, coalesce(s.status, ''), s.account_id,
        s.id is not null or exists (
          select from loyalty_brandmember b join program p on p.brand_id = b.brand_id
          where p.id = t.program_id and b.member_id = m.id),
        case when t.at is not null and t.program_id is not null and m.id is not null
          then programs_member_facts(t.program_id, m.id, s, t.at) end) order by t.n)
        from placed t
        left join loyalty_member m on m.id = t.member_id and m.is_active
        left join programs_membership s on s.program_id = t.program_id and s.member_id = m.id)
    )::text
  );
END $$;
-- reverse
DROP FUNCTION programs_places(uuid[], text[], uuid[], text[], text[], timestamptz[]);
DROP FUNCTION programs_member_facts(uuid, uuid, programs_membership, timestamptz, text[]);
DROP FUNCTION programs_bought_before(uuid, uuid);
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
