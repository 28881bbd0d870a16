-- relation: shared_buckets
-- grain: one row per band key that two samples or more have, one of them new
-- inputs: banded
-- parameter newer_than: bigint = -1 | samples with larger ids are new
-- column members | samples with this key
select
    key,
    count(*) as members
from banded
group by key
having count(*) > 1 and max(sample_id) > $newer_than
