-- One redemption of a voucher: the row is locked, what stands against it now is asked again, and use, voucher, token and
-- event are written together or not at all. The outcome is posted, replayed (the key came before, with its first answer)
-- or the code of a refusal. A voucher whose time is over since can be used up to then where that happened off line.
CREATE FUNCTION programs_redeem_voucher(p jsonb, p_fingerprint bytea) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v programs_voucher; u programs_voucheruse; answer jsonb; next_sequence bigint; is_full boolean;
  happened_at timestamptz := (p ->> 'at')::timestamptz;
  off bigint := (p ->> 'discount_minor')::bigint;
  member uuid := (p ->> 'member_id')::uuid;
BEGIN
  SELECT * INTO STRICT v FROM programs_voucher WHERE id = (p ->> 'voucher_id')::uuid FOR NO KEY UPDATE;
  SELECT * INTO u FROM programs_voucheruse x WHERE x.brand_id = v.brand_id AND x.key = p ->> 'key';
  IF FOUND THEN
    IF u.fingerprint = p_fingerprint THEN
      RETURN jsonb_build_object('outcome', 'replayed', 'use_id', u.id, 'answer', u.answer);
    END IF;
    RETURN '{"outcome": "idempotency-key-reused"}';
  END IF;
  IF p ->> 'token_id' IS NOT NULL AND EXISTS (SELECT FROM programs_usedtoken t WHERE t.token_id = p ->> 'token_id') THEN
    RETURN '{"outcome": "token-used"}';
  END IF;
  IF v.status = 'disabled' THEN
    RETURN '{"outcome": "voucher-disabled"}';
  ELSIF v.status = 'redeemed' OR v.uses >= v.uses_max OR v.balance_minor = 0 THEN
    RETURN '{"outcome": "voucher-used-up"}';
  ELSIF v.starts_at > happened_at THEN
    RETURN '{"outcome": "voucher-not-started"}';
  ELSIF v.expires_at <= happened_at OR (v.status = 'expired' AND NOT (p ->> 'is_offline')::boolean) THEN
    RETURN '{"outcome": "voucher-expired"}';
  END IF;
  IF v.member_uses_max IS NOT NULL AND v.member_uses_max <= (
      SELECT count(*) FROM programs_voucheruse x
      WHERE x.voucher_id = v.id AND x.member_id = member AND x.rolled_back_at IS NULL) THEN
    RETURN '{"outcome": "member-used-up"}';
  END IF;
  IF v.balance_minor IS NOT NULL THEN
    off := least(off, v.balance_minor);
  END IF;
  is_full := CASE WHEN v.balance_minor IS NULL THEN v.uses + 1 >= v.uses_max ELSE v.balance_minor = off END;
  v.status := CASE WHEN is_full THEN 'redeemed' ELSE v.status END;
  v.uses := v.uses + 1;
  v.balance_minor := v.balance_minor - off;
  answer := p -> 'answer' || jsonb_build_object('status', v.status, 'uses', v.uses, 'redeemed_at', p -> 'at',
                                                'discount_minor', off, 'balance_after_minor', v.balance_minor);
  INSERT INTO programs_voucheruse (id, brand_id, voucher_id, program_id, member_id, location_id, reference, order_minor,
                                   discount_minor, currency, balance_after_minor, answer, key, fingerprint, actor,
                                   token_id, is_offline, occurred_at, rolled_back_by, rolled_back_reason, rolled_back_key)
  VALUES ((p ->> 'use_id')::uuid, v.brand_id, v.id, v.program_id, member, (p ->> 'location_id')::uuid, p ->> 'reference',
          (p ->> 'order_minor')::bigint, off, p ->> 'currency', v.balance_minor, answer, p ->> 'key', p_fingerprint,
          p ->> 'actor', coalesce(p ->> 'token_id', ''), (p ->> 'is_offline')::boolean, happened_at, '', '', '')
  ON CONFLICT (brand_id, key) DO NOTHING;
  IF NOT FOUND THEN
    RETURN '{"outcome": "idempotency-key-reused"}';
  END IF;
  IF p ->> 'token_id' IS NOT NULL THEN
    INSERT INTO programs_usedtoken (token_id, brand_id, purpose, subject, key, expires_at)
    VALUES (p ->> 'token_id', v.brand_id, 'voucher', v.id::text, p ->> 'key', (p ->> 'token_expires_at')::timestamptz);
  END IF;
  UPDATE programs_voucher SET status = v.status, uses = v.uses, balance_minor = v.balance_minor, redeemed_at = happened_at
  WHERE id = v.id;
  INSERT INTO loyalty_eventstream AS s (aggregate_id, last_sequence) VALUES (v.id, 1)
  ON CONFLICT (aggregate_id) DO UPDATE SET last_sequence = s.last_sequence + 1 RETURNING last_sequence INTO next_sequence;
  INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
  VALUES (gen_random_uuid(), v.brand_id, 'voucher.redeemed', v.id, next_sequence, member, v.program_id,
          jsonb_build_object('actor', p ->> 'actor', 'use_id', p ->> 'use_id', 'kind', v.kind, 'status', v.status,
                             'reward_id', v.reward_id, 'location_id', p ->> 'location_id',
                             'reference', p ->> 'reference', 'order_minor', p -> 'order_minor', 'discount_minor', off,
                             'currency', p ->> 'currency', 'uses', v.uses, 'balance_minor', v.balance_minor,
                             'is_offline', p -> 'is_offline'),
          happened_at);
  RETURN jsonb_build_object('outcome', 'posted', 'use_id', p -> 'use_id', 'answer', answer);
END $$;
-- reverse
DROP FUNCTION programs_redeem_voucher(jsonb, bytea);
