-- Folds the entries of settled transactions into the roll-ups of the units' own accounts, each from its own mark on, and
-- moves the marks. Only transactions older than every running one are folded in, so a late commit is never skipped.
-- Answers how many sides of entries were folded.
CREATE FUNCTION ledger_roll_up() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE lowest bigint; settled bigint; folded bigint;
BEGIN
  PERFORM FROM ledger_hotrollup ORDER BY account_id FOR UPDATE;
  SELECT min(upto_xid), ledger_settled_xid(max(upto_xid), 'the roll-up') INTO lowest, settled FROM ledger_hotrollup;
  WITH side AS (
    SELECT e.credit_id AS account_id, e.points, e.xid FROM ledger_ledgerentry e WHERE e.xid >= lowest AND e.xid < settled
    UNION ALL
    SELECT e.debit_id, -e.points, e.xid FROM ledger_ledgerentry e WHERE e.xid >= lowest AND e.xid < settled
  ), total AS (
    SELECT r.account_id, sum(s.points) AS points, count(*) AS n
    FROM side s JOIN ledger_hotrollup r ON r.account_id = s.account_id AND s.xid >= r.upto_xid GROUP BY 1
  ), moved AS (
    UPDATE ledger_hotrollup r SET posted = r.posted + coalesce((SELECT t.points FROM total t WHERE t.account_id = r.account_id), 0),
                                  upto_xid = settled
    WHERE r.upto_xid < settled
  )
  SELECT coalesce(sum(n), 0) INTO folded FROM total;
  RETURN folded;
END $$;
-- reverse
DROP FUNCTION ledger_roll_up();
