-- What follows from what was written down: higher tiers, what linked programs are to hear, and what rules gave that is no points.
-- A row has grants only where there are some, each as [number, kind, code, count, rule].
CREATE OR REPLACE FUNCTION programs_after_purchases(p_rows jsonb, p_posted ledger_answer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE accounts bigint[]; purchases uuid[];
BEGIN
  IF p_rows @? '$[*] ? (@.has_tiers == true)' THEN
    SELECT array_agg(DISTINCT a.account_id) INTO accounts FROM jsonb_array_elements(p_rows) r
    CROSS JOIN LATERAL (SELECT (r ->> 'n')::int AS n UNION ALL SELECT part::int FROM jsonb_array_elements_text(r -> 'parts') part) o
    JOIN unnest(p_posted) a ON a.n = o.n WHERE (r ->> 'has_tiers')::boolean;
    IF accounts IS NOT NULL THEN
      PERFORM programs_raise_tiers(accounts, (SELECT max(a.occurred_at) FROM unnest(p_posted) a));
    END IF;
  END IF;
  IF p_rows @? '$[*] ? (@.has_links == true)' THEN
    SELECT array_agg(a.public_id) INTO purchases FROM unnest(p_posted) a
    JOIN jsonb_array_elements(p_rows) r ON (r ->> 'n')::int = a.n WHERE (r ->> 'has_links')::boolean;
    IF purchases IS NOT NULL THEN
      PERFORM programs_pass_on(purchases);
    END IF;
  END IF;
  IF p_rows @? '$[*].grants' THEN
    INSERT INTO programs_grant (program_id, member_id, source_id, number, kind, code, count, rule, occurred_at)
    SELECT (r ->> 'program_id')::uuid, (r ->> 'member_id')::uuid, a.public_id, (g ->> 0)::int, g ->> 1, g ->> 2, (g ->> 3)::int,
           left(g ->> 4, 120), a.occurred_at
    FROM jsonb_array_elements(p_rows) r
    JOIN unnest(p_posted) a ON a.n = (r ->> 'n')::int
    CROSS JOIN LATERAL jsonb_array_elements(r -> 'grants') g
    WHERE jsonb_typeof(r -> 'grants') = 'array'
    ON CONFLICT DO NOTHING;
  END IF;
END $$;

-- The same for purchases and events whose transactions were reversed, and for what rules gave for them beside points. Rows are
-- locked in the order of their ids, as by whoever does the work.
CREATE OR REPLACE FUNCTION programs_pass_on_reversals(p_purchase_ids uuid[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM FROM programs_passedon o WHERE o.purchase_id = ANY (p_purchase_ids) ORDER BY o.id FOR UPDATE;
  UPDATE programs_passedon o SET asked = o.asked + 1 WHERE o.purchase_id = ANY (p_purchase_ids);
  PERFORM FROM programs_grant g WHERE g.source_id = ANY (p_purchase_ids) ORDER BY g.id FOR UPDATE;
  UPDATE programs_grant g SET asked = g.asked + 1 WHERE g.source_id = ANY (p_purchase_ids);
END $$;
-- reverse
CREATE OR REPLACE FUNCTION programs_pass_on_reversals(p_purchase_ids uuid[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM FROM programs_passedon o WHERE o.purchase_id = ANY (p_purchase_ids) ORDER BY o.id FOR UPDATE;
  UPDATE programs_passedon o SET asked = o.asked + 1 WHERE o.purchase_id = ANY (p_purchase_ids);
END $$;
CREATE OR REPLACE FUNCTION programs_after_purchases(p_rows jsonb, p_posted ledger_answer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE accounts bigint[]; purchases uuid[];
BEGIN
  IF p_rows @? '$[*] ? (@.has_tiers == true)' THEN
    SELECT array_agg(DISTINCT a.account_id) INTO accounts FROM jsonb_array_elements(p_rows) r
    CROSS JOIN LATERAL (SELECT (r ->> 'n')::int AS n UNION ALL SELECT part::int FROM jsonb_array_elements_text(r -> 'parts') part) o
    JOIN unnest(p_posted) a ON a.n = o.n WHERE (r ->> 'has_tiers')::boolean;
    IF accounts IS NOT NULL THEN
      PERFORM programs_raise_tiers(accounts, (SELECT max(a.occurred_at) FROM unnest(p_posted) a));
    END IF;
  END IF;
  IF p_rows @? '$[*] ? (@.has_links == true)' THEN
    SELECT array_agg(a.public_id) INTO purchases FROM unnest(p_posted) a
    JOIN jsonb_array_elements(p_rows) r ON (r ->> 'n')::int = a.n WHERE (r ->> 'has_links')::boolean;
    IF purchases IS NOT NULL THEN
      PERFORM programs_pass_on(purchases);
    END IF;
  END IF;
END $$;
