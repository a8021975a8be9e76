-- A voucher as a till asks for it, by id or code, with all that decides whether it can be used: its program, the location
-- and the member that are named, what its key was answered before, and how many wrong codes came lately. One round trip,
-- nothing is written. Whose vouchers may be found the caller says: those of `brands`, and those of the member `self`.
CREATE FUNCTION programs_find_voucher(p jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  v programs_voucher; answer jsonb; n int;
  brands uuid[] := CASE WHEN jsonb_typeof(p -> 'brands') = 'array'
                        THEN ARRAY(SELECT value::uuid FROM jsonb_array_elements_text(p -> 'brands')) END;
  asked_member text := p ->> 'member'; asked_location text := p ->> 'location'; member uuid;
BEGIN
  answer := jsonb_build_object('guesses', (
    SELECT jsonb_agg(jsonb_build_object('whose', g.whose, 'count', g.count, 'until', g.until)) FROM programs_codeguesses g
    WHERE g.whose = ANY(ARRAY(SELECT jsonb_array_elements_text(p -> 'guessers'))) AND g.until > (p ->> 'now')::timestamptz));
  IF p ->> 'id' IS NOT NULL THEN
    SELECT * INTO v FROM programs_voucher x WHERE x.id = (p ->> 'id')::uuid
      AND (brands IS NULL OR x.brand_id = ANY(brands) OR x.member_id = (p ->> 'self')::uuid);
  ELSE
    n := 0;
    FOR v IN
      SELECT * FROM programs_voucher x WHERE x.code = p ->> 'code'
        AND x.brand_id = ANY(coalesce(brands, ARRAY(SELECT b.id FROM loyalty_brand b)))
      UNION
      SELECT * FROM programs_voucher x WHERE x.code = p ->> 'code' AND x.member_id = (p ->> 'self')::uuid
      LIMIT 2
    LOOP n := n + 1; END LOOP;
    IF n > 1 THEN RETURN answer || '{"is_ambiguous": true}'; END IF;
  END IF;
  IF v.id IS NULL THEN RETURN answer; END IF;
  answer := answer || jsonb_build_object('voucher', to_jsonb(v), 'program', (
    SELECT jsonb_build_object('code', g.code, 'status', g.status, 'money_currency', g.money_currency)
    FROM programs_program g WHERE g.id = v.program_id));
  IF p ->> 'key' IS NOT NULL THEN
    answer := answer || jsonb_build_object('use', (
      SELECT jsonb_build_object('id', u.id, 'fingerprint', encode(u.fingerprint, 'hex'), 'answer', u.answer)
      FROM programs_voucheruse u WHERE u.brand_id = v.brand_id AND u.key = p ->> 'key'));
  END IF;
  IF p ->> 'token_id' IS NOT NULL THEN
    answer := answer || jsonb_build_object('is_token_used', EXISTS (
      SELECT FROM programs_usedtoken t WHERE t.token_id = p ->> 'token_id'));
  END IF;
  IF p ->> 'person' IS NOT NULL THEN
    answer := answer || jsonb_build_object('bound', (
      SELECT jsonb_build_object('id', l.id, 'code', l.code, 'name', l.name)
      FROM loyalty_staff s JOIN loyalty_location l ON l.id = s.location_id
      WHERE s.person_id = (p ->> 'person')::uuid AND s.brand_id = v.brand_id AND s.is_active));
  END IF;
  IF asked_location <> '' THEN
    answer := answer || jsonb_build_object('location', (
      SELECT jsonb_build_object('id', l.id, 'code', l.code, 'name', l.name) FROM loyalty_location l
      WHERE l.brand_id = v.brand_id AND l.is_active
        AND CASE WHEN p ->> 'location_uuid' IS NULL THEN l.code = asked_location
                 ELSE l.id = (p ->> 'location_uuid')::uuid END));
  END IF;
  IF asked_member <> '' THEN
    SELECT k.member_id INTO member FROM loyalty_brandmember k
    WHERE k.brand_id = v.brand_id AND (k.external_id = asked_member OR k.member_id = (p ->> 'member_uuid')::uuid)
    ORDER BY k.member_id = (p ->> 'member_uuid')::uuid DESC NULLS LAST LIMIT 1;
    answer := answer || jsonb_build_object('member_id', member);
  END IF;
  member := coalesce(v.member_id, member);
  IF member IS NOT NULL AND p ->> 'is_use' = 'true' THEN
    answer := answer || jsonb_build_object('membership', (
      SELECT s.status FROM programs_membership s WHERE s.program_id = v.program_id AND s.member_id = member));
    IF v.member_uses_max IS NOT NULL THEN
      answer := answer || jsonb_build_object('member_uses', (
        SELECT count(*) FROM programs_voucheruse u
        WHERE u.voucher_id = v.id AND u.member_id = member AND u.rolled_back_at IS NULL));
    END IF;
  END IF;
  RETURN answer;
END $$;
-- reverse
DROP FUNCTION programs_find_voucher(jsonb);
