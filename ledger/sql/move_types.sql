-- A request to the ledger, enriched with what its account says, and the answer to it.
CREATE TYPE ledger_move AS (
  n int, turn int, kind text, account_id bigint, key text, fingerprint bytea, actor text, points bigint, at timestamptz,
  public_id uuid, reference text, available_at timestamptz, expires_at timestamptz, target uuid, policy text,
  program_id uuid, data jsonb,
  unit_id bigint, brand_id uuid, owner_id uuid, stream_id uuid, contra_id bigint, is_closed boolean
);
CREATE TYPE ledger_answer AS (
  n int, outcome text, id bigint, public_id uuid, kind text, account_id bigint, points bigint, shortfall bigint,
  balance_after bigint, reference text, actor text, data jsonb, occurred_at timestamptz, recorded_at timestamptz,
  reverses uuid, facts jsonb
);
-- reverse
DROP TYPE ledger_answer;
DROP TYPE ledger_move;
