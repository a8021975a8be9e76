-- A redemption is planned once for a connection, not for every code anew: each of its statements finds one row by its index.
ALTER FUNCTION programs_find_voucher(jsonb) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION programs_redeem_voucher(jsonb, bytea) SET plan_cache_mode = force_generic_plan;
-- reverse
ALTER FUNCTION programs_find_voucher(jsonb) RESET plan_cache_mode;
ALTER FUNCTION programs_redeem_voucher(jsonb, bytea) RESET plan_cache_mode;
