-- What somebody gave and took by hand at a brand within a day is summed before they do so again: such postings are few, so they
-- have an index of their own, which the others pass by.
CREATE INDEX posting_moved_by_hand ON ledger_posting (brand_id, actor, recorded_at)
  WHERE kind IN ('adjust', 'deposit') AND actor LIKE 'person:%' AND starts_with(key, actor || ':');
-- reverse
DROP INDEX posting_moved_by_hand;
