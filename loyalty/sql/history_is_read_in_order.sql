-- The list of changes is read newest first out of indexes that are in that order. A line of several brands stands under each of
-- its first three; lines of more are so few that they are looked through.
DROP INDEX change_of_brands;
CREATE INDEX change_by_second_brand ON loyalty_change ((brand_ids[2]), recorded_at, id) WHERE cardinality(brand_ids) > 1;
CREATE INDEX change_by_third_brand ON loyalty_change ((brand_ids[3]), recorded_at, id) WHERE cardinality(brand_ids) > 2;
CREATE INDEX change_of_many_brands ON loyalty_change (recorded_at, id) WHERE cardinality(brand_ids) > 3;
CREATE INDEX change_by_brand_taken_away ON loyalty_change ((brand_ids[1]), recorded_at, id) WHERE label IN ('delete', 'erase');
CREATE INDEX change_by_source ON loyalty_change (source, recorded_at, id) WHERE source NOT IN ('portal', 'api');
-- reverse
DROP INDEX change_by_source;
DROP INDEX change_by_brand_taken_away;
DROP INDEX change_of_many_brands;
DROP INDEX change_by_third_brand;
DROP INDEX change_by_second_brand;
CREATE INDEX change_of_brands ON loyalty_change USING gin (brand_ids) WHERE cardinality(brand_ids) > 1;
