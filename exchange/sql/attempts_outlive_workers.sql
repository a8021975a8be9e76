-- Takes a lane in hand: in a commit of its own, before anything in it is settled, a row is written that goes with the commit of what
-- is done. So a row that nobody has locked, and that is not new, is of a worker that ended in the middle, and what it had in hand may
-- be why: is_careful. Null when nothing in the lane is due.
CREATE FUNCTION exchange_take_in_hand(p_lane int, p_now timestamptz, p_left_since timestamptz, OUT handful bigint, OUT is_careful boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF EXISTS (SELECT FROM exchange_exchange x WHERE x.lane = p_lane AND x.status IN ('pending', 'processing') AND NOT x.is_dead
             AND (x.next_attempt_at IS NULL OR x.next_attempt_at <= p_now)) THEN
    PERFORM FROM exchange_handful h WHERE h.lane = p_lane AND h.taken_at < p_left_since LIMIT 1 FOR UPDATE SKIP LOCKED;
    is_careful := FOUND;
    INSERT INTO exchange_handful (lane, taken_at) VALUES (p_lane, p_now) RETURNING id INTO handful;
  END IF;
END $$;

-- Nothing of this lane is in hand any more of what was taken before p_left_since, or under this number.
CREATE FUNCTION exchange_put_down(p_lane int, p_handful bigint, p_left_since timestamptz) RETURNS void LANGUAGE sql AS $$
  DELETE FROM exchange_handful d WHERE d.id IN (
    SELECT h.id FROM exchange_handful h WHERE h.lane = p_lane AND (h.taken_at < p_left_since OR h.id = p_handful) FOR UPDATE SKIP LOCKED)
$$;
-- reverse
DROP FUNCTION exchange_put_down(int, bigint, timestamptz);
DROP FUNCTION exchange_take_in_hand(int, timestamptz, timestamptz);
