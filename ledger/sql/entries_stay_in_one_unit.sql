-- An entry's two sides, and a posting's account, are accounts of its own unit: the pair (unit, account) must exist.
ALTER TABLE ledger_ledgerentry
  ADD CONSTRAINT entry_debit_is_of_the_unit FOREIGN KEY (unit_id, debit_id) REFERENCES ledger_account (unit_id, id),
  ADD CONSTRAINT entry_credit_is_of_the_unit FOREIGN KEY (unit_id, credit_id) REFERENCES ledger_account (unit_id, id);
ALTER TABLE ledger_posting
  ADD CONSTRAINT posting_account_is_of_the_unit FOREIGN KEY (unit_id, account_id) REFERENCES ledger_account (unit_id, id);
-- reverse
ALTER TABLE ledger_posting DROP CONSTRAINT posting_account_is_of_the_unit;
ALTER TABLE ledger_ledgerentry DROP CONSTRAINT entry_debit_is_of_the_unit, DROP CONSTRAINT entry_credit_is_of_the_unit;
