-- How the event of a posting is named.
CREATE OR REPLACE FUNCTION ledger_event_type(p_kind text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 'points.' || CASE p_kind
    WHEN 'earn' THEN 'earned' WHEN 'deposit' THEN 'deposited' WHEN 'redeem' THEN 'redeemed' WHEN 'adjust' THEN 'adjusted'
    WHEN 'hold' THEN 'held' WHEN 'capture' THEN 'captured' WHEN 'release' THEN 'released' WHEN 'reverse' THEN 'reversed'
    WHEN 'return' THEN 'returned' WHEN 'expire' THEN 'expired' WHEN 'exchange_out' THEN 'exchanged_out'
    WHEN 'exchange_in' THEN 'exchanged_in' WHEN 'mature' THEN 'matured' WHEN 'gift_out' THEN 'given'
    WHEN 'gift_in' THEN 'received' END
$$;
-- reverse
CREATE OR REPLACE FUNCTION ledger_event_type(p_kind text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 'points.' || CASE p_kind
    WHEN 'earn' THEN 'earned' WHEN 'deposit' THEN 'deposited' WHEN 'redeem' THEN 'redeemed' WHEN 'adjust' THEN 'adjusted'
    WHEN 'hold' THEN 'held' WHEN 'capture' THEN 'captured' WHEN 'release' THEN 'released' WHEN 'reverse' THEN 'reversed'
    WHEN 'return' THEN 'returned' WHEN 'expire' THEN 'expired' WHEN 'exchange_out' THEN 'exchanged_out'
    WHEN 'exchange_in' THEN 'exchanged_in' WHEN 'mature' THEN 'matured' END
$$;
