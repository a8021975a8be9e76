-- A rate that was given stays as it was; the next one takes over. So do the changes of a pool. An agreement keeps its pair.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON exchange_rate FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON exchange_rate EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON exchange_poolchange FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON exchange_poolchange EXECUTE FUNCTION ledger_refuse_change();

-- Every process that keeps rates in memory is told when one is new, a bonus changes, or a pair opens or ends.
CREATE FUNCTION exchange_tell_of_rates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('exchange_rates', '');
  RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT ON exchange_rate FOR EACH STATEMENT EXECUTE FUNCTION exchange_tell_of_rates();
CREATE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON exchange_bonus FOR EACH STATEMENT EXECUTE FUNCTION exchange_tell_of_rates();
-- A pool goes down with every batch: that is nothing that rates depend on.
CREATE TRIGGER told AFTER INSERT OR DELETE OR UPDATE OF status, rate_max ON exchange_agreement
  FOR EACH STATEMENT EXECUTE FUNCTION exchange_tell_of_rates();
-- reverse
DROP FUNCTION exchange_tell_of_rates() CASCADE;
DROP TRIGGER append_only ON exchange_rate;
DROP TRIGGER no_truncate ON exchange_rate;
DROP TRIGGER append_only ON exchange_poolchange;
DROP TRIGGER no_truncate ON exchange_poolchange;
