-- The shared cache. Unlogged: after a crash of the server it is empty, and nothing but counters is lost.
create unlogged table loyalty_cache (
    key text primary key,
    number bigint,
    value bytea,
    expires_at timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

create index loyalty_cache_expires_at on loyalty_cache (expires_at);

-- reverse
drop table loyalty_cache;
