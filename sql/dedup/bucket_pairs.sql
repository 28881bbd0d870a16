-- relation: bucket_pairs
-- grain: one row per candidate pair of a band whose later sample is new
-- inputs: banded, buckets
-- parameter newer_than: bigint = -1 | samples with larger ids are new
-- parameter complete: bigint = 256 | first members of a bucket that are all paired with each other
-- parameter hubs: bigint = 16 | first members that all later ones are paired with
--
-- A pair depends on nothing but the places of its two samples among the members, so a bucket that grows keeps its
-- pairs: adding datasets one by one gives the same pairs as all at once. A bucket of n members has at most
-- complete^2 / 2 + hubs * n pairs.
with members as (
    select
        banded.sample_id,
        banded.band,
        banded.key,
        row_number() over (partition by banded.band, banded.key order by banded.sample_id) as place
    from banded
    semi join buckets using (band, key)
)

select
    earlier.sample_id,
    later.sample_id as other_id
from members as later
join members as earlier using (band, key)
where
    earlier.place <= $hubs
    and earlier.place < later.place
    and later.sample_id > $newer_than
union all
select
    earlier.sample_id,
    later.sample_id as other_id
from (from members where place > $hubs and place <= $complete) as later
join (from members where place > $hubs and place <= $complete) as earlier using (band, key)
where earlier.place < later.place and later.sample_id > $newer_than
