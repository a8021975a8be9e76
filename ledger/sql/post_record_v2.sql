-- As before; the event of a release of pending points tells how many count now.
CREATE OR REPLACE FUNCTION ledger_record(m ledger_move, p_points bigint, p_shortfall bigint, p_reverses bigint, p_entries int,
                              p_debt bigint, p_held bigint, p_earned bigint, p_redeemed bigint)
RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE b ledger_balance; answer ledger_answer;
BEGIN
  UPDATE ledger_balance SET posted = posted + p_points, debt = debt + p_debt, held = held + p_held,
                            earned = earned + p_earned, redeemed = redeemed + p_redeemed,
                            version = version + p_entries, events = events + 1
  WHERE account_id = m.account_id RETURNING * INTO STRICT b;
  INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                              shortfall, balance_after, reverses_id, data, occurred_at, recorded_at)
  VALUES (m.public_id, m.brand_id, m.unit_id, m.account_id, m.kind, m.key, m.fingerprint, m.actor, m.reference, p_points,
          p_shortfall, b.posted, p_reverses, m.data, m.at, now())
  RETURNING id INTO STRICT answer.id;
  INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                             occurred_at)
  VALUES (gen_random_uuid(), m.brand_id, ledger_event_type(m.kind), m.stream_id, b.events, m.owner_id, m.program_id, answer.id,
          ledger_event_data(m.public_id, p_points, b.posted, m.reference)
            || jsonb_build_object('shortfall', p_shortfall, 'reverses', m.target)
            || CASE m.kind WHEN 'mature' THEN jsonb_build_object('matured', m.points) ELSE '{}' END, m.at);
  answer.n := m.n; answer.outcome := 'posted'; answer.public_id := m.public_id; answer.kind := m.kind;
  answer.account_id := m.account_id; answer.points := p_points; answer.shortfall := p_shortfall;
  answer.balance_after := b.posted; answer.reference := m.reference; answer.actor := m.actor;
  answer.occurred_at := m.at; answer.recorded_at := now(); answer.reverses := m.target;
  RETURN answer;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_record(m ledger_move, p_points bigint, p_shortfall bigint, p_reverses bigint, p_entries int,
                              p_debt bigint, p_held bigint, p_earned bigint, p_redeemed bigint)
RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE b ledger_balance; answer ledger_answer;
BEGIN
  UPDATE ledger_balance SET posted = posted + p_points, debt = debt + p_debt, held = held + p_held,
                            earned = earned + p_earned, redeemed = redeemed + p_redeemed,
                            version = version + p_entries, events = events + 1
  WHERE account_id = m.account_id RETURNING * INTO STRICT b;
  INSERT INTO ledger_posting (public_id, brand_id, unit_id, account_id, kind, key, fingerprint, actor, reference, points,
                              shortfall, balance_after, reverses_id, data, occurred_at, recorded_at)
  VALUES (m.public_id, m.brand_id, m.unit_id, m.account_id, m.kind, m.key, m.fingerprint, m.actor, m.reference, p_points,
          p_shortfall, b.posted, p_reverses, m.data, m.at, now())
  RETURNING id INTO STRICT answer.id;
  INSERT INTO loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, posting_id, data,
                             occurred_at)
  VALUES (gen_random_uuid(), m.brand_id, ledger_event_type(m.kind), m.stream_id, b.events, m.owner_id, m.program_id, answer.id,
          ledger_event_data(m.public_id, p_points, b.posted, m.reference)
            || jsonb_build_object('shortfall', p_shortfall, 'reverses', m.target), m.at);
  answer.n := m.n; answer.outcome := 'posted'; answer.public_id := m.public_id; answer.kind := m.kind;
  answer.account_id := m.account_id; answer.points := p_points; answer.shortfall := p_shortfall;
  answer.balance_after := b.posted; answer.reference := m.reference; answer.actor := m.actor;
  answer.occurred_at := m.at; answer.recorded_at := now(); answer.reverses := m.target;
  RETURN answer;
END $$;
