-- relation: shared_buckets
-- grain: one row per band and key that two samples or more have, one of them new
-- inputs: banded
-- parameter newer_than: bigint = -1 | samples with larger ids are new
-- column members | samples with this key
select
    band,
    key,
    count(*) as members
from banded
group by band, key
having count(*) > 1 and max(sample_id) > $newer_than
