-- Called when these purchases were written down: what they earn in the programs of partners, for members who take part there
-- already, is put into the outbox. Nobody waits for anybody here: the rows are new, and their purchases are the caller's own.
CREATE OR REPLACE FUNCTION programs_pass_on(p_purchase_ids uuid[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO programs_passedon (link_id, purchase_id, points)
  SELECT l.id, u.id, least(div(u.amount_minor, l.earn_per_minor) * l.earn_points, 9000000000000000)
  FROM programs_purchase u
  JOIN programs_programlink l ON l.program_id = u.program_id AND l.status = 'active' AND l.active_since <= u.occurred_at
  JOIN programs_program p ON p.id = l.partner_id AND p.status = 'active'
  JOIN programs_membership s ON s.program_id = l.partner_id AND s.member_id = u.member_id AND s.status = 'active'
  WHERE u.id = ANY (p_purchase_ids) AND u.amount_minor >= l.earn_per_minor
  ON CONFLICT DO NOTHING;
END $$;

-- Called when these returns were written down: what their purchases earned elsewhere has to be looked at again. How much is
-- to go back is read when that is done, from what of the purchase has come back by then.
CREATE FUNCTION programs_pass_on_returns(p_return_ids uuid[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM programs_pass_on_reversals(ARRAY(SELECT r.purchase_id FROM programs_return r WHERE r.id = ANY (p_return_ids)));
END $$;

-- The same for purchases whose transactions were reversed. Rows are locked in the order of their ids, as by whoever does the work.
CREATE FUNCTION programs_pass_on_reversals(p_purchase_ids uuid[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM FROM programs_passedon o WHERE o.purchase_id = ANY (p_purchase_ids) ORDER BY o.id FOR UPDATE;
  UPDATE programs_passedon o SET asked = o.asked + 1 WHERE o.purchase_id = ANY (p_purchase_ids);
END $$;
-- reverse
DROP FUNCTION programs_pass_on_reversals(uuid[]);
DROP FUNCTION programs_pass_on_returns(uuid[]);
CREATE OR REPLACE FUNCTION programs_pass_on(p_purchase_ids uuid[]) RETURNS void LANGUAGE sql AS $$ $$;
