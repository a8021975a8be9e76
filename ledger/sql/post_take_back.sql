-- Takes back points that were given: a return (m.points is how many of the original must have come back by now, whatever
-- came back before) or a reversal (all that has not come back yet). First what is left in the original's own lot, then,
-- for what was spent out of it, the member's other lots, soonest expiry first and pending ones last; the rest is debt, or
-- as m.policy says. What had expired is not taken twice: it is the shortfall.
CREATE FUNCTION ledger_take_back(m ledger_move, o ledger_posting) RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE
  lot ledger_lot; original ledger_ledgerentry; balance ledger_balance; answer ledger_answer; entry bigint;
  wanted bigint := 0; own bigint := 0; spent bigint := 0; funded bigint := 0; owed bigint := 0; other_ids bigint[]; other_points bigint[];
BEGIN
  SELECT * INTO lot FROM ledger_lot WHERE posting_id = o.id;
  IF FOUND THEN
    wanted := CASE m.kind WHEN 'return' THEN greatest(least(m.points, lot.points) - lot.returned, 0) ELSE lot.points - lot.returned END;
    own := least(lot.remaining, wanted);
    -- Points that were refunded and then came back by a reversed redemption are in the lot again: they are not spent.
    spent := greatest(least(wanted - own, lot.points - lot.remaining - lot.expired - lot.withdrawn - lot.refunded), 0);
    SELECT * INTO STRICT balance FROM ledger_balance WHERE account_id = m.account_id;
    IF spent > 0 THEN
      SELECT array_agg(u.lot_id), array_agg(u.points), coalesce(sum(u.points), 0) INTO other_ids, other_points, funded
      FROM ledger_lots_to_use(m.account_id, m.at, spent, true, lot.id) u;
    END IF;
    IF m.policy = 'debt' THEN
      owed := spent - funded;
    END IF;
    IF (m.policy = 'refuse' AND funded < spent) OR balance.posted - own - funded - owed < -balance.debt_max AND owed > 0 THEN
      RETURN ledger_refused(m, 'insufficient-points', jsonb_build_object('available', own + funded, 'requested', own + spent));
    END IF;
  END IF;

  answer := ledger_record(m, -(own + funded + owed), wanted - own - funded - owed, o.id,
                          (own + funded + owed > 0)::int, owed, 0, -wanted, 0);

  IF own + funded + owed > 0 THEN
    SELECT * INTO STRICT original FROM ledger_ledgerentry WHERE id = lot.entry_id;
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, debit_after, debit_version, reverses_id,
                                    occurred_at, recorded_at)
    SELECT answer.id, m.unit_id, m.account_id, original.debit_id, own + funded + owed, b.posted, b.version, original.id, m.at, now()
    FROM ledger_balance b WHERE b.account_id = m.account_id
    RETURNING id INTO STRICT entry;
    INSERT INTO ledger_lotuse (entry_id, lot_id, points)
    SELECT entry, u.id, u.points FROM unnest(other_ids || lot.id, other_points || own) u (id, points) WHERE u.points > 0;
    UPDATE ledger_lot l SET remaining = l.remaining - u.points FROM unnest(other_ids, other_points) u (id, points) WHERE l.id = u.id;
  END IF;
  IF wanted > 0 THEN
    UPDATE ledger_lot SET remaining = remaining - own, withdrawn = withdrawn + own, refunded = refunded + funded + owed,
                          returned = returned + wanted WHERE id = lot.id;
  END IF;
  RETURN answer;
END $$;
-- reverse
DROP FUNCTION ledger_take_back(ledger_move, ledger_posting);
