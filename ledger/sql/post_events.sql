-- How the event of a posting is named, and what it tells. Stable and plain, so that they are inlined.
CREATE FUNCTION ledger_event_type(p_kind text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 'points.' || CASE p_kind
    WHEN 'earn' THEN 'earned' WHEN 'deposit' THEN 'deposited' WHEN 'redeem' THEN 'redeemed' WHEN 'adjust' THEN 'adjusted'
    WHEN 'hold' THEN 'held' WHEN 'capture' THEN 'captured' WHEN 'release' THEN 'released' WHEN 'reverse' THEN 'reversed'
    WHEN 'return' THEN 'returned' WHEN 'expire' THEN 'expired' WHEN 'exchange_out' THEN 'exchanged_out'
    WHEN 'exchange_in' THEN 'exchanged_in' END
$$;
CREATE FUNCTION ledger_event_data(p_transaction uuid, p_points bigint, p_after bigint, p_reference text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('transaction_id', p_transaction, 'points', p_points, 'balance_after', p_after,
                            'reference', p_reference)
$$;
-- reverse
DROP FUNCTION ledger_event_data(uuid, bigint, bigint, text);
DROP FUNCTION ledger_event_type(text);
