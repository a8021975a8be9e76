-- How the tables lie on disk: room for in-place updates, identity of the writing transaction, cheap look-up by it.
ALTER TABLE ledger_ledgerentry ALTER COLUMN xid SET DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX entry_by_xid ON ledger_ledgerentry USING brin (xid) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE ledger_balance SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE ledger_lot SET (fillfactor = 80);
-- reverse
DROP INDEX entry_by_xid;
ALTER TABLE ledger_ledgerentry ALTER COLUMN xid DROP DEFAULT;
