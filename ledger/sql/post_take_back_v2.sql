-- Takes back points that were given: a return (how many of the original must have come back by now, whatever came back
-- before: m.targets of each lot, else m.points of all together) or a reversal (all that has not come back yet). A return of
-- points spreads over several lots by what each is of those from it on, rounded down: every part is a whole number, none
-- ever shrinks, and all of them together are what was asked for. First what is left in the original's own lots, then, for
-- what was spent out of them, whatever else the member has, soonest expiry first and pending lots last; the rest is debt, or
-- as m.policy says (only_pending takes what is pending in the own lots and no more). What had expired is not taken twice: it
-- is the shortfall. Each lot's entry is reversed by one of its own.
CREATE OR REPLACE FUNCTION ledger_take_back(m ledger_move, o ledger_posting) RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE
  lots ledger_lot[] := ARRAY(SELECT l FROM ledger_lot l WHERE l.posting_id = o.id ORDER BY l.id);
  lot ledger_lot; balance ledger_balance; answer ledger_answer; entry bigint; issuer bigint; i int := 0;
  target bigint := greatest(least(m.points, o.points), 0); weight bigint := o.points; share bigint; room bigint; fundable bigint;
  wanted bigint; own bigint; spent bigint; funded bigint; owed bigint := 0; run bigint := 0; entries int := 0;
  ids bigint[] := '{}'; wants bigint[] := '{}'; owns bigint[] := '{}'; spends bigint[] := '{}'; funds bigint[] := '{}'; takes bigint[] := '{}';
  all_wanted bigint := 0; all_own bigint := 0; all_spent bigint := 0; all_taken bigint := 0;
BEGIN
  IF cardinality(m.targets) <> cardinality(lots) THEN
    RAISE EXCEPTION 'a return has a target for each lot of what it returns' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  room := greatest(target - (SELECT sum(l.returned) FROM unnest(lots) l), 0);
  FOREACH lot IN ARRAY lots LOOP
    i := i + 1;
    IF m.kind = 'reverse' THEN
      wanted := lot.points - lot.returned;
    ELSIF m.targets IS NOT NULL THEN
      wanted := greatest(least(m.targets[i], lot.points) - lot.returned, 0);
    ELSE
      share := div(target::numeric * lot.points, weight);
      target := target - share; weight := weight - lot.points;
      wanted := least(greatest(share - lot.returned, 0), room);
      room := room - wanted;
    END IF;
    own := least(lot.remaining, wanted);
    IF m.policy = 'only_pending' THEN
      own := CASE WHEN lot.available_at > m.at THEN own ELSE 0 END;
      spent := 0;
    ELSE
      -- Points that were refunded and then came back by a reversed redemption are in the lot again: they are not spent.
      spent := greatest(least(wanted - own, lot.points - lot.remaining - lot.expired - lot.withdrawn - lot.refunded), 0);
    END IF;
    ids := ids || lot.id; wants := wants || wanted; owns := owns || own; spends := spends || spent;
    all_wanted := all_wanted + wanted; all_own := all_own + own; all_spent := all_spent + spent;
  END LOOP;

  SELECT * INTO STRICT balance FROM ledger_balance WHERE account_id = m.account_id;
  fundable := balance.posted + balance.debt - all_own;
  IF m.policy = 'debt' THEN
    owed := greatest(all_spent - fundable, 0);
  END IF;
  IF (m.policy = 'refuse' AND fundable < all_spent) OR balance.posted - all_own - all_spent < -balance.debt_max AND owed > 0 THEN
    RETURN ledger_refused(m, 'insufficient-points',
                          jsonb_build_object('available', all_own + least(all_spent, fundable), 'requested', all_own + all_spent));
  END IF;
  FOR i IN 1..cardinality(lots) LOOP
    funded := least(spends[i], fundable);
    fundable := fundable - funded;
    funds := funds || funded;
    takes := takes || owns[i] + CASE m.policy WHEN 'debt' THEN spends[i] ELSE funded END;
    all_taken := all_taken + takes[i];
    entries := entries + (takes[i] > 0)::int;
  END LOOP;

  answer := ledger_record(m, -all_taken, all_wanted - all_taken, o.id, entries, owed, 0, -all_wanted, 0);

  IF all_wanted > 0 THEN
    UPDATE ledger_lot l SET remaining = l.remaining - u.own, withdrawn = l.withdrawn + u.own,
                            refunded = l.refunded + u.taken - u.own, returned = l.returned + u.wanted
    FROM unnest(ids, wants, owns, takes) u (id, wanted, own, taken) WHERE l.id = u.id AND u.wanted > 0;
    SELECT debit_id INTO STRICT issuer FROM ledger_ledgerentry WHERE id = lots[1].entry_id;
  END IF;
  entries := 0;
  FOR i IN 1..cardinality(lots) LOOP
    CONTINUE WHEN takes[i] = 0;
    run := run + takes[i];
    entries := entries + 1;
    INSERT INTO ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, debit_after, debit_version, reverses_id,
                                    occurred_at, recorded_at)
    VALUES (answer.id, m.unit_id, m.account_id, issuer, takes[i], balance.posted - run, balance.version + entries,
            lots[i].entry_id, m.at, now())
    RETURNING id INTO STRICT entry;
    IF owns[i] > 0 THEN
      INSERT INTO ledger_lotuse (entry_id, lot_id, points) VALUES (entry, ids[i], owns[i]);
    END IF;
    IF funds[i] > 0 THEN
      WITH take AS MATERIALIZED (
        SELECT t.lot_id, t.points FROM ledger_lots_to_use(m.account_id, m.at, funds[i], true, 0) t
      ), emptied AS (
        UPDATE ledger_lot l SET remaining = l.remaining - t.points FROM take t WHERE l.id = t.lot_id
      )
      INSERT INTO ledger_lotuse (entry_id, lot_id, points) SELECT entry, t.lot_id, t.points FROM take t;
    END IF;
  END LOOP;
  RETURN answer;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_take_back(m ledger_move, o ledger_posting) RETURNS ledger_answer LANGUAGE plpgsql AS $$
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
