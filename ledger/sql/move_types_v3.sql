-- A move may name the partner whose clearing account it goes over, how often its points changed hands before, and how often
-- those that it takes may have.
ALTER TYPE ledger_move ADD ATTRIBUTE partner uuid, ADD ATTRIBUTE hops int, ADD ATTRIBUTE hops_max int;
-- reverse
ALTER TYPE ledger_move DROP ATTRIBUTE hops_max, DROP ATTRIBUTE hops, DROP ATTRIBUTE partner;
