-- What members give each other passes over an account of the unit's own, which is empty whenever nothing is on its way.
INSERT INTO ledger_account (public_id, unit_id, kind, created_at)
SELECT gen_random_uuid(), u.id, 'transfer', now() FROM ledger_unit u;
INSERT INTO ledger_hotrollup (account_id, posted, upto_xid) SELECT a.id, 0, 0 FROM ledger_account a WHERE a.kind = 'transfer';
-- reverse
DELETE FROM ledger_hotrollup WHERE account_id IN (SELECT id FROM ledger_account WHERE kind = 'transfer');
DELETE FROM ledger_account WHERE kind = 'transfer';
