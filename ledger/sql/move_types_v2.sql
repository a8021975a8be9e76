-- A move may bring several lots, say how much of each lot comes back, and extend what is open on its account.
ALTER TYPE ledger_move ADD ATTRIBUTE lots jsonb, ADD ATTRIBUTE targets bigint[], ADD ATTRIBUTE extend_to timestamptz;
-- reverse
ALTER TYPE ledger_move DROP ATTRIBUTE extend_to, DROP ATTRIBUTE targets, DROP ATTRIBUTE lots;
