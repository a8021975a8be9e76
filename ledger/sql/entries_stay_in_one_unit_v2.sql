-- As before; looked at when the transaction ends, as all other references of the books are. While a large batch is posted every
-- plan is made anew for what it is asked, and that would be one for each of these checks: they took as long as the posting.
ALTER TABLE ledger_ledgerentry ALTER CONSTRAINT entry_debit_is_of_the_unit DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger_ledgerentry ALTER CONSTRAINT entry_credit_is_of_the_unit DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ledger_posting ALTER CONSTRAINT posting_account_is_of_the_unit DEFERRABLE INITIALLY DEFERRED;
-- reverse
ALTER TABLE ledger_posting ALTER CONSTRAINT posting_account_is_of_the_unit NOT DEFERRABLE;
ALTER TABLE ledger_ledgerentry ALTER CONSTRAINT entry_credit_is_of_the_unit NOT DEFERRABLE;
ALTER TABLE ledger_ledgerentry ALTER CONSTRAINT entry_debit_is_of_the_unit NOT DEFERRABLE;
