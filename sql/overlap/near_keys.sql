-- relation: near_keys
-- grain: one row per dataset and cluster of near-duplicates of a view
-- inputs: near_duplicates
-- parameter least: bigint = 0 | keys kept: those whose hash is from this
-- parameter most: bigint = 9223372036854775807 | to this
-- parameter view: varchar | text compared
with members as (
    select cluster, sample_id
    from near_duplicates
    where "view" = $view
    union all
    select distinct cluster, survivor_id
    from near_duplicates
    where "view" = $view
)

select
    cluster as key,
    sample_id // 4294967296 as dataset_no,
    count(*) as rows
from members
where hash(cluster) >> 1 between $least and $most
group by all
