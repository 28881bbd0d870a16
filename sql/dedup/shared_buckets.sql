-- relation: shared_buckets
-- grain: one row per band and key that two samples or more have, one of them new
-- inputs: band_keys
-- parameter newer_than: bigint = -1 | samples with larger ids are new
-- column members | samples with this key
select
    band,
    key,
    members
from band_keys
where members > 1 and last_id > $newer_than
