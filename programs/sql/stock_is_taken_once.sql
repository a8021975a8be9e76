-- Takes one of a reward for a voucher that was just written: one of the stock and a code of the pool. The reward's row,
-- which everybody wants, is locked last, and only where there is an end of it. What is set aside is not taken. With
-- p_claim_key it is a claim: the reward must be active and the member have fewer than p_member_max, it counts for them,
-- what was set aside for them is used up, and the voucher is tied to the request that asked for it.
CREATE FUNCTION programs_take_stock(p_reward_id uuid, p_voucher_id uuid, p_member_id uuid, p_hold_id uuid, p_member_max int,
                                    p_claim_key bytea, p_claim_print bytea, p_at timestamptz,
                                    OUT outcome text, OUT stock_left bigint, OUT is_low boolean, OUT pool_code text)
LANGUAGE plpgsql AS $$
DECLARE r programs_reward; own uuid; held bigint; pool_id bigint;
BEGIN
  is_low := false;
  IF p_claim_key IS NOT NULL THEN
    INSERT INTO programs_rewardtaken AS t (reward_id, member_id, count) VALUES (p_reward_id, p_member_id, 1)
    ON CONFLICT (reward_id, member_id) DO UPDATE SET count = t.count + 1 WHERE p_member_max IS NULL OR t.count < p_member_max;
    IF NOT FOUND THEN
      outcome := 'member-limit';
      RETURN;
    END IF;
  END IF;
  SELECT * INTO STRICT r FROM programs_reward x WHERE x.id = p_reward_id;
  IF r.stock_left IS NOT NULL OR r.kind = 'external_code' THEN
    -- What is set aside is counted in a statement of its own, which sees what was done while this one waited.
    SELECT * INTO STRICT r FROM programs_reward x WHERE x.id = p_reward_id FOR NO KEY UPDATE;
  END IF;
  IF p_claim_key IS NOT NULL AND r.status <> 'active' THEN
    outcome := 'offer-not-open';
    RETURN;
  END IF;
  IF p_claim_key IS NOT NULL THEN
    UPDATE programs_stockhold h SET status = 'used' WHERE h.id = (
      SELECT x.id FROM programs_stockhold x WHERE x.reward_id = p_reward_id AND x.member_id = p_member_id AND x.status = 'open'
        AND x.expires_at > p_at AND (p_hold_id IS NULL OR x.id = p_hold_id) LIMIT 1 FOR UPDATE) AND h.status = 'open'
    RETURNING h.id INTO own;
  END IF;
  IF p_hold_id IS NOT NULL AND own IS NULL THEN
    outcome := 'stock-hold-over';
    RETURN;
  END IF;
  IF r.stock_left IS NOT NULL OR r.kind = 'external_code' THEN
    SELECT count(*) INTO held FROM programs_stockhold x
    WHERE x.reward_id = p_reward_id AND x.status = 'open' AND x.expires_at > p_at;
  END IF;
  IF r.stock_left IS NOT NULL THEN
    UPDATE programs_reward x SET stock_left = x.stock_left - 1 WHERE x.id = p_reward_id AND x.stock_left > held
    RETURNING x.stock_left INTO stock_left;
    IF NOT FOUND THEN
      outcome := 'out-of-stock';
      RETURN;
    END IF;
  END IF;
  IF r.kind = 'external_code' THEN
    SELECT x.id, x.code INTO pool_id, pool_code FROM programs_poolcode x WHERE x.reward_id = p_reward_id AND x.voucher_id IS NULL
    ORDER BY x.id OFFSET held LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF pool_id IS NULL THEN
      outcome := 'out-of-stock';
      RETURN;
    END IF;
    UPDATE programs_poolcode x SET voucher_id = p_voucher_id WHERE x.id = pool_id;
    -- No further than to where a warning is wanted: there may be very many.
    SELECT count(*) INTO stock_left FROM (
      SELECT FROM programs_poolcode x WHERE x.reward_id = p_reward_id AND x.voucher_id IS NULL
      LIMIT coalesce(r.stock_low_at, 0) + 1) left_over;
  END IF;
  is_low := coalesce(stock_left = r.stock_low_at, false);
  IF pool_code IS NOT NULL OR p_claim_key IS NOT NULL THEN
    UPDATE programs_voucher x SET external_code = coalesce(pool_code, x.external_code),
      claim_key = p_claim_key, claim_print = p_claim_print
    WHERE x.id = p_voucher_id;
  END IF;
  outcome := 'taken';
END $$;
-- reverse
DROP FUNCTION programs_take_stock(uuid, uuid, uuid, uuid, int, bytea, bytea, timestamptz);
